"""No message lost and none twice: each channel's messages in order, and what was missed read from its history.

A channel is *behind* when messages may have been missed: after a new session, or after the store refused one. Before
the next message of a channel that is behind, its history is read from where the cursor stands; after a new session
what was heard before is looked at again first, because it may have been changed.

A bug that one message meets is logged and keeps no other from being heard; the next start reads from there again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import discord
import structlog

from adapters.discord.history import Channel, messages_after
from adapters.discord.rooms import first_made_at, ids_within
from agents.errors import PlatformFailed, StoreFailed
from agents.ports import Clock, Facts

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

NAMESPACE = "discord_heard"

OLDEST = 3600.0
"""Seconds: what was written longer ago is history, not a message that waits for an answer."""

_AN_HOUR = ids_within(OLDEST)
"""Between the ids of two messages."""

_REMEMBERED = 5000
_RETRIES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)

Take: TypeAlias = Callable[[discord.Message], Awaitable[None]]
"""Makes a message durable. Raises `StoreFailed` or `PlatformFailed` where it could not; then it is read again."""

Review: TypeAlias = Callable[[Channel, int], Awaitable[None]]
"""Looks at messages up to that id again. Raises as `Take` does."""


@dataclass(slots=True, eq=False)
class _Timeline:
    """``unheard`` is what a bug kept from being heard: for an hour, the cursor that is saved stays before it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    cursor: int | None = None
    behind: bool = True
    unreviewed: bool = True
    failures: int = 0
    unheard: int = 0


class Timelines:
    """Passes every message on once. `run` saves cursors and catches up until it is cancelled."""

    def __init__(self, records: Facts, clock: Clock, take: Take, review: Review):
        self._records, self._clock, self._take, self._review = records, clock, take, review
        self._timelines: dict[int, _Timeline] = {}
        self._done: OrderedDict[int, None] = OrderedDict()
        self._unsaved: dict[int, int] = {}
        self._waiting: dict[int, tuple[Channel, float]] = {}
        self._news, self._progress = asyncio.Event(), asyncio.Event()

    async def load(self) -> None:
        """Read the cursors. Raises `StoreFailed`."""
        for channel, cursor in (await self._records.items(NAMESPACE)).items():
            self._timelines[int(channel)] = _Timeline(cursor=int(cursor))

    def new_session(self) -> None:
        """Messages may have been missed everywhere."""
        for timeline in self._timelines.values():
            timeline.behind = timeline.unreviewed = True

    def knows(self, channel: int) -> bool:
        """Whether this channel or thread was ever heard."""
        return channel in self._timelines

    def missed(self, channel: int) -> None:
        """Messages may have been missed in this channel or thread, if it was ever heard."""
        timeline = self._timelines.get(channel)
        if timeline is not None:
            timeline.behind = timeline.unreviewed = True

    def catch_up(self, channel: Channel | discord.ForumChannel) -> None:
        """Read soon what was missed in this channel; the first time, begin with what comes from now on."""
        timeline = self._timeline(channel.id)
        if isinstance(channel, discord.ForumChannel):
            self._advance(channel.id, channel.last_message_id or channel.id)  # its posts are threads
            return
        if timeline.cursor is None and not timeline.lock.locked():
            self._advance(channel.id, self._beginning(channel))
            timeline.behind, timeline.unreviewed = isinstance(channel, discord.Thread), False
        if timeline.behind:
            self._later(channel, 0.0)

    async def hear(self, channel: Channel, message: discord.Message) -> None:
        """Pass a message on, after those that were missed before it."""
        timeline = self._timeline(channel.id)
        async with timeline.lock:
            if timeline.cursor is None:
                self._advance(channel.id, message.id - 1)
                timeline.behind = timeline.unreviewed = False
            if message.id in self._done:
                return
            try:
                if timeline.behind:
                    await self._read_history(channel, timeline)
                await self._pass_on(channel.id, message)
            except (StoreFailed, PlatformFailed) as error:
                self._fall_behind(channel, timeline, error)

    async def in_turn(self, channel: int, act: Callable[[], Awaitable[None]]) -> None:
        """Do something after what came before it in this channel."""
        async with self._timeline(channel).lock:
            await act()

    async def run(self) -> None:
        """Until cancelled; the last cursors are saved."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._save())
                await self._catch_up_all()
        finally:
            await asyncio.shield(self._save_all())

    async def _catch_up_all(self) -> None:
        while True:
            self._news.clear()
            now = self._clock.now()
            for channel, due in list(self._waiting.values()):
                if due <= now:
                    del self._waiting[channel.id]
                    await self._catch_up(channel)
            if not self._waiting:
                await self._news.wait()
            elif not self._news.is_set():
                soonest = min(due for _, due in self._waiting.values())
                await self._clock.sleep(min(1.0, max(0.05, soonest - self._clock.now())))

    async def _catch_up(self, channel: Channel) -> None:
        timeline = self._timeline(channel.id)
        async with timeline.lock:
            try:
                if timeline.behind:
                    await self._read_history(channel, timeline)
            except (StoreFailed, PlatformFailed) as error:
                self._fall_behind(channel, timeline, error)

    async def _read_history(self, channel: Channel, timeline: _Timeline) -> None:
        if timeline.unreviewed and timeline.cursor is not None:
            await self._look_again(channel, timeline, timeline.cursor)
        timeline.behind = False  # before it is read: a session that begins meanwhile makes it behind anew
        after = max(timeline.cursor or 0, first_made_at(self._clock.now() - OLDEST))
        with _surviving("discord_history_failed", timeline, after + 1, channel=channel.id):
            async for message in messages_after(channel, after):
                await self._pass_on(channel.id, message)
        timeline.failures = 0

    async def _look_again(self, channel: Channel, timeline: _Timeline, upto: int) -> None:
        timeline.unreviewed = False
        try:
            await self._review(channel, upto)
        except (StoreFailed, PlatformFailed):
            timeline.unreviewed = True
            raise
        except Exception:
            _log.exception("discord_review_failed", channel=channel.id)

    async def _pass_on(self, channel: int, message: discord.Message) -> None:
        if message.id in self._done:
            return
        with _surviving(
            "discord_message_failed", self._timeline(channel), message.id, channel=channel, message=message.id
        ):
            await self._take(message)
        self._done[message.id] = None
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        self._advance(channel, message.id)

    def _fall_behind(self, channel: Channel, timeline: _Timeline, error: Exception) -> None:
        wait = _RETRIES[min(timeline.failures, len(_RETRIES) - 1)]
        _log.warning("discord_message_waits", channel=channel.id, seconds=wait, reason=str(error))
        timeline.behind, timeline.failures = True, timeline.failures + 1
        self._later(channel, wait)

    def _later(self, channel: Channel, seconds: float) -> None:
        self._waiting[channel.id] = (channel, self._clock.now() + seconds)
        self._news.set()

    def _timeline(self, channel: int) -> _Timeline:
        return self._timelines.setdefault(channel, _Timeline())

    def _beginning(self, channel: Channel) -> int:
        """Where to begin in a channel that was never heard: with what comes now; in a new thread at its start.

        A thread is new where its channel was heard before.
        """
        if isinstance(channel, discord.Thread) and self._timeline(channel.parent_id).cursor is not None:
            return channel.id
        return (None if isinstance(channel, discord.DMChannel) else channel.last_message_id) or channel.id

    def _advance(self, channel: int, message: int) -> None:
        timeline = self._timeline(channel)
        if timeline.cursor is None or message > timeline.cursor:
            timeline.cursor = message
            if message >= timeline.unheard + _AN_HOUR:
                self._unsaved[channel] = message
                self._progress.set()

    async def _save(self) -> None:
        while True:
            await self._progress.wait()
            self._progress.clear()
            try:
                await self._save_all()
            except StoreFailed as error:
                _log.warning("discord_cursor_not_saved", reason=str(error))
                await self._clock.sleep(5.0)
                self._progress.set()

    async def _save_all(self) -> None:
        for channel, cursor in list(self._unsaved.items()):
            await self._records.put(NAMESPACE, str(channel), str(cursor), soon=True)
            if self._unsaved.get(channel) == cursor:
                del self._unsaved[channel]


@contextmanager
def _surviving(event: str, timeline: _Timeline, at: int, **where: int) -> Generator[None]:
    """Log a bug and go on; the next start reads again from what stands at ``at``."""
    try:
        yield
    except (StoreFailed, PlatformFailed):
        raise
    except Exception:
        _log.exception(event, **where)
        if at >= timeline.unheard + _AN_HOUR:
            timeline.unheard = at
