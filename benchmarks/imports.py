"""What it costs to import the core, and to be told what the command line can do."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from benchmarks.measuring import Size
from benchmarks.table import Row

TIMED = "import time; t = time.process_time(); import agents; print(time.process_time() - t)"
HELP = "import sys; sys.argv = ['tertulia', '--help']; from bots.cli import main; main()"


def measure(size: Size) -> Iterator[Row]:
    """CPU seconds, and the largest size of the process; byte code is compiled before."""
    _run(HELP)
    core = tuple(float(_run(TIMED)[0]) for _ in range(size.repetitions))
    helps = [_run(HELP) for _ in range(size.repetitions)]
    yield Row(what="import of the core, CPU", samples=core, unit="s")
    yield Row(what="tertulia --help, CPU", samples=tuple(cpu for _, cpu, _ in helps), unit="s", goal=0.15)
    yield Row(what="tertulia --help, RSS", samples=tuple(rss for _, _, rss in helps), unit="MB", goal=45)


def _run(code: str) -> tuple[str, float, float]:
    """What the program printed, its CPU seconds, and its size in MB at the largest."""
    return _waited([sys.executable, "-c", code])


def _waited(command: Sequence[str]) -> tuple[str, float, float]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None, "its output is a pipe"
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed with exit code {process.returncode}")
    return printed, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
