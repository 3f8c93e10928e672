"""Agents' code in Docker containers: one fresh container a run, and never anywhere else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.docker_sandbox.channel import BrokenFrames
from adapters.docker_sandbox.conversation import Conversation
from adapters.docker_sandbox.engine import DockerEngine, Engine
from adapters.docker_sandbox.pool import Container, Pool
from adapters.docker_sandbox.settings import SandboxSettings
from agents.errors import SandboxUnavailable
from agents.runs import CodeRun, RunResult, refusal

ATTEMPTS = 3
"""How many containers are tried before a run is given up whose container died without running anything."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class DockerSandbox:
    """The `Sandbox` port on a Docker engine.

    ``owner`` names the installation (one live process each): containers that an earlier process of this owner left
    behind are removed when `serve` starts. Without `serve` every run starts its own container and waits for its
    removal; with it, containers stand ready and a run takes milliseconds.
    """

    def __init__(self, settings: SandboxSettings, *, owner: str, engine: Engine | None = None):
        self._settings = settings
        self._engine = engine or DockerEngine(threads=settings.at_once + 4)
        self._pool = Pool(self._engine, settings, owner=owner, boot=boot_id())
        self._places = asyncio.Semaphore(settings.at_once)
        self._queued = 0

    @property
    def ready(self) -> int:
        """How many containers stand ready; runs beyond them start their own."""
        return self._pool.ready

    async def serve(self) -> None:
        """Keep containers ready until cancelled; then every container of this process is removed."""
        await self._pool.keep()

    async def check(self) -> None:
        """Return if a run would find an engine and an image. Raises `SandboxUnavailable` with what to do."""
        await self._engine.check(self._settings.image_name, self._settings.runtime)

    async def run(self, run: CodeRun) -> RunResult:
        """Run the blocks. Raises `SandboxUnavailable`. Cancelling kills and removes everything."""
        refused = refusal(run)
        if refused:
            return RunResult(status="error", exit_code=1, output=refused)
        async with self._place():
            for _ in range(ATTEMPTS):
                result = await self._attempt(run)
                if result is not None:
                    return result
        raise SandboxUnavailable("Sandbox containers end before they run anything; look at the Docker engine's log.")

    def close(self) -> None:
        """Let go of the engine; for after `serve`."""
        self._engine.close()

    async def _attempt(self, run: CodeRun) -> RunResult | None:
        """One container's answer; None when it certainly ran nothing."""
        container = await self._pool.take()
        conversation = Conversation()
        try:
            return await conversation.hold(container.channel, run)
        except BrokenFrames as broken:
            if not conversation.started:
                return None
            return conversation.killed(out_of_memory=broken.ended and await self._ended_for_memory(container))
        finally:
            await self._pool.discard(container)

    async def _ended_for_memory(self, container: Container) -> bool:
        try:
            return await self._pool.out_of_memory(container)
        except SandboxUnavailable as gone:
            raise SandboxUnavailable(f"The Docker engine went away while the code ran. {gone}") from gone

    @asynccontextmanager
    async def _place(self) -> AsyncGenerator[None]:
        if self._places.locked() and self._queued >= self._settings.queue:
            raise SandboxUnavailable("All sandboxes are busy and the queue is full; try again soon.", busy=True)
        self._queued += 1
        try:
            async with asyncio.timeout(self._settings.patience):
                await self._places.acquire()
        except TimeoutError as error:
            raise SandboxUnavailable(
                f"No sandbox came free within {self._settings.patience:.0f} s; try again soon.", busy=True
            ) from error
        finally:
            self._queued -= 1
        try:
            yield
        finally:
            self._places.release()


def boot_id() -> str:
    """This boot of this machine, where the system tells it."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
