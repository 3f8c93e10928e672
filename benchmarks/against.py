"""This tree beside one of its older commits: ``python -m benchmarks --against COMMIT [NAME ...]``.

The commit is checked out into a git worktree under .build/, which is removed at the end. For each benchmark this tree
and the commit take turns (A B A B ...), each run in a fresh process with this environment's interpreter and libraries.
Each side runs its own benchmark code; what is compared is the medians of all rounds.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.json import decode

from benchmarks.measuring import Size
from benchmarks.table import Row, number, row_of_cells, rule

ROOT = Path(__file__).resolve().parents[1]
SIDE = Path(__file__).with_name("side.py")
BASE = "f0004a4"
"""The commit that `Work.ratio` refers to."""

ROUNDS = 5
MEASURING = 600
"""Seconds that one benchmark of one side may take in a round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One line of the table."""

    name: str
    """How it is asked for."""
    module: str
    """The benchmark that measures it."""
    row: str
    """Which of that benchmark's rows it is: a pattern with ``*``."""
    ratio: float | None = None
    """Our goal, where it is a share of what commit `BASE` takes."""
    over_floor: bool = False
    """What is shown is how many times the floor of the same run it is, best of both, and not its own unit."""


WORKS = (
    Work(name="round_robin", module="round_robin", row="*, memory", ratio=0.60),
    Work(name="durable", module="round_robin", row="*, durable", ratio=0.55),
    Work(name="growth", module="growth", row="*"),
    Work(name="selector", module="selector", row="*, CPU per turn"),
    Work(name="tool_turn", module="tool_turn", row="*, CPU per turn"),
    Work(name="rooms", module="many_rooms", row="* at 50 ms, memory", ratio=0.6),
    Work(name="rooms_durable", module="many_rooms", row="* at 50 ms, durable", ratio=0.6),
    Work(name="snapshot_load", module="snapshot", row="load * from a snapshot"),
    Work(name="snapshot_save", module="snapshot", row="write a snapshot *"),
    Work(name="opening", module="store", row="open a room of *, wall"),
    Work(name="import", module="imports", row="import of the core, CPU", ratio=0.6),
    Work(name="help", module="imports", row="*--help, CPU"),
    Work(name="loaded_room", module="idle_rooms", row="*, loaded", ratio=0.5),
    Work(name="idle_room", module="idle_rooms", row="*, asleep"),
    Work(name="slack", module="chats", row="slack: *, memory, CPU", over_floor=True),
    Work(name="slack_durable", module="chats", row="slack: *, durable, CPU", over_floor=True),
    Work(name="discord", module="chats", row="discord: *, memory, CPU", over_floor=True),
    Work(name="discord_durable", module="chats", row="discord: *, durable, CPU", over_floor=True),
    Work(name="http_20", module="http", row="* 20 messages, CPU over *"),
    Work(name="http_200", module="http", row="* 200 messages, CPU over *"),
)

LONG = frozenset({"many_rooms", "store", "idle_rooms", "chats"})
"""Benchmarks that are repeated once a round; all others three times."""


class NotMeasured(Exception):
    """A side could not run a benchmark; the message is a sentence for the reader."""


def compare(commit: str, names: Sequence[str], rounds: int = ROUNDS, part: float = 1.0) -> int:
    """Print the table for these works (none named: all); the exit code: 0 done, 2 wrong use."""
    unknown = [name for name in names if name not in {work.name for work in WORKS}]
    if unknown:
        sys.stderr.write(f"Nothing to compare is called {unknown[0]!r}; name some of: {', '.join(_names())}.\n")
        return 2
    try:
        full = _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    except subprocess.CalledProcessError:
        sys.stderr.write(f"This repository has no commit {commit!r}; name one that `git log` shows.\n")
        return 2
    works = [work for work in WORKS if not names or work.name in names]
    print(f"Load of the machine's {os.cpu_count()} processors when this began: {os.getloadavg()[0]:.1f}")
    print("\n".join((row_of_cells(("what", "this tree", commit[:11], "ratio", "goal", "met")), rule())), flush=True)
    with checkout(full) as tree:
        for module in dict.fromkeys(work.module for work in works):
            wanted = [work for work in works if work.module == module]
            for line in lines(module, wanted, tree, rounds, part, ratios=full.startswith(BASE)):
                print(line, flush=True)
    return 0


def lines(module: str, works: Sequence[Work], tree: Path, rounds: int, part: float, *, ratios: bool) -> Iterator[str]:
    """Run one benchmark on both sides in turn; its lines of the table. ``ratios``: whether such goals apply."""
    size = Size(repetitions=1 if module in LONG else 3, part=part)
    try:
        runs = [(measure(ROOT, module, size), measure(tree, module, size)) for _ in range(rounds)]
    except NotMeasured as error:
        yield f"{module} was not compared: {error}"
        return
    for work in works:
        ours, theirs = (joined(work, [run[side] for run in runs]) for side in (0, 1))
        yield line(work, ours, theirs, ratios=ratios)


def measure(tree: Path, module: str, size: Size) -> list[Row]:
    """What that tree's own benchmark of this name measures. Raises `NotMeasured`."""
    command = [sys.executable, "-P", str(SIDE), module, str(size.repetitions), str(size.part)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, check=True, timeout=MEASURING
        )
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"in {tree} it took more than {MEASURING} s.") from None
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().rpartition("\n")[2]
        raise NotMeasured(f"in {tree} it failed with: {last}") from None
    return decode(done.stdout.splitlines()[-1], type=list[Row])


def joined(work: Work, runs: Sequence[Sequence[Row]]) -> Row | None:
    """That work's rows of one side's runs, as one; None where the side does not measure it."""
    found = [row for run in runs for row in run if fnmatchcase(row.what, work.row)]
    if not found:
        return None
    first = found[0]
    if not work.over_floor:
        together = tuple(sample for row in found for sample in row.samples)
        return Row(what=first.what, samples=together, unit=first.unit, goal=first.goal)
    times = tuple(row.best / row.floor for row in found if row.floor)
    goal = first.goal / first.floor if first.goal and first.floor else None
    what = f"{first.what.removesuffix(', CPU')}, over the bare library"
    return Row(what=what, samples=times, unit="x", goal=goal)


def line(work: Work, ours: Row | None, theirs: Row | None, *, ratios: bool) -> str:
    """A line of the table. A goal is a share of the commit's or, where it has a unit, ours alone."""
    if ours is None:
        return row_of_cells((f"{work.name}: this tree does not measure it", "", "", "", "", ""))
    ratio = ours.median / theirs.median if theirs and theirs.median else None
    if work.ratio is None:
        goal, met = number(ours.goal, ours.unit), ours.met
    else:
        goal = f"ratio {work.ratio:.2f}" if ratios else ""
        met = ratio <= work.ratio if ratios and ratio is not None else None
    before = number(theirs.median, theirs.unit) if theirs else "not there"
    cells = (ours.what, number(ours.median, ours.unit), before, number(ratio, ""), goal)
    return row_of_cells((*cells, "" if met is None else "yes" if met else "NO"))


@contextmanager
def checkout(commit: str) -> Generator[Path]:
    """The commit's files, in a git worktree that is there during the block."""
    build = ROOT / ".build"
    build.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=build, prefix="against-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> str:
    """What git printed."""
    return subprocess.run(["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _names() -> Iterator[str]:
    return (work.name for work in WORKS)
