"""Every benchmark runs. What it measures is no test's affair: the machine has other work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from benchmarks import against, sandbox_peer
from benchmarks.against import ROOT, WORKS, NotMeasured, Work, compare
from benchmarks.measuring import TINY
from benchmarks.peers import __main__ as peers
from benchmarks.running import NAMES, present, rows
from benchmarks.table import HEADS, Row, header, line


@pytest.mark.parametrize("name", [name for name in present() if name not in ("http", "store", "sandbox")])
def test_a_benchmark_runs_in_a_tiny_size_and_gives_a_row_of_the_table(name: str) -> None:
    measured = rows(name, TINY)

    assert measured
    for row in measured:
        assert row.what in line(row)
        assert all(sample == sample for sample in row.samples), "a sample is a number"
    for work in WORKS:
        if work.module == name:
            found = [row.what for row in measured if fnmatchcase(row.what, work.row)]
            assert len(found) == 1, f"{work.name} is one of its rows, not {found}"


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


def test_a_side_of_a_comparison_measures_the_tree_that_it_is_started_in() -> None:
    (row,) = against.measure(ROOT, "growth", TINY)

    assert row.what.startswith("growth: ")
    assert len(row.samples) == TINY.repetitions


def test_a_side_that_would_measure_another_tree_is_refused(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")

    with pytest.raises(NotMeasured, match="was imported from another tree; nothing was measured"):
        against.measure(tmp_path, "growth", TINY)


def test_a_comparison_shows_both_medians_their_ratio_and_whether_a_goal_set_as_a_share_is_met() -> None:
    work = Work(name="turn", module="turn", row="a turn*", ratio=0.6)
    ours = against.joined(work, [[Row(what="a turn", samples=(2.0,), unit="ms")] for _ in range(3)])
    theirs = against.joined(work, [[Row(what="a turn", samples=(4.0, 5.0), unit="ms")], []])

    shown = against.line(work, ours, theirs, ratios=True)

    assert " ".join(shown.split()) == "a turn 2.00 ms 4.50 ms 0.444 ratio 0.60 yes"
    assert against.line(work, ours, theirs, ratios=False).split()[-1] == "0.444", "the goal is of another commit"
    assert "not there" in against.line(work, ours, None, ratios=True)


def test_a_work_compared_with_its_floor_is_shown_as_so_many_times_the_floor_of_its_own_run() -> None:
    work = Work(name="post", module="chats", row="*", over_floor=True)
    runs = [
        [Row(what="post, CPU", samples=(3.0, 9.0), unit="ms", floor=floor, goal=floor * 1.7)] for floor in (1.0, 2.0)
    ]

    row = against.joined(work, runs)

    assert row == Row(what="post, over the bare library", samples=(3.0, 1.5), unit="x", goal=1.7)


@pytest.mark.parametrize(
    ("commit", "names", "told"),
    [("HEAD", ["nonsense"], "Nothing to compare is called 'nonsense'"), ("nowhere", [], "has no commit 'nowhere'")],
)
def test_a_comparison_that_cannot_be_made_says_so(
    commit: str, names: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert compare(commit, names) == 2
    assert told in capfd.readouterr().err


def test_a_peer_that_cannot_be_installed_is_told_of_in_one_sentence_and_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = peers.Contender(title="Nobody 1.0", program="nobody_team", requirements=("no such package",))
    monkeypatch.setattr(peers, "ENVIRONMENTS", tmp_path)

    assert list(peers.installed([peers.OURS, missing])) == [peers.OURS]
    assert capsys.readouterr().out.startswith("Nobody 1.0 is not measured: ")


def test_peers_are_measured_in_turn_and_shown_as_so_many_times_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = peers.Contender(title="Peer", program="peer")
    asked: list[str] = []

    def measure(one: peers.Contender, name: str, size: int) -> dict[str, float]:
        asked.append(one.title)
        return {"µs": 100.0 if one is peers.OURS else 250.0}

    monkeypatch.setattr(peers, "measure", measure)
    work = peers.Work(name="round_robin", size=200, title="round robin, {size:,} turns")

    (line,) = peers.lines(work, 200, [peers.OURS, peer], rounds=2)

    assert asked == ["Tertulia", "Peer"] * 2
    assert " ".join(line.split()) == "round robin, 200 turns, CPU per turn 100 µs 250 µs (2.5x)"


@pytest.mark.parametrize("name", ["round_robin", "selector", "tool_turn", "rooms"])
@pytest.mark.parametrize("one", [peers.OURS, peers.CONTENDERS[-1]], ids=lambda one: one.title)
def test_ours_and_the_floor_do_every_work_that_peers_do(one: peers.Contender, name: str) -> None:
    figures = peers.measure(one, name, 2)

    assert set(figures) == ({"s", "KB"} if name == "rooms" else {"µs"})


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
