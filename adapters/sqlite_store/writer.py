"""The one task that writes to the database: what comes while it commits shares the next commit.

A lone append, or any other single statement, is one autocommit statement (half the cost of BEGIN, INSERT, COMMIT);
several together are one transaction. If that fails each is tried alone, so that only the guilty one fails.

What need not be durable at once rides with the next commit, whoever's it is, and gets one of its own only if none
comes in a moment.
"""

import asyncio
import json
import logging
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from adapters.sqlite_store.connection import Connection, Row, Statement
from adapters.sqlite_store.failures import store_failed
from adapters.sqlite_store.heads import Newest
from adapters.sqlite_store.reader import PATIENCE
from agents.errors import StoreFailed
from agents.log.events import TurnStarted
from agents.log.records import THIS_TURN, Entry, Record, type_name, version_of
from agents.ports import Clock, News

LOGGER = logging.getLogger(__name__)

WAITING = 1024
"""How many writes may wait; whoever comes then waits to be let in. Of late statements, how many are kept."""

TOGETHER = 256
"""How many writes share a commit at most."""

MOMENT = 0.02
"""Seconds that a late statement waits for somebody else's commit."""

PAUSE = 1.0
"""Seconds after which late statements are tried again that a failing disk did not take."""

HOPE = 60.0
"""Seconds that a failed commit is given to be taken back. After that the store ends, for nothing is known any more."""

ROWS = 64
"""How many events one statement inserts at most."""

_HEADS = "SELECT value, coalesce((SELECT max(seq) FROM events WHERE room = value), 0) FROM json_each(?)"
_KNOWN = "SELECT source FROM events WHERE source IN (SELECT value FROM json_each(?))"
_INSERT = "INSERT INTO events (room, seq, at, by, turn, source, type, v, body) VALUES "
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"

_EVERYBODYS = (sqlite3.OperationalError, sqlite3.DatabaseError, TimeoutError)
"""Errors of the database and its disk: trying each write alone would only take longer."""


class _Append(NamedTuple):
    done: asyncio.Future[tuple[Record, ...]]
    room: str
    entries: Sequence[tuple[Entry, str]]


class _Write(NamedTuple):
    done: asyncio.Future[Sequence[Row]]
    statements: Sequence[Statement]


class Writer:
    """`Writes` to one connection; each caller waits for the commit that holds its own.

    Cancelling a caller takes back what was not begun; what was begun is written all the same.
    """

    def __init__(self, connection: Connection, path: Path, clock: Clock, news: News, newest: Newest):
        self._connection, self._path, self._clock = connection, path, clock
        self._news, self._newest = news, newest
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Append | _Write] = deque()
        self._late: list[Statement] = []
        self._unwritten = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._stir, self._place = asyncio.Event(), asyncio.Event()
        self._knocking = 0
        self._closing = False

    async def append(self, room: str, entries: Sequence[tuple[Entry, str]]) -> tuple[Record, ...]:
        """Append with the next commit."""
        append = _Append(self._loop.create_future(), room, entries)
        await self._enqueue(append)
        return await append.done

    async def write(self, *statements: Statement) -> Sequence[Row]:
        """Run with the next commit."""
        write = _Write(self._loop.create_future(), statements)
        await self._enqueue(write)
        return await write.done

    def later(self, *statements: Statement) -> None:
        """Keep them for the next commit, and see to it that there is one."""
        self._refuse_if_closed()
        if self._unwritten >= WAITING:
            raise StoreFailed(f"So much waits for the disk of {self._path} that this must be tried again later.")
        self._late.extend(statements)
        self._unwritten += len(statements)
        if self._alarm is None:
            self._alarm = self._loop.call_later(MOMENT, self._ring)

    async def flush(self) -> None:
        """Wait for a commit, if one is needed."""
        if self._unwritten:
            await self.write()

    async def serve(self) -> None:
        """Commit what comes, until `close` and nothing is left."""
        while self._queue or self._knocking or self._late or not self._closing:
            if not self._queue and not (self._late and self._alarm is None):
                self._stir.clear()
                await self._stir.wait()
                continue
            batch = [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]
            self._place.set()
            await self._commit([each for each in batch if not each.done.done()], self._take_late())

    def close(self) -> None:
        """Take nothing more; `serve` writes what came and ends."""
        self._closing = True
        self._ring()

    async def _enqueue(self, one: _Append | _Write) -> None:
        self._refuse_if_closed()
        while len(self._queue) >= WAITING:
            self._place.clear()
            self._knocking += 1
            try:
                await self._place.wait()
            finally:
                self._knocking -= 1
                self._stir.set()
        self._queue.append(one)
        self._stir.set()

    def _refuse_if_closed(self) -> None:
        if self._closing:
            raise StoreFailed(f"The database {self._path} is closed; open it again to write.")

    def _ring(self) -> None:
        """No more waiting for somebody else's commit."""
        self._quiet()
        self._stir.set()

    def _quiet(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _take_late(self) -> Sequence[Statement]:
        self._quiet()
        late, self._late = self._late, []
        return late

    async def _commit(self, batch: Sequence[_Append | _Write], late: Sequence[Statement]) -> None:
        appends = [each for each in batch if isinstance(each, _Append)]
        writes = [each for each in batch if isinstance(each, _Write)]
        try:
            async with asyncio.timeout(PATIENCE):
                records, rows = await self._transact(appends, writes, late)
        except (sqlite3.Error, TimeoutError) as error:
            await self._recover()
            everybodys = type(error) in _EVERYBODYS
            if everybodys or len(batch) + len(late) == 1:
                self._drop(late, store_failed(self._path, error), again=everybodys)
                _fail(batch, [store_failed(self._path, error) for _ in batch], error)
            else:
                await self._commit_each(batch, late)
        except Exception as error:  # a caller's bug, such as text that is no Unicode, is raised at the caller
            await self._recover()
            if len(batch) + len(late) == 1:
                self._drop(late, error)
                _fail(batch, [error for _ in batch], error.__cause__)
            else:
                await self._commit_each(batch, late)
        else:
            self._unwritten -= len(late)
            self._tell(appends, records, writes, rows)

    async def _commit_each(self, batch: Sequence[_Append | _Write], late: Sequence[Statement]) -> None:
        for statement in late:
            await self._commit([], [statement])
        for each in batch:
            await self._commit([each], [])

    def _drop(self, late: Sequence[Statement], error: Exception, *, again: bool = False) -> None:
        """Late statements were not written: as after a crash, whoever asked does it over, or the next commit does."""
        if again and not self._closing:
            self._late[:0] = late
            self._alarm = self._loop.call_later(PAUSE, self._ring) if self._late else None
        else:
            self._unwritten -= len(late)
            for sql, _ in late:
                LOGGER.warning("What a crash may forget was not written (%s): %s", error, " ".join(sql.split()[:3]))

    def _tell(
        self,
        appends: Sequence[_Append],
        records: Sequence[tuple[Record, ...]],
        writes: Sequence[_Write],
        rows: Sequence[Sequence[Row]],
    ) -> None:
        for append, added in zip(appends, records, strict=True):
            if added:
                self._newest.add(append.room, added)
            # Before the news: who appended folds its records first, and then need not read them again.
            if not append.done.done():
                append.done.set_result(added)
            if added:
                self._news.tell(append.room, added[-1].seq)
        for write, fetched in zip(writes, rows, strict=True):
            if not write.done.done():
                write.done.set_result(fetched)

    async def _transact(
        self, appends: Sequence[_Append], writes: Sequence[_Write], late: Sequence[Statement]
    ) -> tuple[list[tuple[Record, ...]], list[Sequence[Row]]]:
        await self._learn_heads({append.room for append in appends})
        try:
            return await self._attempt(appends, writes, late, frozenset())
        except sqlite3.IntegrityError:
            # Sources are looked up only now: a message that was heard before is the exception.
            await self._recover()
            known = await self._known(appends)
            if not known:
                raise
            await self._learn_heads({append.room for append in appends})
            return await self._attempt(appends, writes, late, known)

    async def _attempt(
        self,
        appends: Sequence[_Append],
        writes: Sequence[_Write],
        late: Sequence[Statement],
        known: frozenset[str],
    ) -> tuple[list[tuple[Record, ...]], list[Sequence[Row]]]:
        numbered, values = self._number(appends, known)
        statements = [*late, *_inserts(values)]
        end = len(statements)
        for write in writes:
            statements += write.statements
        fetched = await self._connection.run(statements) if statements else []
        rows: list[Sequence[Row]] = []
        for write in writes:
            end += len(write.statements)
            rows.append(fetched[end - 1] if write.statements else ())
        return numbered, rows

    def _number(
        self, appends: Sequence[_Append], known: frozenset[str]
    ) -> tuple[list[tuple[Record, ...]], list[Sequence[object]]]:
        """The appended records, and the rows to insert for them."""
        at = self._clock.now()
        heads: dict[str, int] = {}
        seen = set(known)
        numbered: list[tuple[Record, ...]] = []
        values: list[Sequence[object]] = []
        for append in appends:
            room = append.room
            seq = heads.get(room, self._newest.heads[room])
            added: list[Record] = []
            this_turn = THIS_TURN
            for entry, body in append.entries:
                if entry.source is not None:
                    if entry.source in seen:
                        continue
                    seen.add(entry.source)
                seq += 1
                event, by, source = entry.event, entry.by, entry.source
                if isinstance(event, TurnStarted):
                    this_turn = seq
                turn = this_turn if entry.turn == THIS_TURN else entry.turn
                added.append(Record(room=room, seq=seq, at=at, by=by, event=event, turn=turn, source=source))
                values.append((room, seq, at, by, turn, source, type_name(event), version_of(event), body))
            heads[room] = seq
            numbered.append(tuple(added))
        return numbered, values

    async def _learn_heads(self, rooms: set[str]) -> None:
        heads = self._newest.heads
        if unknown := [room for room in rooms if room not in heads]:
            heads.update(await self._run(_HEADS, unknown))

    async def _known(self, appends: Sequence[_Append]) -> frozenset[str]:
        sources = [entry.source for append in appends for entry, _ in append.entries if entry.source]
        return frozenset(source for (source,) in await self._run(_KNOWN, sources))

    async def _run(self, sql: str, names: Sequence[str]) -> Sequence[Row]:
        (rows,) = await self._connection.run([(sql, (json.dumps(names),))])
        return rows

    async def _recover(self) -> None:
        """After a failure nothing is believed: not the transaction, not the numbers."""
        self._newest.doubt()
        try:
            async with asyncio.timeout(HOPE):
                # Without a transaction it does nothing; it waits its turn behind a statement that nobody waits for.
                await self._connection.rollback()
        except (sqlite3.Error, TimeoutError) as error:
            raise store_failed(self._path, error) from error


def _fail(batch: Sequence[_Append | _Write], failures: Sequence[Exception], cause: BaseException | None) -> None:
    for each, failure in zip(batch, failures, strict=True):
        if not each.done.done():
            failure.__cause__ = cause
            each.done.set_exception(failure)


def _inserts(values: Sequence[Sequence[object]]) -> Iterator[Statement]:
    for start in range(0, len(values), ROWS):
        rows = values[start : start + ROWS]
        yield _insert(len(rows)), [value for row in rows for value in row]


@lru_cache(maxsize=ROWS)
def _insert(rows: int) -> str:
    return _INSERT + ", ".join([_ROW] * rows)
