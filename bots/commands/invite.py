"""``tertulia invite discord``: the address that lets a bot into a server, with the rights that it needs."""

import asyncio
import os
from pathlib import Path

from bots.config import load
from bots.platforms.discord_check import invite


def discord(config: Path, *, agent: str) -> int:
    """Print it. Raises `WrongUse` and `PlatformFailed`."""
    print(asyncio.run(invite(load(config), os.environ, agent)))
    return 0
