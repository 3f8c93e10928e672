"""``python -m tests.chaos.serving CONFIG``: `tertulia run` as a process of its own, in front of a fake platform.

In the environment, CHAOS_SCALE shortens the intervals of the platform's limits, CHAOS_DISCORD is where Discord is.
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


def main(config: Path) -> int:
    """Serve until SIGTERM; the exit code."""
    served = {name: f"tests.chaos.{name}_served:serve" for name in bots.platforms.SERVED}
    bots.platforms.SERVED = served
    if where := os.environ.get("CHAOS_DISCORD"):
        import_module("tests.chaos.discord_served").redirect(where)
    return run(config, scripted=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
