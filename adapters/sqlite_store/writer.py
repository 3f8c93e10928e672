"""The only one who writes: what comes while it commits shares the next commit.

A lone append, or any other single statement, is one autocommit statement (half the cost of BEGIN, INSERT, COMMIT);
several together are one transaction. If that fails each is tried alone, so that only the guilty one fails.
"""

import asyncio
import json
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from aiosqlite import Connection

from adapters.sqlite_store.failures import store_failed
from adapters.sqlite_store.reader import PATIENCE, Row
from agents.errors import StoreFailed
from agents.news import News
from agents.ports import Clock
from agents.records import VERSION, Entry, Record, type_name

Statement: TypeAlias = tuple[str, Sequence[object]]
"""SQL and its parameters."""

WAITING = 1024
"""How many writes may wait; whoever comes then waits to be let in."""

TOGETHER = 256
"""How many writes share a commit at most."""

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


class Writes(Protocol):
    """Who takes a store's writes. Both methods raise `StoreFailed` for what was not written."""

    def head(self, room: str) -> int | None:
        """The newest seq of the room's log; None where it is not known without looking."""
        ...

    async def append(self, room: str, entries: Sequence[tuple[Entry, str]]) -> tuple[Record, ...]:
        """Append entries, each with its event's body, to the room's log; those with a known source are left out."""
        ...

    async def write(self, *statements: Statement) -> Sequence[Row]:
        """Run the statements in one transaction and return the last one's rows."""
        ...


class NoWriter:
    """Refuses to write a database that was opened for reading."""

    def __init__(self, path: Path):
        self._path = path

    def head(self, room: str) -> int | None:
        """Unknown: another process may write."""
        return None

    async def append(self, room: str, entries: Sequence[tuple[Entry, str]]) -> tuple[Record, ...]:
        """Refuse."""
        raise self._refusal()

    async def write(self, *statements: Statement) -> Sequence[Row]:
        """Refuse."""
        raise self._refusal()

    def _refusal(self) -> StoreFailed:
        return StoreFailed(f"The database {self._path} was opened for reading only; write through tertulia run.")


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

    def __init__(self, connection: Connection, path: Path, clock: Clock, news: News):
        self._connection, self._path, self._clock, self._news = connection, path, clock, news
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Append | _Write] = deque()
        self._stir, self._place = asyncio.Event(), asyncio.Event()
        self._knocking = 0
        self._closing = False
        self._heads: dict[str, int] = {}

    def head(self, room: str) -> int | None:
        """Known of every room that was written to since the last failure: nobody else writes."""
        return self._heads.get(room)

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

    async def serve(self) -> None:
        """Commit what comes, until `close` and nothing is left."""
        while self._queue or self._knocking or not self._closing:
            if not self._queue:
                self._stir.clear()
                await self._stir.wait()
                continue
            batch = [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]
            self._place.set()
            await self._commit([each for each in batch if not each.done.done()])

    def close(self) -> None:
        """Take nothing more; `serve` writes what came and ends."""
        self._closing = True
        self._stir.set()

    async def _enqueue(self, one: _Append | _Write) -> None:
        if self._closing:
            raise StoreFailed(f"The database {self._path} is closed; open it again to write.")
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

    async def _commit(self, batch: Sequence[_Append | _Write]) -> None:
        appends = [each for each in batch if isinstance(each, _Append)]
        writes = [each for each in batch if isinstance(each, _Write)]
        try:
            async with asyncio.timeout(PATIENCE):
                records, rows = await self._transact(appends, writes)
        except (sqlite3.Error, TimeoutError) as error:
            await self._recover()
            if len(batch) == 1 or type(error) in _EVERYBODYS:
                _fail(batch, [store_failed(self._path, error) for _ in batch], error)
            else:
                await self._commit_each(batch)
        except Exception as error:  # a caller's bug, such as text that is no Unicode, is raised at the caller
            await self._recover()
            if len(batch) == 1:
                _fail(batch, [error], error.__cause__)
            else:
                await self._commit_each(batch)
        else:
            self._tell(appends, records, writes, rows)

    async def _commit_each(self, batch: Sequence[_Append | _Write]) -> None:
        for each in batch:
            await self._commit([each])

    def _tell(
        self,
        appends: Sequence[_Append],
        records: Sequence[tuple[Record, ...]],
        writes: Sequence[_Write],
        rows: Sequence[Sequence[Row]],
    ) -> None:
        for append, added in zip(appends, records, strict=True):
            if added:
                self._heads[append.room] = added[-1].seq
            # Before the news: who appended folds its records first, and then need not read them again.
            if not append.done.done():
                append.done.set_result(added)
            if added:
                self._news.tell(append.room, added[-1].seq)
        for write, fetched in zip(writes, rows, strict=True):
            if not write.done.done():
                write.done.set_result(fetched)

    async def _transact(
        self, appends: Sequence[_Append], writes: Sequence[_Write]
    ) -> tuple[list[tuple[Record, ...]], list[Sequence[Row]]]:
        await self._learn_heads({append.room for append in appends})
        try:
            return await self._attempt(appends, writes, frozenset())
        except sqlite3.IntegrityError:
            # Sources are looked up only now: a message that was heard before is the exception.
            await self._recover()
            known = await self._known(appends)
            if not known:
                raise
            await self._learn_heads({append.room for append in appends})
            return await self._attempt(appends, writes, known)

    async def _attempt(
        self, appends: Sequence[_Append], writes: Sequence[_Write], known: frozenset[str]
    ) -> tuple[list[tuple[Record, ...]], list[Sequence[Row]]]:
        numbered, values = self._number(appends, known)
        inserts = list(_inserts(values))
        statements = [*inserts, *(statement for write in writes for statement in write.statements)]
        if len(statements) > 1:
            await self._run("BEGIN IMMEDIATE")
        fetched = [await self._run(sql, parameters) for sql, parameters in statements]
        if len(statements) > 1:
            await self._run("COMMIT")
        rows: list[Sequence[Row]] = []
        end = len(inserts)
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
            seq = heads.get(room, self._heads[room])
            added: list[Record] = []
            for entry, body in append.entries:
                if entry.source is not None:
                    if entry.source in seen:
                        continue
                    seen.add(entry.source)
                seq += 1
                event, by, turn, source = entry.event, entry.by, entry.turn, entry.source
                added.append(Record(room=room, seq=seq, at=at, by=by, event=event, turn=turn, source=source))
                values.append((room, seq, at, by, turn, source, type_name(event), VERSION, body))
            heads[room] = seq
            numbered.append(tuple(added))
        return numbered, values

    async def _learn_heads(self, rooms: set[str]) -> None:
        if unknown := [room for room in rooms if room not in self._heads]:
            self._heads.update(await self._run(_HEADS, (json.dumps(unknown),)))

    async def _known(self, appends: Sequence[_Append]) -> frozenset[str]:
        sources = [entry.source for append in appends for entry, _ in append.entries if entry.source]
        return frozenset(source for (source,) in await self._run(_KNOWN, (json.dumps(sources),)))

    async def _run(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Row]:
        return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]

    async def _recover(self) -> None:
        """After a failure nothing is believed: not the transaction, not the numbers."""
        self._heads.clear()
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
