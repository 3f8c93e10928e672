"""CPU per turn of a team that speaks in turn, the model answering at once."""

from collections.abc import Iterator

from benchmarks.measuring import Size, samples
from benchmarks.stage import InstantModel, in_memory, on_disk, talk, team_of, turns_in
from benchmarks.table import Row

TURNS = 200


def measure(size: Size) -> Iterator[Row]:
    """Four agents, 200 turns: with the store in memory, then with SQLite (every event durable before the next)."""
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

    yield Row(what="round robin, CPU per turn, memory", samples=samples(size, memory), unit="ms", floor=0.001, goal=0.1)
    yield Row(
        what="round robin, CPU per turn, durable", samples=samples(size, durable), unit="ms", floor=0.22, goal=0.35
    )
