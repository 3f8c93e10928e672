"""``python -m benchmarks.peers [NAME ...]``: install the peers where they are not, measure all, print the table."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.json import decode

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".build" / "peers"
ROUNDS = 5
INSTALLING, MEASURING = 600, 600
"""Seconds that these may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One that is measured: its column's head, and its program, a module here."""

    title: str
    program: str
    requirements: tuple[str, ...] = ()
    """What pip installs into an environment of its own; without, it runs in ours."""

    @property
    def python(self) -> str:
        """The interpreter that it runs with."""
        return str(self.environment / "bin" / "python") if self.requirements else sys.executable

    @property
    def environment(self) -> Path:
        """Where its packages are."""
        return ENVIRONMENTS / self.program.removesuffix("_team")


OURS = Contender(title="Tertulia", program="tertulia")
CONTENDERS = (
    OURS,
    Contender(title="ag2 0.14", program="ag2_team", requirements=("ag2==0.14.0",)),
    Contender(title="autogen 0.7.5", program="autogen_team", requirements=("autogen-agentchat==0.7.5",)),
    Contender(title="langgraph 1.2", program="langgraph_team", requirements=("langgraph==1.2.24",)),
    Contender(
        title="agent-fw. 1.23",
        program="agent_framework_team",
        requirements=("agent-framework-core==1.23.0", "agent-framework-orchestrations==1.4.0"),
    ),
    Contender(title="bare loop", program="bare"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What all do: ``name`` is what a program calls it, ``size`` how many turns or rooms it does."""

    name: str
    size: int
    title: str


WORKS = (
    Work(name="round_robin", size=200, title="round robin, {size:,} turns"),
    Work(name="round_robin", size=1_000, title="round robin, {size:,} turns"),
    Work(name="selector", size=200, title="selector, {size:,} turns"),
    Work(name="tool_turn", size=200, title="tool turn, {size:,} rooms, one each"),
    Work(name="rooms", size=1_000, title="{size:,} rooms x 6 turns at 50 ms"),
)
MEANS = {"µs": "CPU per turn", "s": "wall", "KB": "idle room, each"}
"""What a figure of this unit is."""


class NotMeasured(Exception):
    """A contender could not be installed or run; the message is the end of a sentence."""


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit code: 0 done, 2 wrong use. Who cannot be measured is told of, and left out."""
    asked = _parser().parse_args(arguments)
    contenders = list(installed(CONTENDERS))
    print(f"Load of the machine's {os.cpu_count()} processors when this began: {os.getloadavg()[0]:.1f}")
    print(f"{'median (times ours)':44}" + "".join(f"{one.title:>18}" for one in contenders), flush=True)
    for work in WORKS:
        if not asked.names or work.name in asked.names:
            size = max(1, work.size // 50) if asked.tiny else work.size
            for line in lines(work, size, contenders, asked.rounds):
                print(line, flush=True)
    return 0


def installed(contenders: Sequence[Contender]) -> Iterator[Contender]:
    """Those that can be measured, each in its environment; a sentence for each of the others."""
    for one in contenders:
        try:
            install(one)
        except NotMeasured as error:
            print(f"{one.title} is not measured: {error}", flush=True)
        else:
            yield one


def install(one: Contender) -> None:
    """Make its environment, unless it is there with just these requirements. Raises `NotMeasured`."""
    done, wanted = one.environment / ".installed", "\n".join(one.requirements)
    if not one.requirements or (done.exists() and done.read_text(encoding="utf-8") == wanted):
        return
    shutil.rmtree(one.environment, ignore_errors=True)
    venv.create(one.environment, with_pip=True)
    _printed([one.python, "-m", "pip", "install", "--quiet", *one.requirements], INSTALLING)
    done.write_text(wanted, encoding="utf-8")


def lines(work: Work, size: int, contenders: Sequence[Contender], rounds: int) -> Iterator[str]:
    """Let all do the work in turn, so many rounds; a line for each thing that was measured."""
    measured: dict[str, dict[str, list[float]]] = {}
    running = list(contenders)
    for _ in range(rounds):
        for one in tuple(running):
            try:
                figures = measure(one, work.name, size)
            except NotMeasured as error:
                running.remove(one)
                yield f"{one.title} does not do {work.name}: {error}"
                continue
            for unit, figure in figures.items():
                measured.setdefault(unit, {}).setdefault(one.title, []).append(figure)
    for unit, samples in measured.items():
        medians = {title: statistics.median(each) for title, each in samples.items()}
        what = f"{work.title.format(size=size)}, {MEANS[unit]}"
        yield f"{what:44}" + "".join(f"{cell(medians, one.title, unit):>18}" for one in contenders)


def cell(medians: Mapping[str, float], title: str, unit: str) -> str:
    """A median with its unit, and how many times ours it is."""
    if title not in medians:
        return "-"
    figure, ours = medians[title], medians.get(OURS.title)
    digits = 0 if figure >= 10 else 2
    times = f" ({figure / ours:.1f}x)" if ours and title != OURS.title else ""
    return f"{figure:,.{digits}f} {unit}{times}"


def measure(one: Contender, name: str, size: int) -> dict[str, float]:
    """What its program measured, by unit; nothing where it cannot do this work. Raises `NotMeasured`."""
    printed = _printed([one.python, "-m", f"benchmarks.peers.{one.program}", name, str(size)], MEASURING)
    return decode(printed, type=dict[str, float]) if printed else {}


def _printed(command: Sequence[str], seconds: float) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"it took more than {seconds:.0f} s.") from None
    except subprocess.CalledProcessError as error:
        raise NotMeasured(error.stderr.strip().rpartition("\n")[2] or "it failed without a word.") from None
    return done.stdout.strip()


def _parser() -> argparse.ArgumentParser:
    names = dict.fromkeys(work.name for work in WORKS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Tertulia beside other frameworks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}; none named: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each has its turn")
    parser.add_argument("--tiny", action="store_true", help="so little work that figures mean nothing: does it run?")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
