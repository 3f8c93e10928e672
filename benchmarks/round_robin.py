"""CPU per turn of a team that speaks in turn, the model answering at once."""

import asyncio
from collections.abc import Iterator

from benchmarks.measuring import Size, samples
from benchmarks.stage import InstantModel, in_memory, on_disk, talk, team_of, turns_in
from benchmarks.store import bare_append
from benchmarks.table import Row

TURNS = 200
APPENDS = 500


def measure(size: Size) -> Iterator[Row]:
    """Four agents, 200 turns: with the store in memory, then with SQLite (every event durable before the next).

    The durable floor is what a turn's one append costs on this machine by themselves.
    """
    turns = size.of(TURNS)

    async def memory() -> float:
        ports = in_memory(InstantModel())
        spent = await talk(ports, team_of(turns))
        assert await turns_in(ports) == turns
        return spent.cpu / turns * 1e3

    async def durable() -> float:
        async with on_disk(InstantModel()) as ports:
            spent = await talk(ports, team_of(turns))
            assert await turns_in(ports) == turns
            return spent.cpu / turns * 1e3

    bare = min(asyncio.run(bare_append(APPENDS))[0] for _ in range(size.repetitions)) / 1e3
    yield Row(what="round robin, CPU per turn, memory", samples=samples(size, memory), unit="ms", floor=0.001)
    yield Row(what="round robin, CPU per turn, durable", samples=samples(size, durable), unit="ms", floor=bare)
