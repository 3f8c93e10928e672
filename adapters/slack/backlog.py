"""What stands in an app's conversations, read back as the events that told of it when it was new.

Source: docs.slack.dev/reference/methods/conversations.history and conversations.replies. A channel's history comes
newest first and without the replies in its threads, whose roots say when they got the last one. Apps that are sold
outside Slack's Marketplace get fifteen messages a minute: what is read is what Slack gives, at its pace.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from adapters.slack.apps import App
from adapters.slack.payloads import Payload, parts, word
from adapters.slack.refusals import Refused
from agents.errors import PlatformFailed
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

PAGE = 100
"""Messages that are asked for at once."""

MOST_PAGES = 10
"""Of one channel or thread, and of the list of conversations."""

MOST_THREADS = 50
"""Of one channel that are looked into, those with the newest replies first."""

WAIT = 0.5
"""Seconds between looks whether a call may be made now."""

_FAMILIES = {"public_channel": "channels", "private_channel": "groups", "mpim": "mpim", "im": "im"}
_JOINED = ("channel_join", "group_join")
_TOMBSTONE = "tombstone"
"""What stands for a deleted message with replies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel or direct message. ``kind`` is the ``channel_type`` of its events; direct is one of two or a group."""

    id: str
    kind: str
    name: str = ""

    @property
    def direct(self) -> bool:
        """Whether it is a direct message (of two or of a group)."""
        return self.kind in ("im", "mpim")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedEvents:
    """``events`` in order, as they would have come; ``shown`` is what stands in the channel itself since ``first``."""

    events: Sequence[Payload]
    first: float
    shown: frozenset[str]


class Backlog:
    """Reads with one app, whenever nobody else needs Slack just then. Methods raise `PlatformFailed`."""

    def __init__(self, app: App, clock: Clock):
        self._app, self._clock = app, clock

    async def conversations(self) -> list[Channel]:
        """Those the app is in and may read; of an agent's own app, the direct messages."""
        kinds = [kind for kind in _FAMILIES if self._may_read(kind)]
        if not kinds:
            return []
        shapes = await self._pages("users.conversations", "channels", types=",".join(kinds), exclude_archived=True)
        return [_channel(one) for one in shapes]

    async def since(self, where: Channel, at: float, *, awake: Collection[str] = ()) -> MissedEvents:
        """What was written there after that time, and what was edited.

        ``awake`` are threads that are looked into even if their beginning is long ago. What was written before the app
        came into the channel is left out: it was not for it.
        """
        shown = await self._pages("conversations.history", "messages", after=at, channel=where.id)
        begin = max([at, *(time_of(one) for one in shown if self._came_with(one))])
        news = sorted((one for one in shown if time_of(one, "latest_reply") > begin), key=_newest_reply, reverse=True)
        first = time_of(shown[-1]) if shown else begin  # where nothing is shown, it may be hidden as well
        threads = [word(one, "ts") for one in news] + [one for one in awake if _time(one) < first]
        if len(threads) > MOST_THREADS:
            LOGGER.warning("So many threads of %s have news that only the newest are looked into.", where.id)
        found = list(shown)
        for ts in threads[:MOST_THREADS]:
            found += await self._replies(where, ts, begin)
        events = [event for message in found for event in self._events(message, where, begin, at)]
        return MissedEvents(
            events=sorted(events, key=lambda one: time_of(one, "event_ts")),
            first=first,
            shown=frozenset(word(one, "ts") for one in shown if one.get("subtype") != _TOMBSTONE),
        )

    async def _replies(self, where: Channel, ts: str, after: float) -> list[Payload]:
        """What was written in a thread after that time, and its beginning; nothing where it is gone meanwhile."""
        oldest = f"{after:.6f}"
        try:
            return await self._pages("conversations.replies", "messages", channel=where.id, ts=ts, oldest=oldest)
        except Refused as error:
            if error.name != "thread_not_found":
                raise
            return []

    async def is_gone(self, where: Channel, ts: str) -> bool:
        """Whether Slack says for certain that there is no such message any more."""
        try:
            answer = await self._call("conversations.replies", channel=where.id, ts=ts, limit=1)
        except Refused as error:
            if error.name != "thread_not_found":
                raise
            return True
        return any(one.get("subtype") == _TOMBSTONE for one in parts(answer, "messages") if word(one, "ts") == ts)

    def _came_with(self, message: Payload) -> bool:
        """Whether that is the line which says that the app came into the channel."""
        return message.get("subtype") in _JOINED and message.get("user") == self._app.bot_user

    def _may_read(self, kind: str) -> bool:
        family = _FAMILIES[kind]
        may = all(f"{family}:{right}" in self._app.scopes for right in ("read", "history"))
        return may and (not self._app.agent or kind == "im")

    def _events(self, message: Payload, where: Channel, begin: float, at: float) -> Iterator[Payload]:
        """What Slack would have told of it after those times."""
        event: Payload = {"type": "message", "channel": where.id, "channel_type": where.kind}
        ts, edited = word(message, "ts"), time_of(message, "edited", "ts")
        if _time(ts) > begin:
            root = {"thread_ts": None} if message.get("thread_ts") == ts else {}  # it had no replies when it was new
            yield message | root | event | {"event_ts": ts}
        if edited > at:
            moment = word(message, "edited", "ts")
            yield event | {"subtype": "message_changed", "message": message, "event_ts": moment}

    async def _pages(self, method: str, key: str, *, after: float | None = None, **arguments: object) -> list[Payload]:
        """What all pages hold; with ``after``, those down to that time."""
        found, cursor = list[Payload](), ""
        for _ in range(MOST_PAGES):
            answer = await self._call(method, limit=PAGE, cursor=cursor or None, **arguments)
            page = parts(answer, key)
            found += page
            cursor = word(answer, "response_metadata", "next_cursor")
            if not cursor or (after is not None and page and time_of(page[-1]) <= after):
                return found
        LOGGER.warning("There is more in %s %s than is read at once.", method, arguments.get("channel", ""))
        return found

    async def _call(self, method: str, **arguments: object) -> Payload:
        """Posts and what they need go first; where Slack says to slow down, that is waited for."""
        caller = self._app.caller
        while True:
            while not caller.has_room(method):
                await self._clock.sleep(WAIT)
            try:
                return await caller.call(method, **arguments)
            except PlatformFailed as error:
                if error.retry_after is None:
                    raise
                await self._clock.sleep(error.retry_after + 10 * WAIT)


def time_of(shape: Payload, *path: str) -> float:
    """The time at a path, of a message its own; 0 where there is none."""
    return _time(word(shape, *(path or ("ts",))))


def _time(ts: str) -> float:
    try:
        return float(ts or 0)
    except ValueError:
        return 0.0


def _newest_reply(message: Payload) -> float:
    return time_of(message, "latest_reply")


def _channel(shape: Payload) -> Channel:
    flags = {"is_im": "im", "is_mpim": "mpim", "is_private": "group", "is_group": "group"}
    kind = next((kind for flag, kind in flags.items() if shape.get(flag) is True), "channel")
    return Channel(id=word(shape, "id"), kind=kind, name=word(shape, "name"))
