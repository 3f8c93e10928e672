"""S8: an older database is upgraded with nothing lost, once, and whole or not at all."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiosqlite
import pytest

from adapters.sqlite_store import open_store
from adapters.sqlite_store.schema import MIGRATIONS, migrate, steps
from agents.errors import StoreIsNewer
from agents.testing import FakeClock
from tests.adapters.sqlite_store.saying import said, texts

RENAME = """
BEGIN IMMEDIATE;
ALTER TABLE events ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';
PRAGMA user_version = {version};
COMMIT;
"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations of a version to come."""
    folder = tmp_path / "later"
    shutil.copytree(MIGRATIONS, folder)
    newest = max(steps()) + 1
    (folder / f"{newest:04}.sql").write_text(RENAME.format(version=newest))
    return folder


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        yield connection


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def test_migrations_are_numbered_without_gaps() -> None:
    assert list(steps()) == list(range(1, len(steps()) + 1))


async def test_s8_an_older_database_is_upgraded_with_nothing_lost(path: Path, clock: FakeClock, later: Path) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one", source="web:1"), said("two")])

    for _ in range(2):
        async with connected(path) as connection:
            await migrate(connection, path, later)

    assert version(path) == max(steps()) + 1
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT seq, source, mood FROM events ORDER BY seq").fetchall()
    assert rows == [(1, "web:1", "calm"), (2, None, "calm")]


async def test_s8_an_upgraded_database_is_refused_by_the_older_version(
    path: Path, clock: FakeClock, later: Path
) -> None:
    async with connected(path) as connection:
        await migrate(connection, path, later)

    with pytest.raises(StoreIsNewer):
        async with open_store(path, clock):
            pytest.fail("an older version opened it")


async def test_s8_a_migration_that_fails_leaves_everything_as_it_was(path: Path, clock: FakeClock, later: Path) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one")])
    newest = max(steps(later))
    (later / f"{newest:04}.sql").write_text(
        f"BEGIN IMMEDIATE; DROP TABLE receipts; DROP TABLE nonsense; PRAGMA user_version = {newest}; COMMIT;"
    )

    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        async with connected(path) as connection:
            await migrate(connection, path, later)

    assert version(path) == max(steps())
    async with open_store(path, clock) as store:
        assert await texts(store) == ["one"]
        assert (await store.receipts.claim("key")).fresh
