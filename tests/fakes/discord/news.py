"""What each bot is told of what happens: events by who sees the place, and by intents."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Protocol

from discord import Intents

from tests.fakes.discord import payloads, permissions
from tests.fakes.discord.gateway import Gateway, Payload
from tests.fakes.discord.values import FakeBot, FakeChannel, FakeMessage, FakeRole, FakeUser, Json
from tests.fakes.discord.world import FakeGuild, World

_GUILDS = Intents(guilds=True)
_MEMBERS = Intents(members=True)
_WEBHOOKS = Intents(webhooks=True)


class _Written(Protocol):
    def __call__(self, of: FakeMessage, viewer: FakeBot, *, content: bool) -> Json: ...


def _needs(channel: FakeChannel, what: str) -> Intents:
    """The intent for messages, reactions or typing, which differs between guilds and DMs."""
    return Intents(**{f"{'dm' if channel.guild is None else 'guild'}_{what}": True})


class News:
    """One method for each thing that can happen."""

    def __init__(self, world: World, gateway: Gateway):
        self._world, self._gateway = world, gateway

    def _who_see(self, channel: FakeChannel) -> list[FakeBot]:
        down = channel.guild is not None and channel.guild.down
        return [bot for bot in self._world.bots.values() if not down and permissions.sees(bot.user_id, channel)]

    def _in(self, guild: FakeGuild) -> list[FakeBot]:
        return [bot for bot in self._world.bots.values() if not guild.down and bot.user_id in guild.members]

    def _tell(self, bots: Iterable[FakeBot], name: str, payload: Json, needs: Intents) -> None:
        for bot in bots:
            self._gateway.tell(bot, name, lambda _: payload, needs)

    # Guilds and roles

    def guild_joined(self, guild: FakeGuild, bot: FakeBot) -> None:
        self._gateway.tell(bot, "GUILD_CREATE", lambda intents: self._gateway.guild(guild, bot, intents), _GUILDS)

    def guild_left(self, guild: FakeGuild, bot: FakeBot) -> None:
        self._tell([bot], "GUILD_DELETE", {"id": str(guild.id)}, _GUILDS)

    @contextmanager
    def outage(self, guild: FakeGuild) -> Generator[None]:
        """Nothing that happens there inside is told to anybody."""
        bots = self._in(guild)
        self._tell(bots, "GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, _GUILDS)
        guild.down = True
        yield
        guild.down = False
        for bot in bots:
            self._gateway.tell(
                bot,
                "GUILD_CREATE",
                lambda intents, bot=bot: {"unavailable": False, **self._gateway.guild(guild, bot, intents)},
                _GUILDS,
            )

    def role_created(self, guild: FakeGuild, role: FakeRole) -> None:
        payload: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self._tell(self._in(guild), "GUILD_ROLE_CREATE", payload, _GUILDS)

    def role_updated(self, guild: FakeGuild, role: FakeRole) -> None:
        payload: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self._tell(self._in(guild), "GUILD_ROLE_UPDATE", payload, _GUILDS)

    def member_joined(self, guild: FakeGuild, user: FakeUser) -> None:
        payload: Json = {"guild_id": str(guild.id), **payloads.member(guild.members[user.id])}
        self._tell(self._in(guild), "GUILD_MEMBER_ADD", payload, _MEMBERS)

    def member_updated(self, guild: FakeGuild, user: FakeUser) -> None:
        """Bots are told of their own member whatever their intents."""
        payload: Json = {"guild_id": str(guild.id), **payloads.member(guild.members[user.id])}
        for bot in self._in(guild):
            self._tell([bot], "GUILD_MEMBER_UPDATE", payload, _GUILDS if bot.user is user else _MEMBERS)

    def member_left(self, guild: FakeGuild, user: FakeUser) -> None:
        payload: Json = {"guild_id": str(guild.id), "user": payloads.user(user)}
        self._tell(self._in(guild), "GUILD_MEMBER_REMOVE", payload, _MEMBERS)

    # Channels and threads

    def channel_created(self, channel: FakeChannel) -> None:
        self._channel("CHANNEL_CREATE", channel)

    def channel_updated(self, channel: FakeChannel) -> None:
        self._channel("CHANNEL_UPDATE", channel)

    def channel_deleted(self, channel: FakeChannel) -> None:
        """Call it before the channel goes, while it can be told who saw it."""
        self._channel("CHANNEL_DELETE", channel)

    def _channel(self, name: str, channel: FakeChannel) -> None:
        """Everybody is told of every channel; who may not see it, not what it is."""
        assert channel.guild is not None
        for bot in self._in(channel.guild):
            self._tell([bot], name, payloads.channel_as_told(channel, bot), _GUILDS)

    @contextmanager
    def showing(self, guild: FakeGuild, *, all_again: bool = True) -> Generator[None]:
        """Tell each bot what it sees after the block and did not see before.

        That is the threads of such a channel and, ``all_again``, the channel itself: changed roles show both.
        """
        before = {(bot.user_id, one.id) for bot in self._in(guild) for one in self._seen_by(bot, guild)}
        yield
        for bot in self._in(guild):
            for channel in self._seen_by(bot, guild):
                if (bot.user_id, channel.id) in before:
                    continue
                if all_again:
                    self._tell([bot], "CHANNEL_UPDATE", payloads.channel_as_told(channel, bot), _GUILDS)
                self._tell([bot], "THREAD_LIST_SYNC", self._threads(channel, bot), _GUILDS)

    def _seen_by(self, bot: FakeBot, guild: FakeGuild) -> list[FakeChannel]:
        return [one for one in guild.channels.values() if permissions.sees(bot.user_id, one)]

    def _threads(self, channel: FakeChannel, bot: FakeBot) -> Json:
        assert channel.guild is not None
        there = (one for one in self._world.threads(channel.guild) if one.parent is channel and not one.archived)
        threads = [payloads.channel(one, bot) for one in there if permissions.sees(bot.user_id, one)]
        place: Json = {"guild_id": str(channel.guild.id), "channel_ids": [str(channel.id)]}
        return {**place, "threads": threads, "members": [one["member"] for one in threads if "member" in one]}

    def thread_created(self, thread: FakeChannel) -> None:
        for bot in self._who_see(thread):
            self._tell([bot], "THREAD_CREATE", {**payloads.channel(thread, bot), "newly_created": True}, _GUILDS)

    def thread_updated(self, thread: FakeChannel) -> None:
        for bot in self._who_see(thread):
            self._tell([bot], "THREAD_UPDATE", payloads.channel(thread, bot), _GUILDS)

    def thread_deleted(self, thread: FakeChannel) -> None:
        """Call it before the thread goes, while it can be told who saw it."""
        whole = payloads.channel(thread)
        payload = {key: whole[key] for key in ("id", "guild_id", "parent_id", "type")}
        self._tell(self._who_see(thread), "THREAD_DELETE", payload, _GUILDS)

    def webhooks_updated(self, channel: FakeChannel) -> None:
        assert channel.guild is not None
        payload: Json = {"guild_id": str(channel.guild.id), "channel_id": str(channel.id)}
        self._tell(self._who_see(channel), "WEBHOOKS_UPDATE", payload, _WEBHOOKS)

    # Messages

    def message_created(self, message: FakeMessage) -> None:
        self._message("MESSAGE_CREATE", message, payloads.sent)

    def message_edited(self, message: FakeMessage) -> None:
        self._message("MESSAGE_UPDATE", message, payloads.message)

    def _message(self, name: str, message: FakeMessage, written: _Written) -> None:
        for bot in self._who_see(message.channel):
            self._gateway.tell(bot, name, self._as_read_by(bot, message, written), _needs(message.channel, "messages"))

    def _as_read_by(self, bot: FakeBot, message: FakeMessage, written: _Written) -> Payload:
        guild = message.channel.guild

        def payload(intents: Intents) -> Json:
            whole = written(message, bot, content=intents.message_content)
            if guild is None:
                return {**whole, "channel_type": 1}
            whole |= {"guild_id": str(guild.id), "channel_type": int(message.channel.kind)}
            author = guild.members.get(message.author_id)
            return {**whole, "member": payloads.member(author, with_user=False)} if author else whole

        return payload

    def message_deleted(self, message: FakeMessage) -> None:
        payload: Json = {"id": str(message.id), **_place(message.channel)}
        self._tell(self._who_see(message.channel), "MESSAGE_DELETE", payload, _needs(message.channel, "messages"))

    def messages_deleted(self, channel: FakeChannel, ids: Iterable[int]) -> None:
        payload: Json = {"ids": [str(one) for one in ids], **_place(channel)}
        self._tell(self._who_see(channel), "MESSAGE_DELETE_BULK", payload, _needs(channel, "messages"))

    def reacted(self, message: FakeMessage, user: FakeUser, emoji: str, *, added: bool) -> None:
        payload: Json = {
            "user_id": str(user.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author_id),
            "emoji": payloads.emoji(emoji),
            "burst": False,
            "type": 0,
            **_place(message.channel),
        }
        guild = message.channel.guild
        if guild and added and user.id in guild.members:
            payload["member"] = payloads.member(guild.members[user.id])
        name = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        self._tell(self._who_see(message.channel), name, payload, _needs(message.channel, "reactions"))

    def typing(self, channel: FakeChannel, user: FakeUser) -> None:
        payload: Json = {"user_id": str(user.id), "timestamp": int(self._world.time.now()), **_place(channel)}
        if channel.guild and user.id in channel.guild.members:
            payload["member"] = payloads.member(channel.guild.members[user.id])
        self._tell(self._who_see(channel), "TYPING_START", payload, _needs(channel, "typing"))

    def interaction(self, bot: FakeBot, payload: Json) -> None:
        self._gateway.tell(bot, "INTERACTION_CREATE", lambda _: payload)


def _place(channel: FakeChannel) -> Json:
    place: Json = {"channel_id": str(channel.id)}
    return {**place, "guild_id": str(channel.guild.id)} if channel.guild else place
