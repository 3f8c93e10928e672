"""``python -m tests.chaos slack --messages 2000 --kills 20 --seed 7``: a storm, and a table of what became of it.

Exit code 0 where nothing was lost, doubled or out of order; 1 where something was. The folder that is printed holds the
config, the database and the log of the killed processes.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.chaos.discord_town import discord_town
from tests.chaos.slack_town import slack_town
from tests.chaos.storm import Plan, Report, Town, storm

TOWNS: Mapping[str, Callable[[int], AbstractAsyncContextManager[Town]]] = {
    "slack": slack_town,
    "discord": discord_town,
}


def say(line: str) -> None:
    """To whoever runs this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _run(name: str, plan: Plan, folder: Path) -> Report:
    async with TOWNS[name](plan.seed) as town:
        return await storm(town, folder, plan, until_answered=240.0)


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break a platform and count.")
    parser.add_argument("platform", choices=TOWNS)
    parser.add_argument("--messages", type=int, default=2000, help="how many messages people write")
    parser.add_argument("--kills", type=int, default=20, help="how often the process ends, a quarter by SIGTERM")
    parser.add_argument("--seed", type=int, default=7, help="of all chance")
    parser.add_argument("--pace", type=float, default=6.0, help="messages a second")
    parser.add_argument("--life", type=float, default=8.0, help="seconds that a process works on the average")
    chosen = parser.parse_args()
    plan = Plan(messages=chosen.messages, kills=chosen.kills, seed=chosen.seed, pace=chosen.pace, life=chosen.life)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{chosen.platform}-"))
    say(f"The folder is {folder}.")
    report = asyncio.run(_run(chosen.platform, plan, folder))
    for what, figure in report.rows:
        say(f"{what:<36} {figure}")
    verdict = report.verdict
    for what in ("unheard", "heard_twice", "unanswered", "answered_twice", "not_posted", "posted_twice", "disordered"):
        if wrong := getattr(verdict, what):
            say(f"{what}: {' '.join(sorted(wrong)[:40])}")
    for line in report.bugs[:20]:
        say(f"log: {line[:300]}")
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
