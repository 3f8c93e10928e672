"""The guilds and everything else that one fake Discord holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING, TypeAlias

from discord import Permissions

from tests.fakes.discord.moments import Time
from tests.fakes.discord.values import (
    EVERYONE,
    FakeBot,
    FakeChannel,
    FakeMember,
    FakeRole,
    FakeUser,
    FakeWebhook,
    Kind,
    Overwrite,
)

if TYPE_CHECKING:
    from tests.fakes.discord.news import News

Overwrites: TypeAlias = Mapping[FakeRole | FakeUser | FakeBot, Overwrite]


@dataclass(slots=True, kw_only=True, eq=False)
class FakeGuild:
    id: int
    name: str
    world: "World"
    owner_id: int
    roles: dict[int, FakeRole] = field(default_factory=dict[int, FakeRole])
    members: dict[int, FakeMember] = field(default_factory=dict[int, FakeMember])
    channels: dict[int, FakeChannel] = field(default_factory=dict[int, FakeChannel])
    filesize_limit: int = 10 * 1024 * 1024
    down: bool = False

    @property
    def everyone(self) -> FakeRole:
        return self.roles[self.id]

    def add_role(
        self,
        name: str,
        permissions: Permissions | None = None,
        *,
        mentionable: bool = False,
        managed_by: int | None = None,
    ) -> FakeRole:
        role = FakeRole(
            id=self.world.time.new_id(),
            name=name,
            permissions=Permissions(permissions.value if permissions else 0),
            mentionable=mentionable,
            managed_by=managed_by,
        )
        self.roles[role.id] = role
        self.world.tell.role_created(self, role)
        return role

    def add_category(self, name: str, *, overwrites: Overwrites | None = None) -> FakeChannel:
        return self._add(name, Kind.CATEGORY, None, overwrites)

    def add_channel(
        self, name: str, *, category: FakeChannel | str | None = None, overwrites: Overwrites | None = None
    ) -> FakeChannel:
        return self._add(name, Kind.TEXT, category, overwrites)

    def add_voice(self, name: str, *, category: FakeChannel | str | None = None) -> FakeChannel:
        """A voice channel, of which bots have the chat."""
        return self._add(name, Kind.VOICE, category, None)

    def add_forum(
        self,
        name: str,
        *,
        category: FakeChannel | str | None = None,
        overwrites: Overwrites | None = None,
        tags: Iterable[str] = (),
    ) -> FakeChannel:
        forum = self._add(name, Kind.FORUM, category, overwrites)
        forum.tags = [
            {"id": str(self.world.time.new_id()), "name": tag, "moderated": False, "emoji_id": None, "emoji_name": None}
            for tag in tags
        ]
        self.world.tell.channel_updated(forum)
        return forum

    def _add(
        self, name: str, kind: Kind, category: FakeChannel | str | None, overwrites: Overwrites | None
    ) -> FakeChannel:
        if isinstance(category, str):
            category = next(
                (c for c in self.channels.values() if c.kind is Kind.CATEGORY and c.name == category), None
            ) or self.add_category(category)
        channel = FakeChannel(
            id=self.world.time.new_id(),
            name=name,
            kind=kind,
            guild=self,
            parent=category,
            overwrites={identity(who): what for who, what in (overwrites or {}).items()},
        )
        self.channels[channel.id] = self.world.channels[channel.id] = channel
        self.world.tell.channel_created(channel)
        return channel


def identity(who: FakeRole | FakeUser | FakeBot) -> int:
    """The id that Discord knows a role, a person or a bot by."""
    return who.user_id if isinstance(who, FakeBot) else who.id


class World:
    """All that is there, by id. Whoever changes it tells the bots through ``tell``."""

    def __init__(self, time: Time):
        self.time = time
        self.tell: News
        self.url = ""
        self.users: dict[int, FakeUser] = {}
        self.bots: dict[int, FakeBot] = {}
        self.guilds: dict[int, FakeGuild] = {}
        self.channels: dict[int, FakeChannel] = {}
        self.webhooks: dict[int, FakeWebhook] = {}
        self.files: dict[str, tuple[str, bytes]] = {}

    def add_guild(self, name: str) -> FakeGuild:
        owner = self.add_user(f"{name}'s owner")
        guild = FakeGuild(id=self.time.new_id(), name=name, world=self, owner_id=owner.id)
        guild.roles[guild.id] = FakeRole(id=guild.id, name="@everyone", permissions=Permissions(EVERYONE.value))
        self.guilds[guild.id] = guild
        self.join(guild, owner)
        return guild

    def add_user(self, name: str, *, bot: bool = False) -> FakeUser:
        user = FakeUser(id=self.time.new_id(), name=name, bot=bot)
        self.users[user.id] = user
        return user

    def add_bot(self, name: str, privileged: Iterable[str]) -> FakeBot:
        user = self.add_user(name, bot=True)
        bot = FakeBot(
            user=user,
            application_id=self.time.new_id(),
            token=f"{user.id}.{token_hex(3)}.{token_hex(13)}",
            privileged=set(privileged),
        )
        self.bots[user.id] = bot
        return bot

    def add_webhook(self, channel: FakeChannel, owner: FakeBot, name: str, avatar: str | None = None) -> FakeWebhook:
        webhook = FakeWebhook(
            id=self.time.new_id(), token=token_urlsafe(50), name=name, channel=channel, owner=owner, avatar=avatar
        )
        self.webhooks[webhook.id] = webhook
        self.tell.webhooks_updated(channel)
        return webhook

    def join(self, guild: FakeGuild, user: FakeUser, roles: Iterable[FakeRole] = ()) -> FakeMember:
        member = FakeMember(user=user, roles=list(roles), joined_at=self.time.now())
        guild.members[user.id] = member
        return member

    def invite(self, guild: FakeGuild, bot: FakeBot, permissions: Permissions) -> None:
        """What happens when an admin opens the bot's invitation: it joins with a role of its own."""
        role = guild.add_role(bot.name, permissions, managed_by=bot.user_id)
        self.join(guild, bot.user, [role])
        self.tell.guild_joined(guild, bot)

    def threads(self, guild: FakeGuild) -> list[FakeChannel]:
        return [c for c in self.channels.values() if c.guild is guild and c.is_thread and not c.deleted]

    def dm(self, bot: FakeBot, user: FakeUser) -> FakeChannel:
        """The one DM of a bot and a person."""
        if user.id not in bot.dms:
            channel = FakeChannel(id=self.time.new_id(), name="", kind=Kind.DM, recipients=[user, bot.user])
            bot.dms[user.id] = self.channels[channel.id] = channel
        return bot.dms[user.id]

    def bot_with(self, token: str) -> FakeBot | None:
        return next((bot for bot in self.bots.values() if bot.token == token), None)
