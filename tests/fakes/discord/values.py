"""What there is on a Discord: roles, members, channels, messages, webhooks and bots, as plain values."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from discord import Permissions

if TYPE_CHECKING:
    from tests.fakes.discord.world import FakeGuild

Json: TypeAlias = dict[str, Any]
"""A JSON object that came from outside or goes there."""


def is_object(value: object) -> TypeGuard[Json]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def listed(body: Json, name: str) -> list[Any]:
    """The list under a name; empty where it is missing or null."""
    found: list[Any] | None = body.get(name)
    return found or []


EVERYONE = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
    add_reactions=True,
    attach_files=True,
    embed_links=True,
    use_application_commands=True,
)
"""What everybody in a new guild may do."""


class Kind(IntEnum):
    """Discord's numbers for the types of channel that the fake has."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


REPLY, COMMAND_ANSWER, THREAD_CREATED, THREAD_STARTER = 19, 20, 18, 21
"""Types of message that are not plain ones; the last two are Discord's own words."""

THREADS = (Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD)


@dataclass(slots=True, kw_only=True, eq=False)
class FakeUser:
    id: int
    name: str
    bot: bool = False
    avatar: str | None = None

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, kw_only=True, eq=False)
class FakeRole:
    """``managed_by`` is the bot whose own role it is."""

    id: int
    name: str
    permissions: Permissions
    mentionable: bool = False
    managed_by: int | None = None

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(slots=True, kw_only=True, eq=False)
class FakeMember:
    user: FakeUser
    roles: list[FakeRole]
    nick: str | None = None
    joined_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """What a role or member may do in one channel that differs from the guild."""

    allow: Permissions = field(default_factory=Permissions.none)
    deny: Permissions = field(default_factory=Permissions.none)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    id: int
    name: str
    content: bytes
    media_type: str
    url: str


@dataclass(slots=True, kw_only=True, eq=False)
class FakeMessage:
    """One message, as people see it. ``author_name`` and ``author_avatar`` are those shown beside it.

    ``rang`` is whom it notified: mentions such as ``<@1>``, ``<@&2>``, ``@everyone``, after ``allowed_mentions``.
    ``edits`` are its earlier contents. ``seen_by`` is the one person who sees an ephemeral message.
    """

    id: int
    channel: "FakeChannel"
    author_id: int
    author_name: str
    author_avatar: str | None = None
    author: FakeUser | None
    content: str
    webhook_id: int | None = None
    application_id: int | None = None
    components: list[Json] = field(default_factory=list[Json])
    embeds: list[Json] = field(default_factory=list[Json])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    reference: int | None = None
    nonce: str | None = None
    edited_at: float | None = None
    edits: list[str] = field(default_factory=list[str])
    rang: frozenset[str] = frozenset()
    reactions: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    thread: "FakeChannel | None" = None
    type: int = 0
    flags: int = 0
    seen_by: int | None = None
    interaction: Json | None = None
    forwarded: "FakeMessage | None" = None
    poll: Json | None = None

    @property
    def edited(self) -> bool:
        return self.edited_at is not None


@dataclass(slots=True, kw_only=True, eq=False)
class FakeChannel:
    """A channel, category, forum, thread or DM. ``parent`` is a channel's category and a thread's channel."""

    id: int
    name: str
    kind: Kind
    guild: "FakeGuild | None" = None
    parent: "FakeChannel | None" = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    messages: dict[int, FakeMessage] = field(default_factory=dict[int, FakeMessage])
    recipients: list[FakeUser] = field(default_factory=list[FakeUser])
    topic: str | None = None
    tags: list[Json] = field(default_factory=list[Json])
    applied_tags: list[int] = field(default_factory=list[int])
    owner_id: int = 0
    members: set[int] = field(default_factory=set[int])
    archived: bool = False
    locked: bool = False
    archived_at: float = 0.0
    auto_archive_minutes: int = 4320
    deleted: bool = False

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(slots=True, kw_only=True, eq=False)
class FakeWebhook:
    id: int
    token: str
    name: str
    channel: FakeChannel
    owner: "FakeBot"
    avatar: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class FakeBot:
    """An application and its bot user. ``privileged`` are the intents switched on in the developer portal."""

    user: FakeUser
    application_id: int
    token: str
    privileged: set[str]
    dms: dict[int, FakeChannel] = field(default_factory=dict[int, FakeChannel])
    commands: list[Json] = field(default_factory=list[Json])
    guild_commands: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])

    @property
    def user_id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention
