"""Every benchmark runs. What it measures is no test's affair: the machine has other work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from benchmarks import sandbox_peer
from benchmarks.measuring import TINY
from benchmarks.running import NAMES, present, rows
from benchmarks.table import HEADS, Row, header, line


@pytest.mark.parametrize("name", [name for name in present() if name not in ("http", "store", "sandbox")])
def test_a_benchmark_runs_in_a_tiny_size_and_gives_a_row_of_the_table(name: str) -> None:
    measured = rows(name, TINY)

    assert measured
    for row in measured:
        assert row.what in line(row)
        assert all(sample == sample for sample in row.samples), "a sample is a number"


def test_the_core_has_its_own_benchmarks() -> None:
    assert set(NAMES[:8]) <= set(present())


def test_a_row_shows_median_and_best_and_whether_the_goal_is_met() -> None:
    row = Row(what="a turn", samples=(0.3, 0.1, 0.2), unit="ms", floor=0.01, goal=0.15)

    assert " ".join(line(row).split()) == "a turn 0.200 ms 0.100 ms 0.010 ms 0.150 ms NO"


def test_a_row_without_a_goal_is_neither_met_nor_missed() -> None:
    row = Row(what="opening", samples=(250.0,), unit="ms")

    assert row.met is None
    assert " ".join(line(row).split()) == "opening 250 ms 250 ms"


def test_the_header_names_every_column() -> None:
    assert header().splitlines()[0].split() == list(HEADS)


async def test_another_sandbox_is_measured_from_nothing_for_each_program_and_until_it_lets_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox_peer, "PAUSE", 0.0)
    did: list[str] = []

    @asynccontextmanager
    async def peer(image: str) -> AsyncIterator[sandbox_peer.Runs]:
        async def run() -> str:
            did.append("run")
            return "1\n"

        did.append(image)
        yield run
        did.append("gone")

    measured = await sandbox_peer.measure(peer, "an image", runs=4, starts=2)
    assert did == ["an image", "run", "run", "run", "gone"] * 2
    assert {what: len(times) for what, times in measured.items()} == {"first": 2, "next": 4, "end": 2}


async def test_another_sandbox_whose_program_fails_has_no_time() -> None:
    @asynccontextmanager
    async def peer(_: str) -> AsyncIterator[sandbox_peer.Runs]:
        async def run() -> str:
            return "no python3"

        yield run

    with pytest.raises(RuntimeError, match="the program printed 'no python3'"):
        await sandbox_peer.measure(peer, "an image", runs=1, starts=1)
