"""``python -m bots.engine ensure`` starts an engine that outlives the command; ``release`` ends that one only."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bots.engine import STOP_SECONDS, Machine, NoEngine, command_line_of, find_or_install, ready

NOTE = Path("/run/tertulia-engine.pid")
"""Which process `ensure` started; in a folder of root's, who alone starts engines."""


def ensure(machine: Machine, note: Path) -> str:
    """Have an engine; if one had to be started, its process is written to ``note``. Raises `NoEngine`."""

    def show(step: str, _: float) -> None:
        sys.stderr.write(f"{step}\n")

    if asyncio.run(find_or_install(show, machine)):
        return "An engine answers already; nothing was started."
    with open(note.with_suffix(".log"), "wb") as log:
        daemon = subprocess.Popen(
            command_line_of(machine), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    note.write_text(f"{daemon.pid} {started_at(daemon.pid)}\n", encoding="ascii")
    asyncio.run(ready(machine.host))
    daemon.returncode = 0  # it is not waited for: it outlives this process
    return f"An engine was started; `python -m bots.engine release` ends it. Its process is noted in {note}."


def release(note: Path) -> str:
    """End the engine that `ensure` started, if it did; a sentence about it."""
    try:
        pid, started = note.read_text(encoding="ascii").split()
        process = os.pidfd_open(int(pid))
    except FileNotFoundError:
        return "No engine was started here, so none was ended."
    except ProcessLookupError:
        note.unlink()
        return "The engine that was started here has ended already."
    try:
        note.unlink()
        if started_at(int(pid)) != started:
            return "The engine that was started here has ended already."
        signal.pidfd_send_signal(process, signal.SIGTERM)
        ending = select.poll()
        ending.register(process, select.POLLIN)
        if not ending.poll(STOP_SECONDS * 1000):
            signal.pidfd_send_signal(process, signal.SIGKILL)
        return "The engine that was started here has ended."
    finally:
        os.close(process)


def started_at(pid: int) -> str:
    """When that process started, in the kernel's clock ticks: a later one with the same number is another one."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; the exit code: 0 done, 1 no engine, 2 wrong use."""
    try:
        match arguments:
            case ["ensure"]:
                said = ensure(Machine(), NOTE)
            case ["release"]:
                said = release(NOTE)
            case _:
                sys.stderr.write("Use `python -m bots.engine ensure` or `python -m bots.engine release`.\n")
                return 2
    except NoEngine as reason:
        sys.stderr.write(f"There is no engine: {reason}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
