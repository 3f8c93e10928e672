"""``python -m tests.chaos.serving PLATFORM CONFIG``: `tertulia run` as a process of its own, before a fake platform.

It begins when it is told to, by a line on its standard input: what it is made of is loaded by then. In the environment
CHAOS_SCALE shortens the intervals of the platform's limits, and CHAOS_DISCORD is where Discord is.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import bots.platforms
from bots.commands.run import run


def scale() -> float:
    """What a second of the platform's limits is here."""
    return float(os.environ["CHAOS_SCALE"])


def main(platform: str, config: Path) -> int:
    """Serve until SIGTERM; the exit code."""
    bots.platforms.SERVED = {platform: f"tests.chaos.{platform}_served:serve"}
    served = import_module(f"tests.chaos.{platform}_served")
    if where := os.environ.get("CHAOS_DISCORD"):
        served.redirect(where)
    return run(config, scripted=True) if sys.stdin.readline() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
