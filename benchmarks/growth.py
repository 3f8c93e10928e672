"""Whether a turn costs more in a long conversation than in a short one."""

from collections.abc import Iterator

from benchmarks.measuring import Size, samples
from benchmarks.stage import InstantModel, in_memory, talk, team_of
from benchmarks.table import Row

LONG, SHORT = 1_000, 50


def measure(size: Size) -> Iterator[Row]:
    """CPU per turn at 1,000 turns over CPU per turn at 50; the short one is repeated, to be as exact."""
    long, short = size.of(LONG), size.of(SHORT)

    async def growth() -> float:
        at_length = (await talk(in_memory(InstantModel()), team_of(long))).cpu / long
        briefly = [(await talk(in_memory(InstantModel()), team_of(short))).cpu / short for _ in range(7)]
        return at_length / sorted(briefly)[len(briefly) // 2]

    yield Row(
        what=f"growth: cost per turn at {long:,} turns over {short:,}",
        samples=samples(size, growth),
        unit="x",
        floor=1.0,
        goal=1.1,
    )
