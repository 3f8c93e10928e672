"""What `agents.testing` gives to everybody's tests: time that is moved by hand, and ports over memory."""

import asyncio

import pytest

from agents.log.events import Said
from agents.log.records import Entry
from agents.testing import FakeClock, FakeModel, memory_ports, until


async def test_time_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(at=100.0)
    assert clock.now() == 100.0
    clock.advance(5)
    assert clock.now() == 105.0
    clock.set(50)
    assert clock.now() == 50.0


async def test_sleepers_wake_when_their_time_has_come_the_earliest_first() -> None:
    clock = FakeClock()
    woken: list[int] = []

    async def sleep(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (3, 1, 2, 4):
            group.create_task(sleep(seconds))
        await until(lambda: clock.sleepers == 4)
        clock.advance(0.5)
        assert clock.sleepers == 4
        clock.advance(2.5)
        assert clock.sleepers == 1
        await until(lambda: len(woken) == 3)
        clock.advance(1)

    assert woken == [1, 2, 3, 4]


async def test_sleeping_for_nothing_returns_at_once() -> None:
    async with asyncio.timeout(5):
        await FakeClock().sleep(0)
        await FakeClock().sleep(-1)


async def test_a_cancelled_sleeper_is_no_sleeper() -> None:
    clock = FakeClock()
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(clock.sleep(10))
        await until(lambda: clock.sleepers == 1)
        sleeper.cancel()
    assert clock.sleepers == 0
    clock.advance(10)


async def test_waiting_for_what_never_comes_ends() -> None:
    with pytest.raises(TimeoutError):
        await until(lambda: False, within=0.01)


async def test_ports_over_memory_share_one_clock_and_one_store() -> None:
    clock, model = FakeClock(at=100.0), FakeModel()
    ports = memory_ports(clock, {"default": model})
    await ports.store.log.append("web:lobby", [Entry(event=Said(text="hello"), by="person:web/ana")])

    assert (await ports.store.log.read("web:lobby"))[0].at == 100.0
    assert (ports.clock, ports.models, ports.sandbox) == (clock, {"default": model}, None)


async def test_ports_without_a_clock_have_time_of_their_own() -> None:
    assert isinstance(memory_ports().clock, FakeClock)
