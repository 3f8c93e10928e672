"""Opening the store: the lock, the connections, the schema, the task that commits."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.sqlite_store.connection import Connection
from adapters.sqlite_store.drafts import SqliteDrafts
from adapters.sqlite_store.failures import store_failed
from adapters.sqlite_store.heads import Newest
from adapters.sqlite_store.ledger import SqliteLedger
from adapters.sqlite_store.lock import exclusive
from adapters.sqlite_store.log import SqliteLog
from adapters.sqlite_store.reader import PATIENCE, Reader
from adapters.sqlite_store.schema import migrate, steps, version_of
from adapters.sqlite_store.tables import SqliteFacts, SqliteFiles, SqliteReceipts, SqliteSchedule, SqliteSnapshots
from adapters.sqlite_store.writer import Writer
from adapters.sqlite_store.writes import NoWriter, Writes
from agents.errors import StoreFailed
from agents.ports import Clock, News

OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING."""

_PRAGMAS = (
    "PRAGMA busy_timeout = 2000",  # milliseconds
    "PRAGMA page_size = 4096",  # what the padding in 0001.sql counts on; only a new file takes it
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL may lose acknowledged events when the power fails
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",  # no text in files beside the database
)


class SqliteStore:
    """All of the store's ports, as attributes."""

    def __init__(self, reader: Reader, writer: Writes, clock: Clock, news: News, newest: Newest | None = None):
        self.drafts = SqliteDrafts(reader, writer, clock, news)
        self.log = SqliteLog(reader, writer, news, self.drafts, newest)
        self.receipts = SqliteReceipts(reader, writer, clock)
        self.ledger = SqliteLedger(reader, writer)
        self.files = SqliteFiles(reader, writer)
        self.facts = SqliteFacts(reader, writer)
        self.snapshots = SqliteSnapshots(reader, writer)
        self.schedule = SqliteSchedule(reader, writer)


@asynccontextmanager
async def open_store(path: Path | str, clock: Clock) -> AsyncGenerator[SqliteStore]:
    """Open the database at ``path``, made or upgraded where needed, for this process alone.

    Everything that was accepted is written before it closes. Raises `StoreInUse` where another process has it open,
    `StoreIsNewer` for one that a newer version wrote, and `StoreFailed`.
    """
    path = _new_or_found(path)
    with exclusive(path):
        async with _connected(path) as writing, _connected(path) as reading:
            await _ready(writing, reading, path)
            news, newest = News(), Newest()
            reader, writer = Reader(reading, path), Writer(writing, path, clock, news, newest)
            store = SqliteStore(reader, writer, clock, news, newest)
            await store.drafts.load()
            async with _serving(store.drafts, writer):
                yield store


@asynccontextmanager
async def open_for_reading(path: Path | str, clock: Clock) -> AsyncGenerator[SqliteStore]:
    """Open the database at ``path`` to read from, also while another process writes it.

    Whatever writes raises `StoreFailed`, and so does opening a database that must be upgraded first.
    """
    path = _found(path)
    async with _connected(path) as reading:
        await _readable(reading, path)
        store = SqliteStore(Reader(reading, path), NoWriter(path), clock, News())
        await store.drafts.load()
        yield store


def _new_or_found(path: Path | str) -> Path:
    """Where the database is. A new one may be read by this user only; SQLite gives files beside it the same mode."""
    path = Path(path).resolve()
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreFailed(
            f"The database {path} cannot be opened ({error.strerror}); check that its folder exists and that this "
            "user may read and write it."
        ) from error
    return path


def _found(path: Path | str) -> Path:
    path = Path(path).resolve()
    if not path.exists():
        raise StoreFailed(f"There is no database at {path}; name the one that tertulia run writes.")
    return path


@asynccontextmanager
async def _connected(path: Path) -> AsyncGenerator[Connection]:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreFailed(f"Python's SQLite is {sqlite3.sqlite_version} and Tertulia needs 3.35; use a newer Python.")
    connection = Connection(path)
    try:
        await connection
    except sqlite3.Error as error:
        raise store_failed(path, error) from error
    try:
        yield connection
    finally:
        await connection.close()


async def _ready(writing: Connection, reading: Connection, path: Path) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            for pragma in _PRAGMAS:
                await writing.execute_fetchall(pragma)
        await migrate(writing, path)
        async with asyncio.timeout(PATIENCE):
            await reading.execute_fetchall(_PRAGMAS[0])
            await reading.execute_fetchall("PRAGMA query_only = ON")
    except (sqlite3.Error, TimeoutError) as error:
        raise store_failed(path, error) from error


async def _readable(reading: Connection, path: Path) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await reading.execute_fetchall(_PRAGMAS[0])
            await reading.execute_fetchall("PRAGMA query_only = ON")
            newest = max(steps())
            if await version_of(reading, path, newest) < newest:
                raise StoreFailed(
                    f"The database {path} was written by an older Tertulia; run tertulia run once to upgrade it."
                )
    except (sqlite3.Error, TimeoutError) as error:
        raise store_failed(path, error) from error


@asynccontextmanager
async def _serving(drafts: SqliteDrafts, writer: Writer) -> AsyncGenerator[None]:
    """Run the store's two tasks. What the body raises comes out as it is, not inside a group."""
    raised: BaseException | None = None
    async with asyncio.TaskGroup() as group:
        committing = group.create_task(writer.serve())
        flushing = group.create_task(drafts.serve())
        try:
            yield
        except BaseException as error:  # raised again below, when everything is written
            raised = error
        if not committing.cancelling():  # as it is after a bug in one of the two
            flushing.cancel()
            await drafts.last_flush()
            writer.close()
    if raised is not None:
        raise raised
