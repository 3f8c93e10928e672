"""How often and how much to measure, and the CPU clock. Needs nothing but Python: peers are measured by it too."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How often a measurement is repeated, and which part of the full amount of work each repetition does."""

    repetitions: int = 7
    part: float = 1.0

    def of(self, amount: int) -> int:
        """That part of ``amount``, at least one."""
        return max(1, round(amount * self.part))


FULL = Size()
TINY = Size(repetitions=1, part=0.005)
"""Enough to see that a benchmark runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of this process, all threads together, and seconds on the wall."""

    cpu: float
    wall: float


async def cost(work: Awaitable[object]) -> Cost:
    """What awaiting ``work`` costs. Garbage of whatever came before is collected first."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    return Cost(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall)


def resident() -> float:
    """KB of memory that this process has, after all garbage is collected."""
    gc.collect()
    fields = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in fields if line.startswith("VmRSS:"))


@contextmanager
def collecting_seldom() -> Generator[None]:
    """As `tertulia run` sets it: what lives as long as the process is looked at no more, the young in large lots."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def samples(size: Size, once: Callable[[], Awaitable[float]]) -> tuple[float, ...]:
    """What ``once`` measures in each repetition, every one in an event loop of its own."""
    return tuple(asyncio.run(_awaited(once)) for _ in range(size.repetitions))


async def _awaited(once: Callable[[], Awaitable[float]]) -> float:
    return await once()
