"""``python -m benchmarks [NAME ...]`` measures and prints the table; without names, everything."""

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from agents.errors import SandboxUnavailable
from benchmarks.running import present, rows
from benchmarks.table import header, line


def main(arguments: Sequence[str]) -> int:
    """Print the rows as they come; the exit code: 0 done, 2 wrong use. A goal that is missed is no failure."""
    unknown = [name for name in arguments if name not in present()]
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]!r}; name some of: {', '.join(present())}.\n")
        return 2
    print(header(), flush=True)
    # A fresh process each: no benchmark leaves its memory to the next.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        for name in arguments or present():
            try:
                print("\n".join(map(line, fresh.submit(rows, name).result())), flush=True)
            except SandboxUnavailable as error:
                print(f"{name} was not measured: {error}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
