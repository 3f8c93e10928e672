"""Which of our bots see a channel, and which one of them hears it, so that a message begins one turn alone."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import discord

from adapters.discord.bots import Bot
from adapters.discord.client import Client
from adapters.discord.history import Channel
from adapters.discord.identities import place
from agents.log.participants import SYSTEM

Spoken: TypeAlias = discord.TextChannel | discord.VoiceChannel | discord.ForumChannel
"""A server's channels in which people write, or whose threads they write in."""


class Sight:
    """Knows from the bots' clients which channels each bot sees.

    The first in ``order`` that sees a channel hears it; the host is first.
    """

    def __init__(self, order: Sequence[Bot]):
        self._order = order
        self._clients: dict[int, Client] = {}
        self._hearers: dict[int, Bot | None] = {}

    def met(self, client: Client) -> None:
        """From now on this is its bot's client."""
        self._clients[client.bot.user] = client

    def gone(self, bot: Bot) -> Sequence[discord.Guild]:
        """The bot has no client any more; the servers that it was on."""
        client = self._clients.pop(bot.user, None)
        return client.guilds if client else ()

    def guilds(self) -> Sequence[discord.Guild]:
        """The servers that the host is on."""
        host = self._clients.get(self._order[0].user)
        return host.guilds if host else ()

    def hearer(self, server: int, channel: int) -> Bot | None:
        """The first bot that sees the channel."""
        return next((bot for bot in self._order if self._sees(bot, server, channel)), None)

    def newly_heard(self, guild: discord.Guild) -> Iterator[tuple[Client, Channel | discord.ForumChannel]]:
        """Channels and threads in which messages were missed, with who hears them now.

        Nobody had heard them, or who did sees them no more; a bot that comes before another one has missed nothing.
        """
        for one in spoken_in(guild):
            hearer = self.hearer(guild.id, one.id)
            before = self._hearers.get(one.id, hearer)
            self._hearers[one.id] = hearer
            if hearer != before and not (before and self._sees(before, guild.id, one.id)):
                yield from self._as_seen_by(hearer, guild.id, one.id)

    def _as_seen_by(
        self, bot: Bot | None, server: int, channel: int
    ) -> Iterator[tuple[Client, Channel | discord.ForumChannel]]:
        client = self._clients.get(bot.user) if bot else None
        guild = client.get_guild(server) if client else None
        if client is None or guild is None:
            return
        yield from ((client, thread) for thread in guild.threads if thread.parent_id == channel)
        yield from ((client, one) for one in spoken_in(guild) if one.id == channel)

    def _sees(self, bot: Bot, server: int, channel: int) -> bool:
        client = self._clients.get(bot.user)
        guild = client.get_guild(server) if client else None
        found = guild.get_channel(channel) if guild else None
        return found is not None and is_seen(found)


def spoken_in(guild: discord.Guild) -> Sequence[Spoken]:
    """The channels of a server, those too that its client's bot does not see."""
    return (*guild.text_channels, *guild.voice_channels, *guild.forums)


def is_seen(channel: discord.abc.GuildChannel) -> bool:
    """Whether the bot sees it whose client knows this channel; of what it does not see, it is told next to nothing."""
    return channel.permissions_for(channel.guild.me).view_channel


def lost(bot: Bot, channel: int) -> str:
    """What follows when a bot sees a channel no more, and what to do."""
    if bot.speaks_for == SYSTEM:
        then = "what was written there within the last hour is then read"
    else:
        then = "its agent has left the conversations there until then"
    return f"{bot.name} does not see {place(channel)} any more; give it View Channel there: {then}."
