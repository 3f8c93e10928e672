"""A team whose next speaker a model chooses: two model calls a turn."""

from collections.abc import Iterator

from agents import model_chooses
from benchmarks.measuring import Size, samples
from benchmarks.stage import InstantModel, chooses_in_turn, in_memory, talk, team_of, turns_in
from benchmarks.table import Row

TURNS = 200


def measure(size: Size) -> Iterator[Row]:
    """CPU per turn, and how much longer than the conversation the longest prompt is."""
    turns = size.of(TURNS)
    longer: list[float] = []

    async def selector() -> float:
        model = InstantModel(chooses_in_turn())
        ports = in_memory(model)
        spent = await talk(ports, team_of(turns, speakers=model_chooses()))
        assert await turns_in(ports) == turns
        longer.append(model.longest - turns)
        return spent.cpu / turns * 1e3

    yield Row(what="selector, CPU per turn", samples=samples(size, selector), unit="ms", floor=0.0015)
    yield Row(what="selector, longest prompt minus turns", samples=tuple(longer), unit="", goal=2)
