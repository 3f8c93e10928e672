"""The outbox of one platform: a lane for each room that has news (see `adapters.shared.lane`)."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import structlog

from adapters.shared.delivery import Outbox
from adapters.shared.lane import NAMESPACE, Lane, Position, position_in
from agents.errors import StoreFailed
from agents.log.room_id import RoomId

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

_RETRY = 5.0
"""Seconds after which a lane whose store failed begins again."""


class Lanes:
    """All lanes of one platform: a lane is started when its room has news and forgotten when it is done.

    ``serves`` says which rooms are the platform's; ``most`` is how many lanes run at once, further rooms wait.
    """

    def __init__(self, outbox: Outbox, *, serves: Callable[[str], bool], most: int = 256):
        self._outbox, self._serves, self._most = outbox, serves, most
        self._running: dict[str, Lane] = {}
        self._waiting: dict[str, None] = {}
        self._held: set[str] = set()
        self._positions: dict[str, Position | None] = {}
        self._lively: set[str] = set()
        self._idle = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Post until cancelled, beginning with what all rooms have left unposted."""
        store = self._outbox.ports.store
        async with aclosing(store.log.watch(None)) as watch, asyncio.TaskGroup() as self._group:
            posted = await store.facts.items(NAMESPACE)
            self._positions = {room: position_in(body) for room, body in posted.items() if self._serves(room)}
            for room in filter(self._serves, {*await store.schedule.rooms(), *self._positions}):
                self._wake(room)
            async for room in watch:
                self._hear(room)
                await self._outbox.look(room)

    async def drained(self) -> None:
        """Return once everything that is in the log now was posted, or is held by a halt; drafts are left alone."""
        await asyncio.sleep(0)  # what the watch was told of before is heard first
        for room in self._lively:
            self._wake(room)
        while self._running:
            for lane in self._running.values():
                lane.patient = False
                lane.news.set()
            self._idle.clear()
            await self._idle.wait()

    def resume(self) -> None:
        """A halt may have been lifted: look again at the rooms that were held."""
        held, self._held = self._held, set[str]()
        for room in (*held, *self._running):
            self._wake(room)

    def _hear(self, room: str) -> None:
        """The room may have something to post, or the log of a halt has news."""
        if self._serves(room):
            self._lively.add(room)
            self._wake(room)
        elif RoomId.parse(room).only_halts:
            self.resume()  # a halt of a workspace or of everything is lifted in a log of its own

    def _wake(self, room: str) -> None:
        if room in self._running:
            self._running[room].news.set()
        elif len(self._running) < self._most:
            self._start(room)
        else:
            self._waiting[room] = None

    def _start(self, room: str) -> None:
        assert self._group is not None, "lanes are started by run"
        self._waiting.pop(room, None)
        lane = self._running[room] = Lane(self._outbox, room, self._positions.setdefault(room, None))
        self._group.create_task(self._run(lane, room), name=f"lane {room}")

    async def _run(self, lane: Lane, room: str) -> None:
        try:
            while not await self._is_done(lane, room):
                pass
        finally:
            del self._running[room]
            self._positions[room] = lane.position
        if self._waiting:
            self._start(next(iter(self._waiting)))
        self._idle.set()

    async def _is_done(self, lane: Lane, room: str) -> bool:
        """Run the lane: False where it is to run again, after a rest if the store failed."""
        try:
            is_held = not await lane.run()
        except StoreFailed as error:
            _log.warning("lane_waits_for_the_store", room=room, reason=str(error))
            await self._outbox.ports.clock.sleep(_RETRY)
            return False
        if is_held:
            self._held.add(room)
        return not lane.news.is_set()
