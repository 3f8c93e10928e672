"""Install the peers where they are not, measure each and Tertulia in turn, print the table."""

import json
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks import running

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".build" / "peers"
PEERS = {"autogen-agentchat 0.7.5": "autogen_team", "ag2 0.14.0": "ag2_team"}
REQUIREMENTS = ("autogen-agentchat==0.7.5", "ag2==0.14.0")
OURS = {"round robin": "round_robin", "selector": "selector", "tool turn": "tool_turn"}
INSTALLING, MEASURING = 600, 300
"""Seconds that these may take."""


def main() -> int:
    """Print CPU milliseconds per turn, and how many times Tertulia's; the exit code."""
    install()
    tertulia = {work: statistics.median(running.rows(module)[0].samples) for work, module in OURS.items()}
    print(f"{'CPU per turn, memory store':28}{'who':26}{'median':>10}{'times ours':>12}")
    for work, ours in tertulia.items():
        print(f"{work:28}{'Tertulia':26}{ours:>7.3f} ms{1.0:>11.1f}x", flush=True)
    for peer, program in PEERS.items():
        for work, measured in measure(program).items():
            median = statistics.median(measured)
            print(f"{work:28}{peer:26}{median:>7.3f} ms{median / tertulia[work]:>11.1f}x", flush=True)
    return 0


def install() -> None:
    """An environment of the peers' own."""
    if (ENVIRONMENT / ".installed").exists():
        return
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    command = [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", *REQUIREMENTS]
    subprocess.run(command, check=True, timeout=INSTALLING)
    (ENVIRONMENT / ".installed").touch()


def measure(program: str) -> dict[str, list[float]]:
    """What the program printed."""
    done = subprocess.run(
        [str(ENVIRONMENT / "bin" / "python"), "-m", f"benchmarks.peers.{program}"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True, timeout=MEASURING,
    )  # fmt: skip
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
