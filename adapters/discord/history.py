"""What stands in a channel's history: read forward to catch up, backward to look again."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeAlias

import aiohttp
import discord
import structlog

from agents.errors import PlatformFailed

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

MOST = 1000
"""Messages of one channel that are caught up with at once."""

PAGE = 100
"""Messages that Discord gives at once."""

_SECONDS = 60.0

UNKNOWN_MESSAGE = 10008

NOT_TOLD = (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError, TimeoutError)
"""What discord.py raises where a question has no answer, with failures of the connection and of a closed client."""

Channel: TypeAlias = discord.TextChannel | discord.Thread | discord.DMChannel | discord.VoiceChannel


async def messages_after(channel: Channel, after: int) -> AsyncIterator[discord.Message]:
    """Messages after that id, oldest first; none where the bot may not read them. Raises `PlatformFailed`."""
    messages = channel.history(limit=MOST, after=discord.Object(after), oldest_first=True)
    try:
        while True:
            async with asyncio.timeout(_SECONDS):
                message = await anext(messages, None)
            if message is None:
                return
            yield message
    except (discord.Forbidden, discord.NotFound) as error:
        _log.warning("discord_history_closed", channel=channel.id, reason=str(error))
    except NOT_TOLD as error:
        raise PlatformFailed(f"The history of a channel could not be read ({error}); it is tried again.") from error


async def page_before(channel: Channel, before: int, *, limit: int) -> list[discord.Message]:
    """The newest messages before that id, oldest first; none where the bot may not read. Raises `PlatformFailed`."""
    try:
        async with asyncio.timeout(_SECONDS):
            page = [one async for one in channel.history(limit=limit, before=discord.Object(before))]
    except (discord.Forbidden, discord.NotFound):
        return []
    except NOT_TOLD as error:
        raise PlatformFailed(f"The history of a channel could not be read ({error}); it is tried again.") from error
    return sorted(page, key=lambda one: one.id)


async def is_gone(channel: Channel, message: int) -> bool:
    """Whether Discord says for certain that there is no such message in the channel. Raises `PlatformFailed`."""
    try:
        async with asyncio.timeout(_SECONDS):
            await channel.fetch_message(message)
    except discord.NotFound as error:
        return error.code == UNKNOWN_MESSAGE
    except discord.Forbidden:
        return False
    except NOT_TOLD as error:
        raise PlatformFailed(f"A message could not be looked for ({error}); it is tried again.") from error
    return False
