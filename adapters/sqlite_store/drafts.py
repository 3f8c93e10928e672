"""Growing texts: told at once, written once a second."""

import asyncio
import logging

from msgspec.structs import replace

from adapters.sqlite_store.reader import Reader
from adapters.sqlite_store.writes import Writes
from agents.errors import StoreFailed
from agents.log.events import TurnStarted
from agents.ports import Clock, Draft, News, OpenDraft

EVERY = 1.0
"""Seconds between two writings of a draft."""

LOGGER = logging.getLogger(__name__)

_ALL = "SELECT room, turn, speaker, text, thoughts FROM drafts"
_WRITE = """
INSERT INTO drafts (room, turn, speaker, text, thoughts) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (room) DO UPDATE
SET turn = excluded.turn, speaker = excluded.speaker, text = excluded.text, thoughts = excluded.thoughts
"""
_CLEAR = "DELETE FROM drafts WHERE room = ?"


class SqliteDrafts:
    """`Drafts`: in memory, and in the database at most once a second. A turn shorter than that is never written."""

    def __init__(self, reader: Reader, writer: Writes, clock: Clock, news: News):
        self._reader, self._writer, self._clock, self._news = reader, writer, clock, news
        self._drafts: dict[str, OpenDraft] = {}
        self._unwritten: dict[str, OpenDraft] = {}
        self._written: set[str] = set()
        self._stir = asyncio.Event()

    async def load(self) -> None:
        """Take up the drafts that an earlier process left."""
        for room, upto, speaker, text, thoughts in await self._reader.fetch(_ALL):
            started = TurnStarted(speaker=speaker, upto=upto, rung="")
            draft = Draft(text=text, thoughts=thoughts)
            self._drafts[room] = OpenDraft(room=room, started=started, draft=draft)
            self._written.add(room)

    async def write(self, draft: OpenDraft) -> None:
        """Keep it, tell watchers, write it with the next second's."""
        self._drafts[draft.room] = self._unwritten[draft.room] = draft
        self._stir.set()
        self._news.tell(draft.room)

    async def read(self, room: str) -> OpenDraft | None:
        """The room's draft."""
        return self._drafts.get(room)

    async def clear(self, room: str) -> None:
        """Forget it, and delete its row where there is one."""
        if room not in self._drafts:
            return
        written = room in self._written
        self._forget(room)
        self._news.tell(room)
        if written:
            await self._writer.write((_CLEAR, (room,)))

    def blank(self, room: str) -> None:
        """Forget its words, but not whose turn it is; whoever calls deletes its row."""
        if room in self._drafts:
            blank = replace(self._drafts[room], draft=Draft(text=""))
            self._forget(room)
            self._drafts[room] = blank
            self._news.tell(room)

    def _forget(self, room: str) -> None:
        self._drafts.pop(room, None)
        self._unwritten.pop(room, None)
        self._written.discard(room)

    async def serve(self) -> None:
        """Write what changed, once a second, until cancelled."""
        while True:
            await self._stir.wait()
            await self._clock.sleep(EVERY)
            try:
                await self._flush()
            except StoreFailed as error:
                LOGGER.warning("Growing texts are written again in %s s: %s", EVERY, error)

    async def last_flush(self) -> None:
        """Write what changed before the store closes."""
        try:
            await self._flush()
        except StoreFailed as error:
            LOGGER.warning("Growing texts of the last second are lost: %s", error)

    async def _flush(self) -> None:
        drafts, self._unwritten = self._unwritten, {}
        self._stir.clear()
        if not drafts:
            return
        self._written |= drafts.keys()
        try:
            await self._writer.write(*((_WRITE, _row(draft)) for draft in drafts.values()))
        except StoreFailed:
            still = {room: draft for room, draft in drafts.items() if room in self._drafts}
            self._unwritten = still | self._unwritten
            self._stir.set()
            raise


def _row(open_draft: OpenDraft) -> tuple[object, ...]:
    started, draft = open_draft.started, open_draft.draft
    if not open_draft.visible_to(None):
        draft = Draft(text="")  # the row does not say for whom the text is, so a later process would show it to all
    return open_draft.room, started.upto, started.speaker, _whole(draft.text), _whole(draft.thoughts)


def _whole(text: str) -> str:
    """A text that grows may end in half an emoji, which cannot be written down."""
    return text.encode(errors="replace").decode()
