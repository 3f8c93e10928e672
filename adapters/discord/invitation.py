"""Looking at bots before they serve: whose token is it, may it read, and the address that invites it."""

import asyncio
from collections.abc import Mapping

import aiohttp
from discord import Permissions
from discord.utils import oauth_url

from adapters.discord.bots import Bot, identify
from adapters.discord.rest import Rest
from agents.ports import Clock

HOST_RIGHTS: Mapping[str, str] = {
    "view_channel": "sees its channels",
    "send_messages": "answers",
    "send_messages_in_threads": "answers in threads",
    "create_public_threads": "opens a thread for a conversation; without it answers stay in the channel",
    "manage_threads": "opens archived threads again",
    "manage_webhooks": "lends agents a name and a face; without it names stand before their words",
    "attach_files": "posts plots and files",
    "embed_links": "shows cards with buttons as they are meant",
    "read_message_history": "catches up after a gap, and finds its own messages again",
}
"""What the host bot is to be allowed, each with what stops without it."""

OWN_RIGHTS: Mapping[str, str] = {
    right: why for right, why in HOST_RIGHTS.items() if right not in ("manage_webhooks", "manage_threads")
}
"""What an agent's own bot is to be allowed."""

LOOKING_SECONDS = 10.0


async def look_at(token: str, key: str, clock: Clock) -> Bot:
    """The bot with this token, which stands at ``key`` in the config.

    Raises `WrongUse` where Discord does not know the token, `PlatformFailed` where it cannot be asked, TimeoutError
    where it does not answer.
    """
    async with asyncio.timeout(LOOKING_SECONDS), aiohttp.ClientSession() as session:
        return await identify(Rest(session, clock), token, key)


def invitation(bot: Bot, rights: Mapping[str, str] = HOST_RIGHTS) -> str:
    """The address at which somebody who manages a server lets the bot in."""
    permissions = Permissions(**dict.fromkeys(rights, True))
    return oauth_url(bot.application, permissions=permissions, scopes=("bot", "applications.commands"))
