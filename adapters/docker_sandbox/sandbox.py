"""Agents' code in Docker containers: a fresh one for each run, or one kept for each room, and never anywhere else."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from adapters.docker_sandbox.dialogue import Dialogue
from adapters.docker_sandbox.engine import DockerEngine, Engine
from adapters.docker_sandbox.frame_stream import BrokenFrames
from adapters.docker_sandbox.pool import Pool
from adapters.docker_sandbox.sessions import Sessions
from adapters.docker_sandbox.settings import SandboxSettings
from agents.errors import SandboxUnavailable
from agents.ports import CodeRun, RunResult, refusal

ATTEMPTS = 3
"""How many containers are tried before a run is given up whose container died without running anything."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class DockerSandbox:
    """The `Sandbox` port on a Docker engine.

    ``owner`` names the installation (one live process each): containers that an earlier process of this owner left
    behind are removed when `serve` starts. Without `serve` every run starts its own container and waits for its
    removal; with it, containers stand ready and a run takes milliseconds. ``now`` is the clock of sessions, in seconds.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        *,
        owner: str,
        engine: Engine | None = None,
        now: Callable[[], float] = time.monotonic,
    ):
        self._settings = settings
        self._engine = engine or DockerEngine(threads=settings.at_once + 4)
        self._pool = Pool(self._engine, settings, owner=owner, boot=boot_id())
        self._sessions = Sessions(self._pool, settings, now=now)
        self._places = asyncio.Semaphore(settings.at_once)
        self._queued = 0

    @property
    def ready(self) -> int:
        """How many containers stand ready; runs beyond them start their own."""
        return self._pool.ready

    @property
    def sessions(self) -> tuple[str, ...]:
        """The rooms whose state is kept at the moment, the least recently used first."""
        return self._sessions.open

    async def serve(self) -> None:
        """Keep containers ready until cancelled; then every container of this process is removed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sessions.keep())
            tasks.create_task(self._pool.keep())

    async def check(self) -> None:
        """Return if a run would find an engine and an image. Raises `SandboxUnavailable` with what to do."""
        await self._engine.check(self._settings.image_name, self._settings.runtime)

    async def run(self, run: CodeRun) -> RunResult:
        """Run the blocks. Raises `SandboxUnavailable`. Cancelling kills and removes everything.

        With ``stateful``, variables and files stay for the room's next run. Where they are gone, the output says so in
        a line of its own.
        """
        refused = refusal(run)
        if refused:
            return RunResult(status="error", exit_code=1, output=refused)
        attempt = self._sessions.attempt if self._settings.stateful else self._attempt
        async with self._place(run.room):
            for _ in range(ATTEMPTS):
                result = await attempt(run)
                if result is not None:
                    return result
        raise SandboxUnavailable(
            "Sandbox containers end before they run anything; give them more memory ([sandbox] memory_mb, now "
            f"{self._settings.memory_mb}), or look at the Docker engine's log."
        )

    def state(self, room: str) -> str:
        """The room's session and how many runs it has seen, with ``stateful``; else empty."""
        return self._sessions.state(room)

    def close(self) -> None:
        """Let go of the engine; for after `serve`."""
        self._sessions.hang_up()
        self._engine.close()

    async def _attempt(self, run: CodeRun) -> RunResult | None:
        """One container's answer; None when it certainly ran nothing."""
        container = await self._pool.take()
        dialogue = Dialogue()
        try:
            return await dialogue.hold(container.stream, run)
        except BrokenFrames as broken:
            if not dialogue.started:
                return None
            return dialogue.killed(out_of_memory=broken.ended and await self._pool.ended_for_memory(container))
        finally:
            await self._pool.discard(container)

    @asynccontextmanager
    async def _place(self, room: str) -> AsyncGenerator[None]:
        turn = self._sessions.turn(room) if self._settings.stateful else None
        if (self._places.locked() or (turn and turn.locked())) and self._queued >= self._settings.queue:
            raise SandboxUnavailable("All sandboxes are busy and the queue is full; try again soon.", busy=True)
        self._queued += 1
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._settings.patience):
                    if turn:
                        await held.enter_async_context(turn)
                    await held.enter_async_context(self._places)
            except TimeoutError as error:
                raise SandboxUnavailable(
                    f"No sandbox came free within {self._settings.patience:.0f} s; try again soon.", busy=True
                ) from error
            finally:
                self._queued -= 1
            yield


def boot_id() -> str:
    """This boot of this machine, where the system tells it."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
