"""What `InProcessWakeups` does beyond the contract: bounds, order, and a store that fails."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.errors import StoreFailed
from agents.log.events import Said
from agents.log.records import Entry
from agents.ports import RunRoom, Slept
from agents.runtime.wakeups import InProcessWakeups
from agents.testing import FakeClock, MemorySchedule, MemoryStore, until

ENTRY = Entry(event=Said(text="hello"), by="person:web/ana")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> MemoryStore:
    return MemoryStore(clock)


@asynccontextmanager
async def serving(wakeups: InProcessWakeups, run: RunRoom) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        server = group.create_task(wakeups.serve(run))
        yield
        server.cancel()


async def test_no_more_rooms_run_at_once_than_may_be_awake(store: MemoryStore, clock: FakeClock) -> None:
    wakeups = InProcessWakeups(store.schedule, clock, max_awake=2)
    running = 0
    most = 0
    order: list[str] = []

    async def run(room: str) -> Slept:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(room)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1
        return Slept(upto=0)

    async with serving(wakeups, run):
        rooms = [f"web:{number}" for number in range(10)]
        for room in rooms:
            await wakeups.wake(room)
            await wakeups.wake(room)
        await until(lambda: len(order) == 10 and not running)

    assert most == 2
    assert order == rooms


async def test_a_room_that_is_woken_all_the_time_lets_the_others_run(store: MemoryStore, clock: FakeClock) -> None:
    wakeups = InProcessWakeups(store.schedule, clock, max_awake=1)
    order: list[str] = []

    async def run(room: str) -> Slept:
        order.append(room)
        if room == "web:busy" and len(order) < 10:
            await wakeups.wake("web:busy")
        return Slept(upto=0)

    async with serving(wakeups, run):
        await wakeups.wake("web:busy")
        await wakeups.wake("web:quiet")
        await until(lambda: "web:quiet" in order)

    assert order[:2] == ["web:busy", "web:quiet"]


async def test_s7_a_thousand_rooms_asleep_with_alarms_are_two_tasks(store: MemoryStore, clock: FakeClock) -> None:
    wakeups = InProcessWakeups(store.schedule, clock)
    ran: list[str] = []

    async def run(room: str) -> Slept:
        ran.append(room)
        return Slept(upto=1, wake_at=clock.now() + 3 * 86400 + len(ran))

    for number in range(1000):
        await store.log.append(f"web:{number}", [ENTRY])
    before = len(asyncio.all_tasks())
    async with serving(wakeups, run):
        await until(lambda: len(ran) == 1000 and clock.sleepers == 2)

        # The server, its sweep and the bell of the first alarm.
        assert len(asyncio.all_tasks()) == before + 3


async def test_an_earlier_alarm_rings_first_and_a_later_one_replaces_none(store: MemoryStore, clock: FakeClock) -> None:
    wakeups = InProcessWakeups(store.schedule, clock, sweep_every=1e9)
    rung: list[tuple[str, float]] = []
    start = clock.now()

    async def run(room: str) -> Slept:
        rung.append((room, clock.now() - start))
        return Slept(upto=0)

    async with serving(wakeups, run):
        await wakeups.wake("web:lobby", at=start + 30)
        await until(lambda: clock.sleepers == 2)
        await wakeups.wake("web:garden", at=start + 10)
        await wakeups.wake("web:lobby", at=start + 20)
        await wakeups.wake("web:lobby", at=start + 40)
        await until(lambda: clock.sleepers == 2)
        for expected in (1, 2):
            clock.advance(10)
            await until(lambda count=expected: len(rung) == count)
        clock.advance(3600)
        await wakeups.wake("web:end")
        await until(lambda: len(rung) == 3)

    assert rung == [("web:garden", 10), ("web:lobby", 20), ("web:end", 3620)]


async def test_a_clock_that_wakes_early_makes_no_alarm_late(store: MemoryStore) -> None:
    class Hasty(FakeClock):
        """Wakes sleepers a little before their time, as a real clock may."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(max(seconds * 0.9, 0.001))

    clock = Hasty()
    wakeups = InProcessWakeups(store.schedule, clock, sweep_every=1e9)
    rung: list[float] = []
    start = clock.now()

    async def run(room: str) -> Slept:
        rung.append(clock.now() - start)
        return Slept(upto=0)

    async with serving(wakeups, run):
        await wakeups.wake("web:lobby", at=start + 10)
        await until(lambda: clock.sleepers == 2)
        clock.advance(9)
        await until(lambda: clock.sleepers == 2)
        assert rung == []
        clock.advance(1)
        await until(lambda: bool(rung))

    assert rung == [10]


async def test_the_sweep_leaves_a_running_room_alone(store: MemoryStore, clock: FakeClock) -> None:
    wakeups = InProcessWakeups(store.schedule, clock, sweep_every=5.0)
    gate = asyncio.Event()
    ran: list[str] = []

    async def run(room: str) -> Slept:
        ran.append(room)
        await gate.wait()
        return Slept(upto=1)

    await store.log.append("web:lobby", [ENTRY])
    async with serving(wakeups, run):
        for _ in range(3):
            await until(lambda: ran == ["web:lobby"] and clock.sleepers == 1)
            clock.advance(5)
        gate.set()
        await wakeups.wake("web:garden")
        await until(lambda: "web:garden" in ran)

    assert ran == ["web:lobby", "web:garden"]


async def test_an_alarm_that_rings_while_its_room_runs_makes_it_run_again(store: MemoryStore, clock: FakeClock) -> None:
    wakeups = InProcessWakeups(store.schedule, clock, sweep_every=1e9)
    gate = asyncio.Event()
    ran: list[str] = []

    async def run(room: str) -> Slept:
        ran.append(room)
        await gate.wait()
        return Slept(upto=0)

    async with serving(wakeups, run):
        await wakeups.wake("web:lobby", at=clock.now() + 10)
        await wakeups.wake("web:lobby")
        await until(lambda: ran == ["web:lobby"] and clock.sleepers == 2)
        clock.advance(10)
        await until(lambda: clock.sleepers == 1)
        gate.set()
        await until(lambda: len(ran) == 2)


class Stubborn(MemorySchedule):
    """Fails as often as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0

    async def due(self, now: float) -> tuple[str, ...]:
        self._fail()
        return await super().due(now)

    async def settle(self, room: str, upto: int, wake_at: float | None) -> None:
        self._fail()
        await super().settle(room, upto, wake_at)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreFailed("The disk is full; free some space and try again.")


async def test_s10_a_sweep_that_fails_is_tried_again_and_said(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    schedule = Stubborn()
    schedule.failures = 1
    schedule.grow("web:lobby", 1)
    wakeups = InProcessWakeups(schedule, clock, sweep_every=5.0)
    ran: list[str] = []

    async def run(room: str) -> Slept:
        ran.append(room)
        return Slept(upto=1)

    with caplog.at_level(logging.WARNING):
        async with serving(wakeups, run):
            await until(lambda: clock.sleepers == 1)
            assert ran == []
            clock.advance(5)
            await until(lambda: ran == ["web:lobby"])

    assert "tried again in 5.0 s: The disk is full" in caplog.text


async def test_s10_a_room_that_cannot_be_settled_stays_due_and_is_run_again(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    schedule = Stubborn()
    schedule.grow("web:lobby", 1)
    wakeups = InProcessWakeups(schedule, clock, sweep_every=5.0)
    ran: list[str] = []

    async def run(room: str) -> Slept:
        ran.append(room)
        schedule.failures = 1 if len(ran) == 1 else 0
        return Slept(upto=1)

    with caplog.at_level(logging.WARNING):
        async with serving(wakeups, run):
            await until(lambda: len(ran) == 1 and clock.sleepers == 1 and not schedule.failures)
            clock.advance(5)
            await until(lambda: len(ran) == 2)

    assert "Room web:lobby stays due" in caplog.text
    assert await schedule.due(clock.now()) == ()
