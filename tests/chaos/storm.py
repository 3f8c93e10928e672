"""People write, connections and calls break, the process is killed: many times over; then everything is counted."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.chaos.lives import Lives
from tests.chaos.verdict import Verdict, answers_in, judge, wanted_of

STORE = "rooms.db"
"""The database beside the config."""

_CONFIG = "config.toml"
_ERROR, _OURS = '"level": "error"', re.compile(r'"logger": "(agents|adapters|bots)\.')
_LOOK = 0.1
"""Seconds between two looks at what only the other process changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of it. ``pace`` is messages a second, ``life`` how many seconds a process works on the average.

    Every ``term``-th end of the process is a SIGTERM, every fifth comes before it has begun to work.
    """

    messages: int
    kills: int
    seed: int = 7
    pace: float = 6.0
    life: float = 8.0
    term: int = 4


class Town(Protocol):
    """A chat platform with people in it, in this process, for another process to serve."""

    platform: str
    """Its name in the config."""

    @property
    def faults(self) -> Counter[str]:
        """How often each kind of trouble has happened so far."""
        ...

    @property
    def config(self) -> str:
        """What the served process reads."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What it is told beside."""
        ...

    async def say(self, number: int) -> None:
        """Somebody writes ``w<number>;`` somewhere."""
        ...

    async def trouble(self) -> None:
        """Something goes wrong, or will."""
        ...

    async def calm(self) -> None:
        """Nothing goes wrong any more; the newest events are brought once more."""
        ...

    def connected(self) -> bool:
        """Whether the process hears."""
        ...

    def posted(self) -> Mapping[str, Sequence[str]]:
        """The texts that the agents have written in each room, oldest first."""
        ...

    def facts(self) -> Mapping[str, object]:
        """What else is worth a line."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a storm did, and what was left. Times are in seconds, sizes in MiB."""

    plan: Plan
    verdict: Verdict
    lives: Lives
    faults: Mapping[str, int]
    facts: Mapping[str, object]
    seconds: float
    memory: Sequence[float]
    starts: Sequence[float]
    bugs: Sequence[str] = ()

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The table."""
        verdict, lives = self.verdict, self.lives
        low, high, last = min(self.memory), max(self.memory), self.memory[-1]
        return [
            ("messages", f"{self.plan.messages}"),
            ("ends of the process", f"{lives.kills} by SIGKILL, {len(lives.endings)} by SIGTERM"),
            ("longest SIGTERM", f"{max(lives.endings):.1f} s"),
            ("longest start until it hears", f"{max(self.starts):.1f} s"),
            *((kind, str(times)) for kind, times in sorted(self.faults.items())),
            *((what, str(fact)) for what, fact in self.facts.items()),
            ("lost", f"{verdict.lost}"),
            ("doubled", f"{verdict.doubled}"),
            ("rooms out of order", f"{len(verdict.disordered)}"),
            ("records in the store", f"{verdict.records}"),
            ("time", f"{self.seconds:.1f} s"),
            ("messages a second", f"{self.plan.messages / self.seconds:.1f}"),
            ("records a second", f"{verdict.records / self.seconds:.1f}"),
            ("memory of a process", f"{low:.0f} to {high:.0f} MiB, at last {last:.0f}"),
            ("errors in its log", f"{len(self.bugs)}"),
        ]


async def storm(town: Town, folder: Path, plan: Plan, *, until_answered: float = 60.0) -> Report:
    """Let it happen. It ends when everything is answered, or so many seconds after the last message."""
    path = folder / _CONFIG
    path.write_text(town.config, encoding="utf-8")
    path.chmod(0o600)
    lives = Lives(
        command=("tests.chaos.serving", town.platform, str(path)), log=folder / "log.txt", environment=town.environment
    )
    course, began = _Course(town, plan, lives), time.monotonic()
    try:
        await lives.begin()
        await course.connected()
        async with asyncio.TaskGroup() as group:
            group.create_task(course.talk())
            group.create_task(course.reap())
        await course.connected()
        await town.calm()
        with suppress(TimeoutError):  # what is missing then is in the report
            await _until(lambda: _is_answered(town, plan.messages), until_answered)
        await town.calm()
        await asyncio.sleep(1.0)
        course.memory.append(lives.memory())
        await lives.end()
    finally:
        await lives.close()
    seconds = time.monotonic() - began
    return Report(
        plan=plan,
        verdict=judge(folder / STORE, plan.messages, town.posted()),
        lives=lives,
        faults=+town.faults,
        facts=town.facts(),
        seconds=seconds,
        memory=course.memory,
        starts=course.starts,
        bugs=_bugs(lives.log),
    )


class _Course:
    """What happens in a storm: people talk, and the process ends and begins anew."""

    def __init__(self, town: Town, plan: Plan, lives: Lives):
        self._town, self._plan, self._lives = town, plan, lives
        self.memory: list[float] = []
        self.starts: list[float] = []

    async def connected(self) -> None:
        """Return when the process hears, and note how long it took and what it holds then."""
        began = time.monotonic()
        await _until(self._town.connected, 90.0)
        self.starts.append(time.monotonic() - began)
        self.memory.append(self._lives.memory())

    async def talk(self) -> None:
        """People write at chance intervals; whether anybody hears is not theirs to know."""
        dice = random.Random(self._plan.seed)
        for number in range(self._plan.messages):
            if dice.random() < (0.3 if self._town.connected() else 0.05):
                await self._town.trouble()
            await self._town.say(number)
            await asyncio.sleep(dice.expovariate(self._plan.pace))

    async def reap(self) -> None:
        """End the process at chance moments: mostly while it works, at times before it has begun to."""
        dice = random.Random(self._plan.seed + 1)
        for nth in range(1, self._plan.kills + 1):
            if nth % 5:
                await self.connected()
                await asyncio.sleep(dice.uniform(0.0, 2 * self._plan.life))
            else:
                await asyncio.sleep(dice.uniform(0.0, 2.0))
            await (self._lives.kill() if nth % self._plan.term else self._lives.end())
            await self._lives.begin(last=nth == self._plan.kills)


def _is_answered(town: Town, count: int) -> bool:
    wanted = wanted_of(range(count))
    return wanted <= {word for texts in town.posted().values() for word in answers_in(texts)}


async def _until(so: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not so():  # noqa: ASYNC110 - what is looked at are two processes
            await asyncio.sleep(_LOOK)


def _bugs(log: Path) -> tuple[str, ...]:
    """Lines of the processes' log that no trouble outside explains: our own errors, and a traceback that ended one."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(line for line in lines if line.startswith("Traceback") or (_ERROR in line and _OURS.search(line)))
