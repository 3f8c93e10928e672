"""A Discord of our own for tests: HTTP and gateway on 127.0.0.1, strict where Discord is strict.

async with FakeDiscord.open() as discord_:
    guild = discord_.add_guild("Guild")
    bot = discord_.add_bot("Tertulia", guilds=[guild])
    with discord_.routed():
        ...  # discord.py clients that start with bot.token talk to it
"""

from tests.fakes.discord.interactions import Answer, NotAnswered
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.values import (
    EVERYONE,
    FakeBot,
    FakeChannel,
    FakeMessage,
    FakeRole,
    FakeUser,
    FakeWebhook,
    Kind,
    Overwrite,
)
from tests.fakes.discord.world import FakeGuild

__all__ = [
    "EVERYONE",
    "Answer",
    "FakeBot",
    "FakeChannel",
    "FakeDiscord",
    "FakeGuild",
    "FakeMessage",
    "FakeRole",
    "FakeUser",
    "FakeWebhook",
    "Kind",
    "NotAnswered",
    "Overwrite",
]
