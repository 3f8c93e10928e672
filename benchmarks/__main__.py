"""``python -m benchmarks [NAME ...]`` measures and prints the table; without names, everything.

``python -m benchmarks --against COMMIT [NAME ...]`` compares this tree with a commit; see `benchmarks.against`.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from agents.errors import SandboxUnavailable
from benchmarks.against import ROUNDS, compare
from benchmarks.measuring import FULL, TINY
from benchmarks.running import present, rows
from benchmarks.table import header, line


def main(arguments: Sequence[str]) -> int:
    """Print the rows as they come; the exit code: 0 done, 2 wrong use. A goal that is missed is no failure."""
    asked = _parser().parse_args(arguments)
    size = TINY if asked.tiny else FULL
    if asked.against:
        return compare(asked.against, asked.names, asked.rounds, size.part)
    unknown = [name for name in asked.names if name not in present()]
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]!r}; name some of: {', '.join(present())}.\n")
        return 2
    print(header(), flush=True)
    # A fresh process each: no benchmark leaves its memory to the next.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        for name in asked.names or present():
            try:
                print("\n".join(map(line, fresh.submit(rows, name, size).result())), flush=True)
            except SandboxUnavailable as error:
                print(f"{name} was not measured: {error}", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what Tertulia costs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; nothing named: everything")
    parser.add_argument("--against", metavar="COMMIT", help="compare this tree with that commit, in turn")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="how often both sides of a comparison take their turn"
    )
    parser.add_argument("--tiny", action="store_true", help="so little work that figures mean nothing: does it run?")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
