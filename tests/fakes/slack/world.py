"""What a Slack holds: teams, people, apps, channels, messages, files. Plain state, no behaviour of Slack's."""

import itertools
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fakes.slack.clock import VirtualClock

Payload: TypeAlias = dict[str, Any]
"""JSON as Slack sends and takes it: the fake's parsing edge."""

HOST_SCOPES = (
    *("app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history"),
    *("channels:read", "groups:read", "im:read", "mpim:read", "channels:join", "im:write", "mpim:write"),
    *("chat:write", "chat:write.customize", "reactions:read", "reactions:write", "files:read", "files:write"),
    *("users:read", "usergroups:read", "team:read", "commands", "assistant:write"),
)
HOST_EVENTS = (
    *("message.channels", "message.groups", "message.im", "message.mpim", "app_mention"),
    *("reaction_added", "reaction_removed", "member_joined_channel", "member_left_channel", "channel_left"),
    *("group_left", "channel_archive", "channel_unarchive", "channel_rename", "channel_id_changed", "group_archive"),
    *("group_rename", "app_home_opened", "app_uninstalled", "tokens_revoked", "agent_session_stopped"),
)
AGENT_SCOPES = (
    *("chat:write", "app_mentions:read", "im:history", "im:read", "im:write"),
    *("reactions:write", "files:write", "users:read"),
)
AGENT_EVENTS = ("app_mention", "message.im", "agent_session_stopped", "app_uninstalled", "tokens_revoked")


@dataclass(slots=True, eq=False)
class Team:
    id: str
    name: str
    domain: str


@dataclass(slots=True, eq=False)
class Install:
    """An app in one team. ``revoked`` names the error that its token gets from then on.

    Answers name its scopes only where ``tells_scopes``: a proxy may drop the header.
    """

    team: str
    bot_token: str
    bot_user: str
    bot_id: str
    scopes: tuple[str, ...]
    revoked: str | None = None
    refresh_token: str | None = None
    expires: float | None = None
    tells_scopes: bool = True


@dataclass(slots=True, eq=False)
class FakeApp:
    """An app, installed in its home team and perhaps in others (``installs``).

    ``request_url`` makes it an HTTP-mode app; without, what it hears goes over Socket Mode. ``rotates``: its tokens
    expire and come with refresh tokens. ``is_agent``: declared as an agent (``agent_view``).
    """

    app_id: str
    name: str
    home: str
    app_token: str
    signing_secret: str
    client_id: str
    client_secret: str
    events: tuple[str, ...]
    commands: tuple[str, ...] = ("/tertulia",)
    is_agent: bool = True
    rotates: bool = False
    redirect_uri: str = ""
    request_url: str | None = None
    installs: dict[str, Install] = field(default_factory=dict[str, Install])
    app_token_revoked: str | None = None

    @property
    def bot_token(self) -> str:
        """The bot token in the home team."""
        return self.installs[self.home].bot_token

    @property
    def bot_user(self) -> str:
        """The bot's user id in the home team."""
        return self.installs[self.home].bot_user

    @property
    def bot_id(self) -> str:
        """The bot's id in the home team."""
        return self.installs[self.home].bot_id


@dataclass(slots=True, eq=False)
class FakeUser:
    """A person or a bot's user, as ``team`` knows it; ``home`` differs for people of Slack Connect."""

    id: str
    team: str
    home: str
    name: str
    real_name: str
    is_bot: bool = False
    is_guest: bool = False
    is_admin: bool = False
    deleted: bool = False
    bot_id: str | None = None

    @property
    def is_stranger(self) -> bool:
        """Whether the user belongs to another company."""
        return self.home != self.team


@dataclass(slots=True, eq=False)
class UserGroup:
    id: str
    team: str
    handle: str
    users: list[str]
    enabled: bool = True


@dataclass(slots=True, eq=False)
class FakeFile:
    id: str
    team: str
    name: str
    owner: str
    data: bytes = b""
    mimetype: str = "application/octet-stream"
    title: str = ""
    length: int = 0
    uploaded: bool = False
    complete: bool = False
    channels: list[str] = field(default_factory=list[str])
    alt_text: str = ""


@dataclass(slots=True, eq=False)
class Reaction:
    name: str
    users: list[str]


@dataclass(slots=True, eq=False)
class FakeMessage:
    """One message as people see it. ``streaming`` is None, "open", "stopped" or "dead" (nobody ended it in time)."""

    ts: str
    channel: str
    team: str
    user: str | None
    text: str
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    icons: Payload = field(default_factory=dict[str, Any])
    blocks: list[Payload] = field(default_factory=list[Payload])
    attachments: list[Payload] = field(default_factory=list[Payload])
    thread_ts: str | None = None
    subtype: str | None = None
    metadata: Payload | None = None
    files: list[FakeFile] = field(default_factory=list[FakeFile])
    reactions: list[Reaction] = field(default_factory=list[Reaction])
    edited: Payload | None = None
    streaming: str | None = None
    stream: list[Payload] = field(default_factory=list[Payload])
    streaming_since: float = 0.0
    broadcast: bool = False
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    ephemeral_for: str | None = None
    deleted: bool = False

    @property
    def author(self) -> str:
        """The name that people see above it, or the user's id."""
        return self.username or self.user or self.bot_id or ""


@dataclass(slots=True, eq=False)
class Channel:
    """``kind`` is "channel", "group", "im" or "mpim". ``members`` are user ids, those of bots among them."""

    id: str
    team: str
    name: str
    kind: str
    members: list[str]
    created: int
    archived: bool = False
    is_shared: bool = False
    topic: str = ""
    posting_restricted: bool = False
    messages: dict[str, FakeMessage] = field(default_factory=dict[str, FakeMessage])
    ephemerals: list[FakeMessage] = field(default_factory=list[FakeMessage])
    threads: dict[str, list[FakeMessage]] = field(default_factory=dict[str, list[FakeMessage]])

    def add(self, message: FakeMessage) -> None:
        """A message appears, at the end and in its thread."""
        self.messages[message.ts] = message
        if message.thread_ts not in (None, message.ts):
            self.threads.setdefault(message.thread_ts or "", []).append(message)

    def remove(self, message: FakeMessage) -> None:
        """It is gone."""
        del self.messages[message.ts]
        if message.thread_ts not in (None, message.ts):
            self.threads[message.thread_ts or ""].remove(message)

    @property
    def is_private(self) -> bool:
        """Whether only members can know of it."""
        return self.kind != "channel"


class World:
    """Everything, found by its id. Channels and users are found by team and id: two teams may use equal ids."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self.origin = ""
        self.teams: dict[str, Team] = {}
        self.apps: dict[str, FakeApp] = {}
        self.users: dict[tuple[str, str], FakeUser] = {}
        self.channels: dict[tuple[str, str], Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.files: dict[str, FakeFile] = {}

    def new_id(self, prefix: str) -> str:
        """An id that looks like Slack's and was never used."""
        return f"{prefix}0{next(self._numbers):06d}"

    def new_secret(self, prefix: str) -> str:
        """A token or secret that no log line may show."""
        return f"{prefix}{secrets.token_hex(12)}"

    def new_ts(self) -> str:
        """A message's timestamp: seconds with six digits, always later than the one before."""
        self._last_ts = max(self._last_ts + 1, int(self._clock.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def install(self, app: FakeApp, team: str, scopes: Sequence[str]) -> Install:
        """Install an app in a team; again means a new token for the same bot, and the old one is dead."""
        before = app.installs.get(team)
        user, bot = (before.bot_user, before.bot_id) if before else (self.new_id("U"), self.new_id("B"))
        app.installs[team] = Install(team, self.new_secret("xoxb-"), user, bot, tuple(scopes))
        name = app.name.lower().replace(" ", "_")
        self.users[team, user] = FakeUser(user, team, team, name, app.name, is_bot=True, bot_id=bot)
        return app.installs[team]

    def with_block_ids(self, blocks: list[Payload]) -> list[Payload]:
        """The blocks, each with an id: Slack gives one to those that have none."""
        return [block if block.get("block_id") else {**block, "block_id": self.new_id("b")} for block in blocks]

    def channel(self, id_: str, team: str | None = None) -> Channel:
        """The channel with that id; ``team`` is needed where several teams have one."""
        found = [
            channel for (of, known), channel in self.channels.items() if known == id_ and (team is None or of == team)
        ]
        if len(found) != 1:
            raise KeyError(f"There are {len(found)} channels {id_} in {team or 'all teams'}; name the team.")
        return found[0]

    def direct(self, team: str, *users: str) -> Channel:
        """The DM of these users (one of them a bot); made if they have none."""
        kind = "im" if len(users) == 2 else "mpim"
        for (of, _), channel in self.channels.items():
            if of == team and channel.kind == kind and set(channel.members) == set(users):
                return channel
        name = "" if kind == "im" else "mpdm-" + "--".join(self.user(team, user).name for user in users) + "-1"
        id_ = self.new_id("D" if kind == "im" else "G")
        channel = Channel(id_, team, name, kind, list(users), int(self._clock.now()))
        self.channels[team, id_] = channel
        return channel

    def user(self, team: str, id_: str) -> FakeUser:
        """The user as that team knows it."""
        return self.users[team, id_]

    def installs(self, team: str) -> Iterator[tuple[FakeApp, Install]]:
        """The apps that are installed in a team, with their installs."""
        for app in self.apps.values():
            install = app.installs.get(team)
            if install is not None and install.revoked is None:
                yield app, install

    def token(self, token: str) -> tuple[FakeApp, Install | None] | None:
        """Whose token it is; no install with it means an app-level token."""
        for app in self.apps.values():
            if app.app_token == token:
                return app, None
            for install in app.installs.values():
                if install.bot_token == token:
                    return app, install
        return None
