"""Which bot hears what: one of them for each channel, on served servers alone, and none of them our own messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import aiohttp
import discord
import structlog

from adapters.discord.bots import Bot
from adapters.discord.buttons import AnswerButton
from adapters.discord.cards import Cards
from adapters.discord.client import Client, Interaction
from adapters.discord.commands import SlashCommands
from adapters.discord.history import Channel
from adapters.discord.house import DiscordHouse
from adapters.discord.incoming import Incoming
from adapters.discord.message_text import where_of
from adapters.discord.review import review
from adapters.discord.rooms import Where
from adapters.discord.roster import Roster
from adapters.discord.servers import Servers
from adapters.discord.sight import Sight, is_seen, lost, spoken_in
from adapters.discord.timelines import Timelines
from agents.errors import PlatformFailed, StoreFailed
from agents.ports import Facts

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

DIRECT = "discord_dms"
"""In `Facts`: direct message channels, and whose they are."""

_SECONDS = 20.0
_MOST_DIRECT = 50
_MOST_THREADS = 200
"""Active threads of a server that are caught up with; those first in which something was written last."""


class DirectMessages:
    """Whose direct message a channel is, remembered."""

    def __init__(self, records: Facts, bots: Mapping[int, Bot]):
        self._records, self._bots = records, bots
        self._whose: dict[int, int] = {}
        self._unkept: set[int] = set()

    async def load(self) -> None:
        """Read what is known. Raises `StoreFailed`."""
        self._whose = {int(key): int(body) for key, body in (await self._records.items(DIRECT)).items()}

    def bot(self, channel: int) -> Bot | None:
        """The bot to whom people write there."""
        return self._bots.get(self._whose.get(channel, 0))

    def channels(self, bot: Bot) -> list[int]:
        """All channels of this bot, the newest first."""
        return sorted((channel for channel, user in self._whose.items() if user == bot.user), reverse=True)

    def meet(self, channel: int, bot: Bot) -> None:
        """Somebody writes to this bot there; `keep` writes that down."""
        if self._whose.get(channel) != bot.user:
            self._whose[channel] = bot.user
            self._unkept.add(channel)

    async def keep(self, channel: int) -> None:
        """Write down whose channel it is, unless it is written down. Raises `StoreFailed`."""
        if channel in self._unkept:
            await self._records.put(DIRECT, str(channel), str(self._whose[channel]))
            self._unkept.discard(channel)


class SharedListener:
    """`adapters.discord.client.Listener` for all bots: of each channel it takes only what one of them brings.

    That is the first in ``order`` that sees the channel; the host is first.
    """

    def __init__(
        self,
        house: DiscordHouse,
        order: Sequence[Bot],
        servers: Servers,
        direct: DirectMessages,
        roster: Roster,
    ):
        self._house, self._order, self._servers, self._direct = house, order, servers, direct
        self._roster = roster
        self._sight = Sight(order)
        self._timelines = Timelines(house.store.facts, house.clock, self._take, self._review)
        self._incoming: Incoming | None = None
        self._cards: Cards | None = None
        self._commands: SlashCommands | None = None

    @property
    def timelines(self) -> Timelines:
        """Messages in order."""
        return self._timelines

    def attach(self, incoming: Incoming, cards: Cards, commands: SlashCommands) -> None:
        """Where messages, clicks and commands go."""
        self._incoming, self._cards, self._commands = incoming, cards, commands

    def guilds(self) -> Iterator[discord.Guild]:
        """The servers that are served, as the host sees them."""
        return (guild for guild in self._sight.guilds() if self._servers.serves(guild.id))

    def gone(self, bot: Bot) -> None:
        """This bot's client will not come back: others hear in its place."""
        for guild in self._sight.gone(bot):
            self._hand_over(guild)

    def session(self, client: Client) -> None:
        """As the protocol says."""
        self._sight.met(client)
        self._timelines.new_session()

    async def server(self, client: Client, guild: discord.Guild) -> None:
        """As the protocol says: its channels are taken down by name, and what was missed in them is read."""
        try:
            if client.bot == self._order[0] and not await self._servers.found(guild.id, guild.name):
                return
            if not self._servers.serves(guild.id):
                return
            await self._roster.came(client.bot, guild.id)
            threads = sorted(guild.threads, key=lambda one: one.last_message_id or one.id, reverse=True)[:_MOST_THREADS]
            for channel in spoken_in(guild):
                if is_seen(channel):  # of others not even the name is told
                    await self._the_incoming.locate(channel, Where(server=guild.id, channel=channel.id))
            await self.rights(client, guild)
            for channel in (*threads, *spoken_in(guild)):
                self._begin(client, channel)
        except StoreFailed as error:
            _log.warning("discord_server_not_read", server=guild.id, reason=str(error))

    async def server_left(self, client: Client, guild: discord.Guild) -> None:
        """As the protocol says: its agent leaves the rooms there."""
        self._hand_over(guild)
        try:
            await self._roster.went(client.bot, guild.id)
        except StoreFailed as error:
            _log.warning("discord_leaving_not_kept", bot=client.bot.name, reason=str(error))

    async def rights(self, client: Client, guild: discord.Guild) -> None:
        """As the protocol says: an agent leaves a channel that its own bot does not see any more, and comes back."""
        if not self._servers.serves(guild.id):
            return
        self._hand_over(guild)
        try:
            gone = await self._roster.looked(client.bot, guild.id, {one.id: is_seen(one) for one in spoken_in(guild)})
        except StoreFailed as error:
            _log.warning("discord_leaving_not_kept", bot=client.bot.name, reason=str(error))
            return
        for channel in gone:
            if self._house.is_bound(Where(server=guild.id, channel=channel).room):
                self._house.tell(lost(client.bot, channel))

    async def thread(self, client: Client, thread: discord.Thread) -> None:
        """As the protocol says: what was missed in it is read. Of a private one that is new, what was before is not."""
        if self._timelines.knows(thread.id) or not thread.is_private():
            self._timelines.missed(thread.id)
            self._begin(client, thread)

    def unavailable(self, client: Client, guild: discord.Guild) -> None:
        """As the protocol says."""
        for channel in (*guild.threads, *spoken_in(guild)):
            self._timelines.missed(channel.id)

    async def ready(self, client: Client) -> None:
        """As the protocol says: commands are told, and direct messages that were missed are read."""
        await self._only(client)
        if self._commands is not None and client.bot == self._order[0]:
            await self._commands.sync(client)
        for channel_id in self._direct.channels(client.bot)[:_MOST_DIRECT]:
            try:
                async with asyncio.timeout(_SECONDS):
                    channel = await client.fetch_channel(channel_id)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                _log.warning("discord_direct_messages_not_read", channel=channel_id, reason=str(error))
                continue
            if isinstance(channel, discord.DMChannel):
                self._timelines.catch_up(channel)

    async def _only(self, client: Client) -> None:
        try:
            await self._roster.only(client.bot, {guild.id for guild in client.guilds})
        except StoreFailed as error:
            _log.warning("discord_leaving_not_kept", bot=client.bot.name, reason=str(error))

    async def message(self, client: Client, message: discord.Message) -> None:
        """As the protocol says."""
        channel, where = message.channel, where_of(message.channel)
        if where is None or not isinstance(channel, Channel) or self._is_own(message):
            return
        if where.server is None:
            self._direct.meet(where.channel, client.bot)
        elif not self._hears(client, where):
            return
        await self._timelines.hear(channel, message)

    async def edited(self, client: Client, message: discord.Message) -> None:
        """As the protocol says."""
        where = where_of(message.channel)
        if where is None or not self._hears(client, where) or self._is_own(message):
            return
        await self._in_turn(message.channel, where, lambda: self._the_incoming.edit(message, client.bot))

    async def deleted(self, client: Client, guild: int | None, channel: int, messages: Sequence[int]) -> None:
        """As the protocol says."""
        where = Where(server=None, channel=channel) if guild is None else self._where(client, guild, channel)
        if where is None or not self._hears(client, where):
            return
        found = client.get_channel(channel)
        for message in messages:
            await self._in_turn(found, where, lambda message=message: self._the_incoming.delete(where, message))

    async def clicked(self, interaction: Interaction, button: AnswerButton) -> None:
        """As the protocol says."""
        if self._is_served(interaction):
            await self._the_cards.click(interaction, button)
        else:
            await self._the_cards.over(interaction)

    async def submitted(self, interaction: Interaction) -> None:
        """As the protocol says."""
        if self._is_served(interaction):
            await self._the_cards.form(interaction)
        else:
            await self._the_cards.over(interaction)

    def _is_served(self, interaction: Interaction) -> bool:
        return interaction.guild_id is None or self._servers.serves(interaction.guild_id)

    def _hand_over(self, guild: discord.Guild) -> None:
        for client, channel in self._sight.newly_heard(guild):
            self._timelines.missed(channel.id)
            self._begin(client, channel)

    def _begin(self, client: Client, channel: Channel | discord.ForumChannel) -> None:
        """Read what was missed; threads first: what was never heard is new only where its channel was."""
        where = where_of(channel)
        if where is not None and self._hears(client, where) and self._house.is_bound(where.room):
            self._timelines.catch_up(channel)

    async def _in_turn(self, channel: object, where: Where, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._timelines.in_turn(where.destination, act)
        except (StoreFailed, PlatformFailed) as error:
            _log.warning("discord_change_waits", channel=where.destination, reason=str(error))
            self._timelines.missed(where.destination)
            if isinstance(channel, Channel):
                self._timelines.catch_up(channel)

    async def _take(self, message: discord.Message) -> None:
        where, bot = self._listening(message.channel)
        if where is not None and bot is not None:
            await self._direct.keep(where.channel)
            await self._the_incoming.message(message, bot)

    async def _review(self, channel: Channel, upto: int) -> None:
        where, bot = self._listening(channel)
        if where is not None and bot is not None:
            await review(channel, where, bot, upto, self._house.store.log, self._the_incoming)

    def _listening(self, channel: object) -> tuple[Where | None, Bot | None]:
        """Where that is, and who hears it. Raises `PlatformFailed` where somebody should and nobody does."""
        where = where_of(channel)
        bot = None if where is None else self._hearer(where)
        if bot is None and where is not None and where.server is not None and self._servers.serves(where.server):
            raise PlatformFailed("No bot sees this channel just now, as while a session begins; it is read again.")
        return where, bot

    @property
    def _the_incoming(self) -> Incoming:
        assert self._incoming is not None, "a listener is attached before it hears"
        return self._incoming

    @property
    def _the_cards(self) -> Cards:
        assert self._cards is not None, "a listener is attached before it hears"
        return self._cards

    def _is_own(self, message: discord.Message) -> bool:
        return any(message.author.id == bot.user for bot in self._order)

    def _hears(self, client: Client, where: Where) -> bool:
        hearer = self._hearer(where)
        return hearer is not None and hearer == client.bot

    def _hearer(self, where: Where) -> Bot | None:
        """The first bot that sees the channel; in a direct message, the one it was written to."""
        if where.server is None:
            return self._direct.bot(where.channel)
        if not self._servers.serves(where.server):
            return None
        return self._sight.hearer(where.server, where.channel)

    def _where(self, client: Client, guild: int, channel: int) -> Where | None:
        """A channel that is known by its ids alone."""
        server = client.get_guild(guild)
        found = server.get_channel_or_thread(channel) if server else None
        return where_of(found) if found else None
