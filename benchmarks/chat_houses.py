"""A running Tertulia (a house) in the process under measurement, for a chat platform to be put in front of it."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.ports import Ports
from bots.config import load
from bots.wiring import House, Plan, furnish, open_house


@asynccontextmanager
async def on_disk(config: str) -> AsyncGenerator[House]:
    """A house with that config, in a folder of its own."""
    with TemporaryDirectory(prefix="tertulia-benchmark-") as folder:
        path = Path(folder) / "config.toml"
        path.touch(mode=0o600)
        path.write_text(config, encoding="utf-8")
        async with open_house(load(path), Plan(scripted=True)) as house:
            yield house


async def furnished(house: House, ports: Ports) -> House:
    """The same house over other ports."""
    return await furnish(house.loaded, Plan(scripted=True), ports, house.model)


@asynccontextmanager
async def during(work: Awaitable[None]) -> AsyncGenerator[None]:
    """Let it run while the block does."""

    async def run() -> None:
        await work

    async with asyncio.TaskGroup() as group:
        task = group.create_task(run())
        yield
        task.cancel()


@contextmanager
def without_engine() -> Generator[None]:
    """A sandbox that makes containers ready would be measured as well."""
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    try:
        yield
    finally:
        del os.environ["DOCKER_HOST"]
        if before is not None:
            os.environ["DOCKER_HOST"] = before
