"""The sandbox of a house: ready at once, or prepared (engine, image) while people already talk."""

import asyncio
import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from adapters.docker_sandbox import DockerSandbox, ImageRecipe, SandboxSettings
from adapters.docker_sandbox.image import ensure_image
from agents.errors import SandboxUnavailable
from agents.ports import CodeRun, RunResult, Sandbox
from bots.config.tables import SandboxTable
from bots.engine import EngineHandle, Machine, prepare_engine

PREPARE_SECONDS = 900.0
"""How long a run waits for an engine and an image that are being prepared."""

AGAIN, SELDOM = 30.0, 600.0
"""Seconds until an engine or an image that was not to be had is looked for again: first, and after many times."""


def settings_of(table: SandboxTable) -> SandboxSettings:
    """The adapter's settings of the config's."""
    return SandboxSettings(
        image=table.image,
        runtime=table.runtime,
        memory_mb=table.memory_mb,
        cpus=table.cpus,
        stateful=table.stateful,
        session_idle=table.session_idle_seconds,
        session_age=table.session_age_seconds,
        sessions=table.sessions,
    )


@contextmanager
def docker_sandbox(table: SandboxTable) -> Generator[Sandbox]:
    """The sandbox that ``[sandbox]`` describes, for looking and trying."""
    sandbox = DockerSandbox(settings_of(table), owner="doctor")
    try:
        yield sandbox
    finally:
        sandbox.close()


def owner_of(database: Path) -> str:
    """A name for this installation, so that its containers are its own: by the database's folder and file name.

    Its path alone would not do: bots in containers all have theirs at the same one, and may share an engine. Which
    folder of which disk it is tells them apart.
    """
    path = database.resolve()
    folder = path.parent.stat()
    return hashlib.sha256(f"{folder.st_dev} {folder.st_ino} {path}".encode()).hexdigest()[:16]


class HouseSandbox:
    """`Sandbox` on Docker, kept ready while `serve` runs.

    The default image is built where the engine has none; with ``starts_engine`` one is started where none answers.
    ``progress`` is told, and runs that come early wait.
    """

    def __init__(self, table: SandboxTable, *, owner: str, starts_engine: bool, progress: Callable[[str, float], None]):
        self._settings, self._owner = settings_of(table), owner
        self._machine = Machine() if starts_engine else replace(Machine(), root=False)
        self._progress = progress
        self._sandbox: DockerSandbox | None = None
        self._prepared = asyncio.Event()
        self._unavailable = self._said = ""

    async def serve(self) -> None:
        """Prepare, then keep containers waiting until cancelled; an engine that was started here ends with it.

        What is missing, as after a restart of the machine that woke the engine later than us, is looked for again.
        """
        engine = None
        try:
            engine = await prepare_engine(self._tell, self._machine)
            self._unavailable = await self._missing(engine, self._tell)
            self._sandbox = DockerSandbox(self._settings, owner=self._owner)
            self._prepared.set()
            seconds = AGAIN
            while self._unavailable:
                await asyncio.sleep(seconds)
                await self._look_again()
                seconds = min(2 * seconds, SELDOM)
            await self._sandbox.serve()
        finally:
            self._prepared.set()
            if self._sandbox is not None:
                self._sandbox.close()
            if engine is not None:
                await asyncio.shield(engine.close())

    async def _look_again(self) -> None:
        """Silently, unless all is there now; nothing is installed or started for it."""
        engine = await prepare_engine(self._note, replace(self._machine, root=False))
        if not await self._missing(engine, self._note):
            self._unavailable = ""
            self._tell(self._said, 1.0)

    async def _missing(self, engine: EngineHandle | None, tell: Callable[[str, float], None]) -> str:
        """Why code cannot be run with this engine; empty where it can."""
        if engine is None:
            return self._said
        try:
            if not self._settings.image:
                await ensure_image(ImageRecipe(), tell)
        except SandboxUnavailable as error:
            tell(f"Code is shown and not run: {error}", 1.0)
            return str(error)
        return ""

    def _note(self, step: str, _: float) -> None:
        self._said = step

    def _tell(self, step: str, done: float) -> None:
        self._said = step
        self._progress(step, done)

    async def run(self, run: CodeRun) -> RunResult:
        """Run the blocks as soon as there is a sandbox. Raises `SandboxUnavailable`."""
        return await (await self._ready()).run(run)

    async def check(self) -> None:
        """Return if a run would find an engine and an image. Raises `SandboxUnavailable`."""
        await (await self._ready()).check()

    def state(self, room: str) -> str:
        """The sandbox's; nothing is kept before there is one."""
        return self._sandbox.state(room) if self._sandbox is not None else ""

    async def _ready(self) -> DockerSandbox:
        try:
            async with asyncio.timeout(PREPARE_SECONDS):
                await self._prepared.wait()
        except TimeoutError as error:
            raise SandboxUnavailable(
                "The sandbox is still being prepared; try again in a minute.", busy=True
            ) from error
        if self._unavailable or self._sandbox is None:
            raise SandboxUnavailable(self._unavailable or "The sandbox has ended; start Tertulia again.")
        return self._sandbox
