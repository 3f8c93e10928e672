"""Discord, whose seconds are shorter and which is elsewhere."""

from dataclasses import replace

from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bots.platforms import discord
from bots.wiring import House
from tests.chaos.serving import scale


def redirect(where: str) -> None:
    """Let this process take that for Discord."""
    Route.BASE = f"http://{where}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = URL(f"ws://{where}/gw/")


async def serve(house: House) -> None:
    """As `serve_discord`."""
    limits = discord.LIMITS
    room, platform = (replace(one, seconds=one.seconds * scale()) for one in (limits.room, limits.platform))
    discord.LIMITS = replace(limits, room=room, platform=platform)
    await discord.serve_discord(house)
