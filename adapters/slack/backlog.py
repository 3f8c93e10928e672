"""What stands in an app's conversations, read back as the events that told of it when it was new.

Source: docs.slack.dev/reference/methods/conversations.history and conversations.replies. A channel's history comes
newest first and without the replies in its threads, whose roots say when they got the last one. Apps that are sold
outside Slack's Marketplace get fifteen messages a minute: what is read is what Slack gives, at its pace.
"""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from adapters.slack.apps import App
from adapters.slack.payloads import Payload, parts, word
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

_TOMBSTONES = 86_400.0
"""Seconds for which a deleted root is looked for: when it was deleted, Slack does not say."""

_FAMILIES = {"public_channel": "channels", "private_channel": "groups", "mpim": "mpim", "im": "im"}
_JOINED = ("channel_join", "group_join")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A channel or direct message. ``kind`` is the ``channel_type`` of its events; direct is one of two or a group."""

    id: str
    kind: str
    name: str = ""

    @property
    def direct(self) -> bool:
        """Whether it is a direct message (of two or of a group)."""
        return self.kind in ("im", "mpim")


class Backlog:
    """Reads with one app, whenever nobody else needs Slack just then. Methods raise `PlatformFailed`."""

    def __init__(self, app: App, clock: Clock):
        self._app, self._clock = app, clock

    async def conversations(self) -> list[Conversation]:
        """Those the app is in and may read; of an agent's own app, the direct messages."""
        kinds = [kind for kind in _FAMILIES if self._may_read(kind)]
        if not kinds:
            return []
        shapes = await self._pages("users.conversations", "channels", types=",".join(kinds), exclude_archived=True)
        return [_conversation(one) for one in shapes]

    async def since(self, where: Conversation, at: float, *, awake: Collection[str] = ()) -> list[Payload]:
        """Events of what was written there after that time, and of what was edited, in order.

        ``awake`` are threads that are looked into even if their beginning is long ago. What was written before the app
        came into the channel is left out: it was not for it.
        """
        found = await self._pages("conversations.history", "messages", after=at, channel=where.id)
        begin = max([at, *(time_of(one) for one in found if self._came_with(one))])
        news = sorted((one for one in found if time_of(one, "latest_reply") > begin), key=_newest_reply, reverse=True)
        first = time_of(found[-1]) if found else begin
        threads = [word(one, "ts") for one in news] + [one for one in awake if _time(one) < first]
        if len(threads) > MOST_THREADS:
            LOGGER.warning("So many threads of %s have news that only the newest are looked into.", where.id)
        for ts in threads[:MOST_THREADS]:
            oldest = f"{begin:.6f}"
            found += await self._pages("conversations.replies", "messages", channel=where.id, ts=ts, oldest=oldest)
        events = [event for message in found for event in self._events(message, where, begin, at)]
        return sorted(events, key=lambda one: time_of(one, "event_ts"))

    def _came_with(self, message: Payload) -> bool:
        """Whether that is the line which says that the app came into the channel."""
        return message.get("subtype") in _JOINED and message.get("user") == self._app.bot_user

    def _may_read(self, kind: str) -> bool:
        family = _FAMILIES[kind]
        may = all(f"{family}:{right}" in self._app.scopes for right in ("read", "history"))
        return may and (not self._app.agent or kind == "im")

    def _events(self, message: Payload, where: Conversation, begin: float, at: float) -> Iterator[Payload]:
        """What Slack would have told of it after those times."""
        event: Payload = {"type": "message", "channel": where.id, "channel_type": where.kind}
        ts, edited = word(message, "ts"), time_of(message, "edited", "ts")
        changed: Payload = event | {"subtype": "message_changed", "message": message}
        if message.get("subtype") == "tombstone":
            if _time(ts) > self._clock.now() - _TOMBSTONES:
                yield changed | {"event_ts": ts}
            return
        if _time(ts) > begin:
            root = {"thread_ts": None} if message.get("thread_ts") == ts else {}  # it had no replies when it was new
            yield message | root | event | {"event_ts": ts}
        if edited > at:
            yield changed | {"event_ts": word(message, "edited", "ts")}

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


def _conversation(shape: Payload) -> Conversation:
    flags = {"is_im": "im", "is_mpim": "mpim", "is_private": "group", "is_group": "group"}
    kind = next((kind for flag, kind in flags.items() if shape.get(flag) is True), "channel")
    return Conversation(id=word(shape, "id"), kind=kind, name=word(shape, "name"))
