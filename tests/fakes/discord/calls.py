"""One request as it came in, and what a route needs to answer it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fakes.discord import permissions
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.errors import Refused
from tests.fakes.discord.interactions import Interactions
from tests.fakes.discord.values import FakeBot, FakeChannel, FakeMessage, FakeWebhook, Json
from tests.fakes.discord.world import FakeGuild, World


@dataclass(slots=True, kw_only=True, eq=False)
class Request:
    """What a client asked. ``route`` is the method and the path as Discord's document writes it, such as
    ``POST /channels/{channel_id}/messages``; empty for a path that the fake does not have. ``at`` is in seconds of the
    fake's time, ``arrived`` of the loop's; ``status`` is what was answered, 0 while or when nothing was.
    """

    route: str
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    json: Any
    files: tuple[tuple[str, bytes], ...]
    bot: FakeBot | None
    webhook: FakeWebhook | None
    at: float
    arrived: float
    status: int = 0
    code: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A request being answered: looks up what it names, and refuses as Discord does."""

    world: World
    chat: Chat
    interactions: Interactions
    request: Request
    body: Json = field(default_factory=dict[str, Any])

    @property
    def bot(self) -> FakeBot:
        if self.request.bot is None:
            raise Refused(0, status=401, message="401: Unauthorized")
        return self.request.bot

    def id(self, name: str) -> int:
        text = self.request.params[name]
        if not text.isdecimal():
            raise Refused(50035, fields={name: {"_errors": [{"code": "NUMBER_TYPE_COERCE"}]}})
        return int(text)

    def guild(self) -> FakeGuild:
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None:
            raise Refused(10004)
        if self.bot.user_id not in guild.members:
            raise Refused(50001)
        return guild

    def channel(self, channel_id: int | None = None) -> FakeChannel:
        """The channel that the path names, which the bot must see."""
        channel = self.world.channels.get(self.id("channel_id") if channel_id is None else channel_id)
        if channel is None:
            raise Refused(10003)
        if not permissions.sees(self.bot.user_id, channel):
            raise Refused(50001)
        return channel

    def message(self, channel: FakeChannel, name: str = "message_id") -> FakeMessage:
        message = channel.messages.get(self.id(name))
        if message is None:
            raise Refused(10008)
        return message

    def need(self, channel: FakeChannel, *names: str) -> None:
        """Refuse with 50013 unless the bot has these permissions in the channel."""
        allowed = permissions.in_channel(self.bot.user_id, channel)
        if not all(getattr(allowed, name) for name in names):
            raise Refused(50013)


Handler: TypeAlias = Callable[[Call], Awaitable[Any]]
"""Answers with JSON, or None for an empty answer (204)."""
Routes: TypeAlias = dict[str, Handler]
