"""A thousand rooms at once, each with six turns, over a model that takes 50 ms: ideally they take 0.30 s together."""

import asyncio
from collections.abc import Iterator

from agents.ports import Ports, Slept
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from benchmarks.measuring import Size, collecting_seldom, cost, samples
from benchmarks.stage import InstantModel, begin, in_memory, on_disk, team_of, turns_in
from benchmarks.table import Row

ROOMS, TURNS, LATENCY = 1_000, 6, 0.05


def measure(size: Size) -> Iterator[Row]:
    """Seconds on the wall from the first wake to the last room's sleep.

    Measured with Python's collector of reference cycles as it is, and as `tertulia run` sets it.
    """
    rooms = size.of(ROOMS)

    async def memory() -> float:
        return await _seconds(in_memory(InstantModel(latency=LATENCY)), rooms)

    async def durable() -> float:
        async with on_disk(InstantModel(latency=LATENCY)) as ports:
            return await _seconds(ports, rooms)

    what = f"{rooms:,} rooms x {TURNS} turns at 50 ms"
    yield Row(what=f"{what}, memory, collector untuned", samples=samples(size, memory), unit="s", floor=0.32)
    yield Row(what=f"{what}, durable, collector untuned", samples=samples(size, durable), unit="s")
    with collecting_seldom():
        yield Row(what=f"{what}, memory", samples=samples(size, memory), unit="s", floor=0.32)
        yield Row(what=f"{what}, durable", samples=samples(size, durable), unit="s")


async def _seconds(ports: Ports, rooms: int) -> float:
    names = [f"web:room-{number}" for number in range(rooms)]
    for name in names:
        await begin(ports, name)
    team = team_of(TURNS)
    running = Rooms(ports, lambda _: Binding(team=team))
    spent = await cost(all_sleep(ports, running, names))
    assert await turns_in(ports, names[-1]) == TURNS
    return spent.wall


async def all_sleep(ports: Ports, running: Rooms, names: list[str]) -> None:
    """Wake these rooms, and run them until every one sleeps."""
    asleep: set[str] = set()
    done = asyncio.Event()

    async def run(name: str) -> Slept:
        slept = await running.run(name)
        asleep.add(name)
        if len(asleep) == len(names):
            done.set()
        return slept

    async with asyncio.TaskGroup() as group:
        serving = group.create_task(ports.wakeups.serve(run))
        for name in names:
            await ports.wakeups.wake(name)
        await done.wait()
        serving.cancel()
