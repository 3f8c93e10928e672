"""Which permissions bots lack in the channels where they are to serve, looked up before a post is refused."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import aiohttp
import discord

from adapters.discord.bots import Bot
from agents.errors import PlatformFailed

SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A channel of a server, and which rights (`discord.Permissions` names them) somebody lacks there."""

    server: str
    id: int
    name: str
    category: str
    lacks: tuple[str, ...]


_NOT_DISCORDS = (ValueError, LookupError, TypeError)
"""What the library raises over an answer that something in between gave."""


async def look_around(bot: Bot, servers: Collection[int], rights: Iterable[str]) -> Sequence[Looked]:
    """Every channel that people write in and that the bot sees, on these servers or, unnamed, on all that it is in.

    Raises `PlatformFailed` where Discord does not say.
    """
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        async with asyncio.timeout(SECONDS), client:
            await client.login(bot.token)
            present = [guild.id async for guild in client.fetch_guilds(with_counts=False)]
            wanted = [guild for guild in present if not servers or guild in servers]
            return [one for guild in wanted for one in await _channels(client, guild, bot, tuple(rights))]
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, *_NOT_DISCORDS) as error:
        reason = str(error) or type(error).__name__
        raise PlatformFailed(f"Discord does not say what {bot.name} may do in its channels ({reason}).") from error


async def _channels(client: discord.Client, guild_id: int, bot: Bot, rights: Sequence[str]) -> list[Looked]:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    me = await guild.fetch_member(bot.user)
    channels = await guild.fetch_channels()
    categories = {one.id: one.name for one in channels if isinstance(one, discord.CategoryChannel)}
    found: list[Looked] = []
    for channel in channels:
        if isinstance(channel, discord.TextChannel | discord.ForumChannel):
            allowed = channel.permissions_for(me)
            lacks = tuple(right for right in rights if not getattr(allowed, right))
            category = categories.get(channel.category_id or 0, "")
            found.append(Looked(server=guild.name, id=channel.id, name=channel.name, category=category, lacks=lacks))
    return found
