"""What is looked up is found by an index, however much is kept, and also beside a process that writes (S7)."""

import sqlite3
from pathlib import Path

import pytest

from adapters.sqlite_store import open_for_reading, open_store
from adapters.sqlite_store.log import _FIND, _HEAD
from adapters.sqlite_store.tables import _AWAKE, _CLAIMED, _ROOMS
from agents.testing import FakeClock
from tests.adapters.sqlite_store.saying import said


@pytest.mark.parametrize("sql", [_FIND, _HEAD, _CLAIMED, _ROOMS, _AWAKE])
async def test_s7_a_lookup_searches_an_index_and_sorts_nothing(tmp_path: Path, sql: str) -> None:
    async with open_store(tmp_path / "rooms.db", FakeClock()):
        pass
    with sqlite3.connect(tmp_path / "rooms.db") as database:
        plan = [row[-1] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", ["x"] * sql.count("?"))]
    assert len(plan) == 1
    assert plan[0].startswith("SEARCH ")


async def test_a_store_opened_for_reading_finds_the_same(tmp_path: Path) -> None:
    path, clock = tmp_path / "rooms.db", FakeClock()
    async with open_store(path, clock) as store:
        (record,) = await store.log.append("slack:T1/C1/1.1", [said("hello", source="slack:1")])
        await store.receipts.claim("key")
        async with open_for_reading(path, clock) as reading:
            assert await reading.log.find("slack:1") == record
            assert await reading.log.head("slack:T1/C1/1.1") == 1
            assert await reading.schedule.awake("slack:T1/C1") == ("slack:T1/C1/1.1",)
            assert await reading.receipts.get("key") == await store.receipts.get("key")


async def test_where_a_log_ends_is_asked_of_the_database_once(tmp_path: Path) -> None:
    path, clock = tmp_path / "rooms.db", FakeClock()
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("hello"), said("again")])
    async with open_store(path, clock) as store:
        assert await store.log.head("web:lobby") == 2
        fetch, store.log._reader = store.log._reader, None  # type: ignore[assignment]
        assert await store.log.head("web:lobby") == 2
        store.log._reader = fetch
