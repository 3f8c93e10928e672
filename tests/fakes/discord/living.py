"""A discord.py client that is ready, for as long as a block."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import discord

from tests.fakes.discord.pulse import Pulse
from tests.fakes.discord.values import FakeBot

INTENTS = discord.Intents(
    guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True, message_content=True
)


class QuickClient(discord.Client):
    """A client that takes the first guild it hears of as the last, so that it is ready at once."""

    def __init__(self, *, intents: discord.Intents = INTENTS, **options: Any):
        super().__init__(intents=intents, guild_ready_timeout=0.05, **options)
        self.heard: list[discord.Message] = []
        self._pulse = Pulse()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)
        self._pulse.beat()

    async def hears(self, *contents: str) -> None:
        """Return once these are the contents of all messages heard so far; `TimeoutError` after five seconds."""
        await self._pulse.until(lambda: [message.content for message in self.heard] == list(contents), within=5)


@asynccontextmanager
async def living(client: discord.Client, bot: FakeBot) -> AsyncGenerator[None]:
    """Start the client with the bot's token, wait until it is ready, and close it at the end."""
    async with client, asyncio.TaskGroup() as group:
        life = group.create_task(client.start(bot.token))
        waiting = group.create_task(client.wait_until_ready())
        await asyncio.wait({life, waiting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
        try:
            yield
        finally:
            await client.close()
