"""One call of the Web API: which methods there are, what they take, and how they refuse.

A method says what it takes in one line: ``"channel! text blocks:json limit:int"``; ``!`` = required. The kinds are
text (default), json, int, bool. Slack ignores arguments that it does not know; the fake notes them as strays.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fakes.slack.json_shapes import is_array, is_object
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import Channel, FakeApp, Install, Payload


class Refused(Exception):
    """Slack says no: ``ok: false`` with an error's name and perhaps more fields."""

    def __init__(self, error: str, *messages: str, **fields: object) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.fields: Payload = dict(fields)
        if messages:
            self.fields["response_metadata"] = {"messages": list(messages)}


@dataclass(slots=True, eq=False)
class Call:
    """A call whose token, scope and arguments were checked. ``install`` is None for app-level tokens.

    ``args`` leaves out what was empty; ``raw`` is what came.
    """

    site: Site
    method: str
    app: FakeApp
    install: Install | None
    args: Payload
    raw: Payload = field(default_factory=dict[str, Any])

    @property
    def bot(self) -> Install:
        """Who calls, in its team."""
        if self.install is None:
            raise Refused("not_allowed_token_type")
        return self.install

    @property
    def team(self) -> str:
        """The caller's team."""
        return self.bot.team

    def text(self, name: str, default: str = "") -> str:
        """A text argument."""
        return str(self.args.get(name, default))

    def maybe(self, name: str) -> str | None:
        """A text argument; None where it is absent or empty."""
        return str(self.args[name]) if self.args.get(name) else None

    def flag(self, name: str) -> bool:
        """A boolean argument; absent is false."""
        return bool(self.args.get(name, False))

    def need(self, *scopes: str) -> None:
        """Refuse unless one of these scopes was granted."""
        if not set(scopes) & set(self.bot.scopes):
            raise Refused("missing_scope", needed=scopes[0], provided=",".join(self.bot.scopes))

    def channel(self, name: str = "channel") -> Channel:
        """The channel that an argument names, if the caller can know of it."""
        channel = self.site.world.channels.get((self.team, self.text(name)))
        if channel is None or (channel.is_private and self.bot.bot_user not in channel.members):
            raise Refused("channel_not_found")
        return channel


Method: TypeAlias = Callable[[Call], Awaitable[Payload]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A method in the registry. ``token``: "bot", "app" or "none". ``tier`` None: limited per channel."""

    name: str
    act: Method
    takes: dict[str, tuple[str, bool]]
    scope: str | None
    tier: int | None
    token: str


METHODS: dict[str, Entry] = {}


def method(
    name: str, takes: str = "", *, scope: str | None = None, tier: int | None = 3, token: str = "bot"
) -> Callable[[Method], Method]:
    """Register a method of the Web API."""

    def register(act: Method) -> Method:
        METHODS[name] = Entry(name, act, _parse_takes(takes), scope, tier, token)
        return act

    return register


def _parse_takes(takes: str) -> dict[str, tuple[str, bool]]:
    parsed: dict[str, tuple[str, bool]] = {}
    for word in takes.split():
        name, _, kind = word.partition(":")
        parsed[name.rstrip("!")] = (kind.rstrip("!") or "text", word.endswith("!"))
    return parsed


def read_arguments(site: Site, entry: Entry, given: Payload) -> Payload:
    """The arguments with their types; refuses what is missing or cannot be read."""
    args: Payload = {}
    problems: list[str] = []
    for name, value in given.items():
        if name not in entry.takes:
            site.strays.append((entry.name, name))
            continue
        if value is None or value == "":
            continue
        kind = entry.takes[name][0]
        try:
            args[name] = _READERS[kind](value)
        except ValueError:
            problems.append(f"[ERROR] failed to match all allowed schemas [json-pointer:/{name}]")
    problems += [
        f"[ERROR] missing required field: {name}"
        for name, (_, required) in entry.takes.items()
        if required and name not in args
    ]
    if problems:
        raise Refused("invalid_arguments", *problems)
    return args


def _read_text(value: object) -> str:
    if isinstance(value, bool) or is_object(value) or is_array(value):
        raise ValueError("not a text")
    return str(value)


def _read_bool(value: object) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    word = str(value).lower()
    if word not in known:
        raise ValueError("not a boolean")
    return known[word]


def _read_int(value: object) -> int:
    if isinstance(value, bool) or is_object(value) or is_array(value):
        raise ValueError("not a number")
    return int(str(value))


def _read_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


_READERS: dict[str, Callable[[object], object]] = {
    "text": _read_text,
    "bool": _read_bool,
    "int": _read_int,
    "json": _read_json,
}
