"""``python -m tests.chaos.serving CONFIG``: `tertulia run` as a process of its own, in front of a fake platform.

In the environment, CHAOS_SCALE shortens the intervals of Slack's limits, CHAOS_DISCORD is where Discord is.
"""

import os
import sys
from pathlib import Path

import discord.gateway
import discord.http
from yarl import URL

import bots.platforms
from bots.commands.run import run
from bots.platforms.slack import serve_slack
from bots.wiring import House


async def slack(house: House) -> None:
    """Slack, whose minutes are shorter here."""
    await serve_slack(house, scale=float(os.environ["CHAOS_SCALE"]))


def main(config: Path) -> int:
    """Serve until SIGTERM; the exit code."""
    if where := os.environ.get("CHAOS_DISCORD"):
        discord.http.Route.BASE = f"http://{where}/api/v10"
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(f"ws://{where}/gw/")
    bots.platforms.SERVED = {**bots.platforms.SERVED, "slack": "tests.chaos.serving:slack"}
    return run(config, scripted=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
