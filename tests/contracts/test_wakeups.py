"""The contract of `agents.ports.Wakeups`: whoever has news is run, alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.log.events import Said
from agents.log.records import Entry
from agents.ports import Slept, Wakeups
from agents.runtime.wakeups import InProcessWakeups
from agents.testing import FakeClock, until
from tests.contracts.conftest import Store

ENTRY = Entry(event=Said(text="hello"), by="person:web/ana")
SWEEP = 5.0


class Runner:
    """Runs rooms by noting them; while the gate is shut, a run waits there."""

    def __init__(self, store: Store) -> None:
        self.runs: list[str] = []
        self.running: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.alarm: float | None = None
        self._store = store

    async def run(self, room: str) -> Slept:
        assert room not in self.running, "the room runs twice at once"
        self.runs.append(room)
        self.running.append(room)
        try:
            await self.gate.wait()
            records = await self._store.log.read(room)
            alarm, self.alarm = self.alarm, None
            return Slept(upto=len(records), wake_at=alarm)
        finally:
            self.running.remove(room)

    async def has_run(self, *rooms: str) -> None:
        """Until exactly these rooms ran, in this order, and none of them runs."""
        await until(lambda: self.runs == list(rooms) and not self.running)


async def settled(store: Store, clock: FakeClock) -> None:
    async def nothing_is_due() -> bool:
        return await store.schedule.due(clock.now()) == ()

    await until(nothing_is_due)


@asynccontextmanager
async def serving(wakeups: Wakeups, runner: Runner, clock: FakeClock) -> AsyncIterator[None]:
    """Serve until the block ends; it begins when the first sweep is over."""
    async with asyncio.TaskGroup() as group:
        sleepers = clock.sleepers
        server = group.create_task(wakeups.serve(runner.run))
        await until(lambda: clock.sleepers > sleepers or server.done())
        yield
        server.cancel()


@pytest.fixture(params=["in process"])
def wakeups(store: Store, clock: FakeClock) -> Wakeups:
    return InProcessWakeups(store.schedule, clock, sweep_every=SWEEP)


@pytest.fixture
def runner(store: Store) -> Runner:
    return Runner(store)


async def test_a_woken_room_is_run(wakeups: Wakeups, runner: Runner, clock: FakeClock) -> None:
    async with serving(wakeups, runner, clock):
        await wakeups.wake("web:lobby")
        await runner.has_run("web:lobby")


async def test_a_wake_before_anyone_serves_is_not_lost(wakeups: Wakeups, runner: Runner, clock: FakeClock) -> None:
    await wakeups.wake("web:lobby")
    async with serving(wakeups, runner, clock):
        await runner.has_run("web:lobby")


async def test_a_wake_during_a_run_makes_the_room_run_once_more(
    wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        runner.gate.clear()
        await wakeups.wake("web:lobby")
        await until(lambda: runner.running == ["web:lobby"])
        for _ in range(3):
            await wakeups.wake("web:lobby")
        runner.gate.set()
        await runner.has_run("web:lobby", "web:lobby")


async def test_rooms_run_side_by_side(wakeups: Wakeups, runner: Runner, clock: FakeClock) -> None:
    async with serving(wakeups, runner, clock):
        runner.gate.clear()
        await wakeups.wake("web:lobby")
        await wakeups.wake("web:garden")
        await until(lambda: set(runner.running) == {"web:lobby", "web:garden"})
        runner.gate.set()


async def test_rooms_with_news_from_before_are_run_at_the_start(
    store: Store, wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    await store.log.append("web:lobby", [ENTRY])
    async with serving(wakeups, runner, clock):
        await runner.has_run("web:lobby")
        await settled(store, clock)


async def test_news_that_nobody_woke_the_room_for_are_found_by_the_sweep(
    store: Store, wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        await store.log.append("web:lobby", [ENTRY])
        assert runner.runs == []
        clock.advance(SWEEP)
        await runner.has_run("web:lobby")


async def test_what_a_run_dealt_with_is_settled(
    store: Store, wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        await store.log.append("web:lobby", [ENTRY])
        await wakeups.wake("web:lobby")
        await settled(store, clock)
    async with serving(wakeups, runner, clock):
        assert runner.runs == ["web:lobby"]


async def test_a_room_that_left_something_is_run_again_by_the_sweep(
    store: Store, wakeups: Wakeups, clock: FakeClock
) -> None:
    class Forgetful(Runner):
        async def run(self, room: str) -> Slept:
            slept = await super().run(room)
            return Slept(upto=slept.upto - 1) if len(self.runs) == 1 else slept

    runner = Forgetful(store)
    await store.log.append("web:lobby", [ENTRY])
    async with serving(wakeups, runner, clock):
        await runner.has_run("web:lobby")
        while len(runner.runs) < 2:
            clock.advance(SWEEP)
            await asyncio.sleep(0)
        await settled(store, clock)


async def test_an_alarm_rings_on_time_and_not_before(
    store: Store, wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        await wakeups.wake("web:lobby", at=clock.now() + 1.5)
        clock.advance(1.4)
        await wakeups.wake("web:garden")
        await runner.has_run("web:garden")
        clock.advance(0.1)
        await runner.has_run("web:garden", "web:lobby")
        await settled(store, clock)


async def test_an_alarm_that_is_past_rings_at_once(wakeups: Wakeups, runner: Runner, clock: FakeClock) -> None:
    async with serving(wakeups, runner, clock):
        await wakeups.wake("web:lobby", at=clock.now() - 60)
        await runner.has_run("web:lobby")


async def test_a_room_may_go_to_sleep_with_an_alarm(
    store: Store, wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        runner.alarm = clock.now() + 0.5
        await wakeups.wake("web:lobby")
        await runner.has_run("web:lobby")
        await until(lambda: clock.sleepers == 2)
        clock.advance(0.5)
        await runner.has_run("web:lobby", "web:lobby")
        await settled(store, clock)


async def test_an_alarm_asked_for_while_the_room_runs_is_kept(
    wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        runner.gate.clear()
        await wakeups.wake("web:lobby")
        await until(lambda: runner.running == ["web:lobby"])
        await wakeups.wake("web:lobby", at=clock.now() + 2)
        runner.alarm = clock.now() + 3
        runner.gate.set()
        await runner.has_run("web:lobby")
        clock.advance(2)
        await runner.has_run("web:lobby", "web:lobby")


async def test_an_alarm_survives_the_process(store: Store, wakeups: Wakeups, runner: Runner, clock: FakeClock) -> None:
    await wakeups.wake("web:lobby", at=clock.now() + 3600)
    later = InProcessWakeups(store.schedule, clock, sweep_every=SWEEP)
    async with serving(later, runner, clock):
        assert runner.runs == []
        clock.advance(3600)
        await runner.has_run("web:lobby")


async def test_a_bug_in_a_run_ends_the_server(wakeups: Wakeups) -> None:
    class Bug(Exception):
        pass

    async def run(room: str) -> Slept:
        raise Bug(room)

    await wakeups.wake("web:lobby")
    with pytest.raises(ExceptionGroup) as raised:
        await wakeups.serve(run)
    assert raised.group_contains(Bug, match="web:lobby")


async def test_cancelling_the_server_cancels_its_runs_and_it_can_serve_again(
    wakeups: Wakeups, runner: Runner, clock: FakeClock
) -> None:
    async with serving(wakeups, runner, clock):
        runner.gate.clear()
        await wakeups.wake("web:lobby")
        await until(lambda: runner.running == ["web:lobby"])
    assert runner.running == []
    runner.gate.set()
    async with serving(wakeups, runner, clock):
        await wakeups.wake("web:lobby")
        await runner.has_run("web:lobby", "web:lobby")
