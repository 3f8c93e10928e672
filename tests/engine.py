"""The Docker engine for tests: ``pytest_plugins = ("tests.engine",)`` in a test module, and the marker ``engine``."""

import asyncio

import pytest

from adapters.docker_sandbox import ImageRecipe
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.image import ensure_image
from agents.errors import SandboxUnavailable

BUILDING = 900
"""Seconds for a test that may be the one for which the image is built."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "sandbox_image" in item.fixturenames:
            item.add_marker(pytest.mark.timeout(BUILDING))


@pytest.fixture(scope="session")
def engine_host() -> str:
    """Where an engine answers; without one the test is skipped, with the reason."""

    async def ask() -> str:
        engine = DockerEngine(threads=1)
        try:
            await engine.call(lambda client: client.info())
        finally:
            engine.close()
        return engine.host

    try:
        return asyncio.run(ask())
    except SandboxUnavailable as reason:
        pytest.skip(f"{reason} (`python -m bots.engine ensure` starts one for tests.)")


@pytest.fixture(scope="session")
def sandbox_image(engine_host: str) -> str:
    """The sandbox's default image, built once where it is missing."""
    return asyncio.run(ensure_image(ImageRecipe(), lambda step, done: None))
