"""One container for each room that keeps its state; when that is lost, the next result says so in a line."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from msgspec.structs import replace

from adapters.docker_sandbox.dialogue import Dialogue
from adapters.docker_sandbox.frame_stream import BrokenFrames
from adapters.docker_sandbox.pool import Container, Pool
from adapters.docker_sandbox.settings import SandboxSettings
from agents.ports import CodeRun, RunResult

LOOKING_EVERY = 5.0
"""Seconds between two looks for sessions whose time is up."""

REMEMBERED = 1000
"""Of how many rooms it is remembered why their last session ended."""

FIRST = "[A new session began: variables and files stay for the next runs here; nothing of earlier ones is left]"
AGAIN = "[A new session began, as the last one {why}: variables and files of earlier runs are gone]"
ENDED = "[The session ended with this run: its variables and files are gone]"

IDLE = "had not been used for too long"
OLD = "had reached its maximum age"
CROWDED = "made room for another room's"
GONE = "lost its container"
STOPPED = "was ended by a run that had to be stopped"


@dataclass(slots=True)
class RoomSession:
    """A container that a room keeps. Times are the clock's."""

    container: Container
    began: float
    used: float
    running: bool = False
    runs: int = 0


class Sessions:
    """The sessions of all rooms: begun by a room's first run, ended by time, by need, or by a run that went wrong."""

    def __init__(self, pool: Pool, settings: SandboxSettings, *, now: Callable[[], float] = time.monotonic):
        self._pool, self._settings, self._now = pool, settings, now
        self._open: dict[str, RoomSession] = {}
        self._why: dict[str, str] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def open(self) -> tuple[str, ...]:
        """The rooms that have a session, the least recently used first."""
        return tuple(self._open)

    def state(self, room: str) -> str:
        """Which session the room's next run would find, and after how many runs; empty where it would find none."""
        session = self._open.get(room)
        if session is None or session.container.stream.ended or self._time_is_up(session):
            return ""
        return f"{session.container.id}/{session.runs}"

    def turn(self, room: str) -> asyncio.Lock:
        """To be held during a run: a room's runs come one after the other."""
        return self._turns.setdefault(room, asyncio.Lock())

    async def attempt(self, run: CodeRun) -> RunResult | None:
        """The answer of the room's session; None when it certainly ran nothing. Raises `SandboxUnavailable`."""
        session, note = await self._session(run.room)
        dialogue = Dialogue(session=True)
        session.running = True
        session.runs += 1
        why = STOPPED
        try:
            result = await dialogue.hold(session.container.stream, run)
            why = "" if dialogue.complete else STOPPED
        except BrokenFrames as broken:
            why = GONE
            if not dialogue.started:
                return None
            result = dialogue.killed(
                out_of_memory=broken.ended and await self._pool.ended_for_memory(session.container)
            )
        finally:
            session.running, session.used = False, self._now()
            if why:
                await self._end(run.room, session, why)
        lines = (note, result.output.removesuffix("\n"), ENDED if why else "")
        return replace(result, output="\n".join(line for line in lines if line) + "\n") if note or why else result

    async def keep(self) -> None:
        """End sessions whose time is up, until cancelled; then hang up on all."""
        try:
            while True:
                await asyncio.sleep(LOOKING_EVERY)
                for room, session in tuple(self._open.items()):
                    why = self._time_is_up(session)
                    if why and not session.running:
                        await self._end(room, session, why)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Let every container leave by itself, as its input ends; never waits."""
        for session in self._open.values():
            session.container.stream.close()
        self._open.clear()

    async def _session(self, room: str) -> tuple[RoomSession, str]:
        """The room's session, and a line for its next result when it is a new one."""
        session = self._open.pop(room, None)
        if session:
            self._open[room] = session
            why = GONE if session.container.stream.ended else self._time_is_up(session)
            if not why:
                return session, ""
            await self._end(room, session, why)
        while len(self._open) >= self._settings.sessions:
            idle = next((one for one in self._open.items() if not one[1].running), None)
            if idle is None:
                break  # no more than runs at once, which are bounded
            await self._end(*idle, CROWDED)
        container = await self._pool.take()
        session = self._open[room] = RoomSession(container, began=self._now(), used=self._now())
        why = self._why.pop(room, "")
        return session, AGAIN.format(why=why) if why else FIRST

    def _time_is_up(self, session: RoomSession) -> str:
        now = self._now()
        if now - session.began > self._settings.session_age:
            return OLD
        return IDLE if now - session.used > self._settings.session_idle else ""

    async def _end(self, room: str, session: RoomSession, why: str) -> None:
        if self._open.get(room) is not session:
            return  # ended meanwhile, and perhaps followed by another
        del self._open[room]
        self._why[room] = why
        if len(self._why) > REMEMBERED:
            del self._why[next(iter(self._why))]
        await self._pool.discard(session.container)
