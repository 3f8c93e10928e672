"""What was said before agents were spoken to: read once, as background that is never answered.

A channel's room begins with the newest messages of its history; what is said from then on is heard. A thread's room
begins with what stood in the channel when it began, and with what its people had written there by themselves. Slack is
asked only where nobody listened: once for a channel, and once for a thread whose beginning was not heard.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.slack.apps import Apps
from adapters.slack.authors import Author, Authors, with_files
from adapters.slack.events import SPOKEN, is_from_a_bot
from adapters.slack.history import History
from adapters.slack.house import SlackHouse
from adapters.slack.payloads import Payload, word
from adapters.slack.places import Spot, copy_of, message_of, source_of, ts_of, user_of
from agents.errors import PlatformFailed
from agents.log.participants import Profile, is_person
from agents.people.door import Earlier

LOGGER = logging.getLogger(__name__)

NAMESPACE = "slack_recalled"
"""In `Facts`: the channels whose history was read."""

MOST = 30
"""Messages that a room begins with at most."""

SECONDS = 5.0
"""Whoever asks does not wait longer for what is only background."""

ATTEMPTS = 3
PAUSE = 5.0
"""Seconds between them at most, where Slack wants to be asked later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Above:
    """A person's message of the channel, by its platform id; ``was_heard``, and not read from its history."""

    message: str
    by: Profile
    text: str
    was_heard: bool


class Background:
    """Fills rooms in which nobody has spoken yet."""

    def __init__(self, house: SlackHouse, apps: Apps, history: History, authors: Authors):
        self._house, self._apps, self._history, self._authors = house, apps, history, authors
        self._read: set[str] = set()

    async def invited(self, spot: Spot, ts: str) -> None:
        """The host app came into a channel at that time: what was said before is background. Raises `StoreFailed`."""
        if self._house.agents(spot.channel_room):
            await self._channel(spot, ts, again=True)

    async def before(self, spot: Spot, ts: str) -> None:
        """Let the room of this spot begin, if it has no beginning, with what stands before the message ``ts``.

        Raises `StoreFailed`; what Slack does not tell in time is left out.
        """
        if not self._house.agents(spot.room):
            return
        channel = Spot(team=spot.team, channel=spot.channel)
        await self._channel(channel, ts)
        if not spot.thread or not (await self._house.read(spot.room)).untouched:
            return
        above = await self._above(spot)
        if above:
            stretch = " ".join(ts_of(one.message) for one in (above[0], above[-1]))
            await self._house.store.facts.put(_copies_in(channel), spot.thread, stretch)
        root = next((one for one in above if ts_of(one.message) == spot.thread), None)
        own: Sequence[Earlier] = ()
        if spot.thread != ts and not spot.channel.startswith("D") and (root is None or not root.was_heard):
            own = await self._told(spot, ts)
        shown = [one for one in above if one is not root or not own]
        await self._house.door.recall(spot.room, [*[await self._copied(one, spot) for one in shown], *own])

    async def heard_in_channel(self, spot: Spot, author: Author, text: str) -> None:
        """The message opens a thread, and stands in its channel as well. Raises `StoreFailed`."""
        source = copy_of(spot.message(spot.thread), spot.channel_room)
        copy = Earlier(by=author.profile, text=text, source=source, groups=author.groups)
        await self._house.door.recall(spot.channel_room, [copy])

    async def rooms_with(self, spot: Spot, ts: str) -> Sequence[str]:
        """The rooms of threads that may have begun with that message of their channel. Raises `StoreFailed`."""
        if spot.thread:
            return ()
        found: list[str] = []
        for thread, stretch in (await self._house.store.facts.items(_copies_in(spot))).items():
            first, last = stretch.split()
            if first <= ts <= last:
                found.append(Spot(team=spot.team, channel=spot.channel, thread=thread).room)
        return found

    async def _channel(self, spot: Spot, ts: str, *, again: bool = False) -> None:
        """Read the channel's history, unless it was read, or heard from its first message."""
        room, records = spot.channel_room, self._house.store.facts
        if spot.channel.startswith("D") or (room in self._read and not again):
            return
        if await records.get(NAMESPACE, room) is not None and not again:
            self._read.add(room)
            return
        if again or (await self._house.read(room)).untouched:
            earlier = await self._told(spot, ts)
            await self._house.door.recall(room, [one for one in earlier if not await self._was_heard(room, one)])
        await records.put(NAMESPACE, room, "read")
        self._read.add(room)

    async def _was_heard(self, room: str, earlier: Earlier) -> bool:
        """Whether the message came to the room by itself meanwhile."""
        record = await self._house.store.log.find(source_of(message_of(earlier.source)))
        return record is not None and record.room == room

    async def _told(self, spot: Spot, ts: str) -> Sequence[Earlier]:
        """What Slack has kept of it, as far as somebody wrote it who may; nothing where Slack does not say."""
        for attempt in range(ATTEMPTS):
            try:
                async with asyncio.timeout(SECONDS):
                    messages = await self._history.before(spot, ts, MOST)
                    return [await self._earlier(one, spot) for one in messages if self._counts(one)]
            except (PlatformFailed, TimeoutError) as error:
                LOGGER.warning("What was said before in %s is not known: %s", spot.room, error or "Slack took too long")
                if attempt == ATTEMPTS - 1 or (isinstance(error, PlatformFailed) and error.permanent):
                    break
                wait = error.retry_after if isinstance(error, PlatformFailed) else None
                await self._house.clock.sleep(min(wait or 1.0, PAUSE))
        return ()

    def _counts(self, message: Payload) -> bool:
        if message.get("subtype") not in SPOKEN or self._apps.wrote(message):
            return False
        return self._house.bots == "all" if is_from_a_bot(message) else bool(word(message, "user"))

    async def _earlier(self, message: Payload, spot: Spot) -> Earlier:
        author = await self._authors.author(message, spot)
        text = (await self._authors.words(word(message, "text"), spot)).text
        source = copy_of(spot.message(word(message, "ts")), spot.room)  # it may still come by itself, and then counts
        return Earlier(by=author.profile, text=with_files(text, message), source=source, groups=author.groups)

    async def _above(self, spot: Spot) -> Sequence[_Above]:
        """What stood in the channel when the thread began, its root included where it is known there."""
        transcript = await self._house.read(spot.channel_room)
        wanted = [one for one in transcript.messages if is_person(one.by) and not one.deleted and not one.audience]
        wanted = [one for one in wanted if one.seq > transcript.start][-2 * MOST :]
        known = await self._messages(spot.channel_room, {one.corrects or one.seq for one in wanted})
        above = [
            _Above(
                message=known[one.corrects or one.seq],
                by=Profile(id=one.by, name=transcript.name_of(one.by)),
                text=one.text,
                was_heard=not one.recalled,
            )
            for one in wanted
            if (one.corrects or one.seq) in known
        ]
        return [one for one in above if ts_of(one.message) <= spot.thread][-MOST:]

    async def _copied(self, above: _Above, spot: Spot) -> Earlier:
        groups = await self._authors.groups(user_of(above.by.id), spot)
        return Earlier(by=above.by, text=above.text, source=copy_of(above.message, spot.room), groups=groups)

    async def _messages(self, room: str, seqs: set[int]) -> dict[int, str]:
        """The platform ids of messages, by the seqs of their records."""
        if not seqs:
            return {}
        records = await self._house.store.log.read(room, after=min(seqs) - 1, limit=max(seqs) - min(seqs) + 1)
        return {one.seq: message_of(one.source) for one in records if one.seq in seqs and one.source}


def _copies_in(channel: Spot) -> str:
    """In `Facts`, for each thread of the channel: which stretch of it the thread began with."""
    return f"slack_copies:{channel.channel_room}"
