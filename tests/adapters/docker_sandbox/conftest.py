"""Sandboxes on a real engine, and the proof after each test that none of its containers is left."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.hardening import OWNER
from agents.log.code_blocks import CodeBlock
from agents.log.files import NamedFile
from agents.ports import CodeRun
from tests.adapters.docker_sandbox.proxy import Proxy

PATIENCE = 20.0
"""Seconds for what takes one or two on a machine of its own: this one may be running other tests."""


@pytest.fixture
def settings(sandbox_image: str) -> SandboxSettings:
    """Small and plain: nothing preloaded, 128 MB."""
    return SandboxSettings(image=sandbox_image, memory_mb=128, preload=())


@pytest.fixture
def owner() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
async def engine(engine_host: str) -> AsyncIterator[DockerEngine]:
    engine = DockerEngine(threads=1, host=engine_host)
    yield engine
    engine.close()


@pytest.fixture
async def sandbox(settings: SandboxSettings, owner: str, engine: DockerEngine) -> AsyncIterator[DockerSandbox]:
    """A sandbox without a pool; afterwards the engine works as before and has no container of it."""
    sandbox = DockerSandbox(settings, owner=owner)
    yield sandbox
    started = time.monotonic()
    result = await sandbox.run(python("print('still here')"))
    assert (result.status, result.output) == ("ok", "still here\n")
    assert time.monotonic() - started < PATIENCE
    await gone(engine, owner)
    sandbox.close()


@pytest.fixture
async def proxy(engine_host: str, tmp_path: Path) -> AsyncIterator[Proxy]:
    async with Proxy(engine_host, tmp_path / "docker.sock") as proxy:
        yield proxy


async def gone(engine: DockerEngine, owner: str, within: float = PATIENCE) -> float:
    """Wait until the owner has no container, in whatever state; how many seconds that took."""
    started = time.monotonic()
    async with asyncio.timeout(within):
        while await engine.containers(f"{OWNER}={owner}"):
            pass
    return time.monotonic() - started


async def beside_plain_runs(settings: SandboxSettings, work: Awaitable[object]) -> tuple[float, float]:
    """Seconds that the work took, and the most that a run of nothing took meanwhile, from no container to none again.

    What a busy machine does to the one it does to the other, so that the work can be held to what it may take on top.
    """
    others = DockerSandbox(settings, owner=f"test-{uuid.uuid4().hex}")
    lives: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(_seconds(work))
        while not working.done():
            lives.append(await _seconds(others.run(python(""))))
    others.close()
    return working.result(), max(lives)


async def _seconds(work: Awaitable[object]) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


def python(*programs: str, timeout: float = 10.0, files: tuple[NamedFile, ...] = ()) -> CodeRun:
    blocks = tuple(CodeBlock(language="python", code=program) for program in programs)
    return CodeRun(room="test", blocks=blocks, timeout=timeout, files=files)


def sh(program: str, timeout: float = 10.0) -> CodeRun:
    return CodeRun(room="test", blocks=(CodeBlock(language="sh", code=program),), timeout=timeout)
