"""The rooms' logs in SQLite."""

import json
from collections.abc import Sequence

from msgspec.structs import replace

from adapters.sqlite_store.connection import Row
from adapters.sqlite_store.drafts import SqliteDrafts
from adapters.sqlite_store.heads import Newest
from adapters.sqlite_store.reader import Reader
from adapters.sqlite_store.writes import Writes
from agents.errors import StoreFailed
from agents.log.records import Entry, Record, decode_event, encode_event, files_of, storable, trace_of
from agents.ports import News, RoomWatch

_READ = """
SELECT seq, at, by, turn, source, type, v, body FROM events WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?
"""
_FIND = "SELECT seq, at, by, turn, source, type, v, body, room FROM events WHERE source = ?"
_HEAD = "SELECT coalesce(max(seq), 0) FROM events WHERE room = ?"
_TO_ERASE = """
SELECT seq, at, by, turn, source, type, v, body FROM events
WHERE room = ? AND seq IN (SELECT value FROM json_each(?)) AND body IS NOT NULL AND v > 0
"""
_ERASE = "UPDATE events SET body = ?, v = 0 WHERE room = ? AND seq = ?"  # version 0: a trace, and no event any more
_ERASE_SUMMARIES = """
UPDATE events SET body = NULL WHERE room = ? AND type = 'summarised' AND json_extract(body, '$.upto') >= ?
"""
_DROP_SNAPSHOT = "DELETE FROM snapshots WHERE room = ?"
_DROP_DRAFT = "DELETE FROM drafts WHERE room = ?"
_DROP_UNNAMED_FILES = """
DELETE FROM files WHERE sha256 IN (SELECT value FROM json_each(?))
AND NOT EXISTS (SELECT 1 FROM events WHERE instr(body, '"sha256":"' || sha256 || '"'))
"""


class SqliteLog:
    """`Log`. What is erased is in none of the database's files when `erase` returns."""

    def __init__(self, reader: Reader, writer: Writes, news: News, drafts: SqliteDrafts, newest: Newest | None):
        self._reader, self._writer, self._news, self._drafts = reader, writer, news, drafts
        self._newest = newest

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        """Encode here, number and insert with the next commit."""
        if not entries:
            return ()
        return await self._writer.append(room, [_encoded(entry) for entry in entries])

    async def read(self, room: str, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        """A range of the room's rows; the database is not asked for what is known without it."""
        newest = self._newest
        if newest is None:
            return await self._read(room, after, limit)
        known = newest.after(room, after)
        if known is not None:
            return known[:limit]
        doubts = newest.doubts
        records = await self._read(room, after, limit)
        if len(records) < limit and (records or not after):
            newest.learn(room, records[-1].seq if records else 0, doubts)
        return records

    async def _read(self, room: str, after: int, limit: int) -> tuple[Record, ...]:
        return tuple(_record(room, row) for row in await self._reader.fetch(_READ, room, after, limit))

    async def find(self, source: str) -> Record | None:
        """By the index that keeps sources unique."""
        for row in await self._reader.fetch(_FIND, source):
            return _record(row[-1], row[:-1])
        return None

    async def head(self, room: str) -> int:
        """The last entry of the room's index, unless the writer knows."""
        newest = self._newest
        if newest is not None and room in newest.heads:
            return newest.heads[room]
        doubts = newest.doubts if newest is not None else 0
        [(head,)] = await self._reader.fetch(_HEAD, room)
        if newest is not None:
            newest.learn(room, head, doubts)
        return head

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> RoomWatch:
        """Hear of this room, or of all, within this process."""
        return self._news.watch(room, *more, drafts=drafts)

    async def erase(self, room: str, seqs: Sequence[int]) -> int:
        """Blank the bodies and those of summaries made of them; drop their files, the room's snapshot and draft."""
        if not seqs:
            return 0
        wanted = json.dumps(sorted(seqs))
        erased = [_record(room, row) for row in await self._reader.fetch(_TO_ERASE, room, wanted)]
        if erased:
            files = sorted({file.sha256 for record in erased for file in files_of(record)})
            self._drafts.blank(room)
            await self._writer.write(
                *[(_ERASE, (_trace(record), room, record.seq)) for record in erased],
                (_ERASE_SUMMARIES, (room, min(record.seq for record in erased))),
                (_DROP_SNAPSHOT, (room,)),
                (_DROP_DRAFT, (room,)),
                (_DROP_UNNAMED_FILES, (json.dumps(files),)),
            )
            if self._newest is not None:
                self._newest.forget(room)
        if not await self._reader.empty_wal():
            raise StoreFailed(
                "What was erased is gone from the room, but another program reads the database and keeps its "
                "write-ahead log in use; close that program and erase once more, so that the file forgets it too."
            )
        return len(erased)


def _encoded(entry: Entry) -> tuple[Entry, str]:
    """The entry with its row's body; where that cannot hold all that was said, the entry says what it holds."""
    event, body = storable(entry.event)
    return (entry if event is entry.event else replace(entry, event=event)), body


def _record(room: str, row: Row) -> Record:
    seq, at, by, turn, source, type_, v, body = row
    kept = None if body is None else decode_event(type_, body, v=v)
    event, trace = (kept, None) if v > 0 else (None, kept)
    return Record(room=room, seq=seq, at=at, by=by, event=event, turn=turn, source=source, trace=trace)


def _trace(record: Record) -> str | None:
    trace = trace_of(record.event) if record.event is not None else None
    return None if trace is None else encode_event(trace)
