"""Waking rooms that have news and running them, inside one process."""

import asyncio
import logging
from bisect import bisect_left, insort

from agents.errors import StoreFailed
from agents.ports import Clock, RunRoom, Schedule

LOGGER = logging.getLogger(__name__)


class InProcessWakeups:
    """`Wakeups` for one process: a task for each room that is awake, none for rooms that sleep.

    At most ``max_awake`` rooms run at once; the others wait in the order in which they were woken. At the start, and
    every ``sweep_every`` seconds, rooms that the schedule calls due are woken too, so a crash loses no wake-up. An
    alarm set here rings on time; one that an earlier process set rings with the next sweep.

        wakeups = InProcessWakeups(store.schedule, clock, max_awake=256)
        await wakeups.wake("web:lobby")
        await wakeups.serve(rooms.run)
    """

    def __init__(self, schedule: Schedule, clock: Clock, *, max_awake: int = 1024, sweep_every: float = 5.0):
        self._schedule, self._clock = schedule, clock
        self._max_awake, self._sweep_every = max_awake, sweep_every
        self._waiting: dict[str, None] = {}
        self._awake: dict[str, _Awake] = {}
        self._alarms = _Alarms()
        self._stir = asyncio.Event()

    async def wake(self, room: str, at: float | None = None) -> None:
        """Run the room now, or at a time in seconds since the epoch.

        A wake-up that comes while the room runs makes it run again afterwards. Raises `StoreFailed` where the time
        cannot be kept.
        """
        if at is None:
            self._rouse(room)
            return
        if awake := self._awake.get(room):
            awake.alarm = _earlier(awake.alarm, at)
        self._alarms.set(room, _earlier(self._alarms.of(room), at))
        self._stir.set()
        await self._schedule.wake_at(room, at)

    async def serve(self, run: RunRoom) -> None:
        """Run woken and due rooms until cancelled; what ``run`` raises comes out in an exception group, and ends it."""
        async with asyncio.TaskGroup() as group:
            bell = _Bell(group, self._clock, self._stir)
            group.create_task(self._sweep())
            while True:
                self._stir.clear()
                for room in self._alarms.take(self._clock.now()):
                    self._rouse(room)
                while self._waiting and len(self._awake) < self._max_awake:
                    room = next(iter(self._waiting))
                    del self._waiting[room]
                    self._awake[room] = _Awake()
                    group.create_task(self._attend(room, run))
                bell.set(self._alarms.first)
                await self._stir.wait()

    def _rouse(self, room: str) -> None:
        if awake := self._awake.get(room):
            awake.again = True
        else:
            self._waiting[room] = None
            self._stir.set()

    async def _attend(self, room: str, run: RunRoom) -> None:
        awake = self._awake[room]
        try:
            slept = await run(room)
            # The runner names the room's next alarm; it cannot know of one that was asked for while it ran.
            alarm = slept.wake_at if awake.alarm is None else _earlier(slept.wake_at, awake.alarm)
            self._alarms.set(room, alarm)
            await self._settle(room, slept.upto, alarm)
        finally:
            del self._awake[room]
        if awake.again:
            self._waiting[room] = None
        self._stir.set()

    async def _settle(self, room: str, upto: int, alarm: float | None) -> None:
        try:
            await self._schedule.settle(room, upto, alarm)
        except StoreFailed as error:
            LOGGER.warning("Room %s stays due and is run again with the next sweep: %s", room, error)

    async def _sweep(self) -> None:
        while True:
            try:
                due = await self._schedule.due(self._clock.now())
            except StoreFailed as error:
                LOGGER.warning("The sweep for due rooms is tried again in %s s: %s", self._sweep_every, error)
                due = ()
            for room in due:
                # A room that runs reads its own news; what it leaves undone is found by the next sweep.
                if room not in self._awake:
                    self._rouse(room)
            self._stir.set()
            await self._clock.sleep(self._sweep_every)


class _Awake:
    """A room while it runs: whether to run it again, and the earliest alarm asked for meanwhile."""

    __slots__ = ("again", "alarm")

    def __init__(self) -> None:
        self.again = False
        self.alarm: float | None = None


class _Alarms:
    """When rooms are to be woken: at most one time for each room, in order."""

    def __init__(self) -> None:
        self._of: dict[str, float] = {}
        self._order: list[tuple[float, str]] = []

    @property
    def first(self) -> float | None:
        """The earliest time of all; None where there is none."""
        return self._order[0][0] if self._order else None

    def of(self, room: str) -> float | None:
        """The time of the room's alarm; None where it has none."""
        return self._of.get(room)

    def set(self, room: str, at: float | None) -> None:
        """Replace the room's alarm; None takes it away."""
        before = self._of.pop(room, None)
        if before is not None:
            del self._order[bisect_left(self._order, (before, room))]
        if at is not None:
            self._of[room] = at
            insort(self._order, (at, room))

    def take(self, now: float) -> list[str]:
        """Remove the alarms whose time has come, and return their rooms."""
        rooms: list[str] = []
        while self._order and self._order[0][0] <= now:
            rooms.append(self._order[0][1])
            self.set(rooms[-1], None)
        return rooms


class _Bell:
    """One sleeping task for all alarms: it wakes `InProcessWakeups.serve` when the time of the first one has come."""

    def __init__(self, group: asyncio.TaskGroup, clock: Clock, stir: asyncio.Event):
        self._group, self._clock, self._stir = group, clock, stir
        self._at: float | None = None
        self._task: asyncio.Task[None] | None = None

    def set(self, at: float | None) -> None:
        """Ring at this time from now on; None: do not ring."""
        # A task that is done rang a little early, as clocks do; it is set once more.
        if at == self._at and (self._task is None or not self._task.done()):
            return
        if self._task:
            self._task.cancel()
        self._at = at
        self._task = None if at is None else self._group.create_task(self._ring(at))

    async def _ring(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.now())
        self._stir.set()


def _earlier(one: float | None, other: float) -> float:
    return other if one is None else min(one, other)
