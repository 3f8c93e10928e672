"""What need not be durable at once waits for somebody else's commit, though not for long; a crash may forget it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite_store import open_for_reading, open_store, writer
from agents.errors import StoreFailed
from agents.testing import FakeClock, until
from tests.adapters.sqlite_store.saying import said


async def kept(path: Path, clock: FakeClock) -> dict[str, str]:
    """What another process would find."""
    async with open_for_reading(path, clock) as store:
        return await store.facts.items("cursors")


async def test_what_may_wait_is_written_with_the_next_commit_and_before_it(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOMENT", 3600.0)
    async with open_store(path, clock) as store:
        await store.facts.put("cursors", "lane", "1", soon=True)
        await store.facts.put("cursors", "gone", "1", soon=True)
        await store.facts.delete("cursors", "gone", soon=True)
        assert await kept(path, clock) == {}
        await store.log.append("web:lobby", [said("hello")])

        assert await kept(path, clock) == {"lane": "1"}
        await store.facts.put("cursors", "lane", "2", soon=True)
        await store.facts.put("cursors", "lane", "3")
        assert await kept(path, clock) == {"lane": "3"}


async def test_what_may_wait_is_written_by_itself_when_nothing_else_is(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.facts.put("cursors", "lane", "1", soon=True)

        async def is_there() -> bool:
            return await kept(path, clock) == {"lane": "1"}

        await until(is_there)


async def test_what_waits_is_read_by_whoever_wrote_it(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOMENT", 3600.0)
    async with open_store(path, clock) as store:
        await store.facts.put("cursors", "lane", "1", soon=True)
        assert await store.facts.get("cursors", "lane") == "1"
        await store.log.append("web:lobby", [said("hello")])
        await store.schedule.settle("web:lobby", 1, None)
        assert await store.schedule.due(clock.now()) == ()
        await store.receipts.claim("key")
        await store.receipts.settle("key", "42")
        assert (await store.receipts.claim("key")).platform_id == "42"


async def test_what_waits_is_written_when_the_store_closes_and_nothing_after(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.facts.put("cursors", "lane", "1", soon=True)

    assert await kept(path, clock) == {"lane": "1"}
    with pytest.raises(StoreFailed, match="is closed"):
        await store.facts.put("cursors", "lane", "2", soon=True)
    async with open_for_reading(path, clock) as store:
        with pytest.raises(StoreFailed, match="opened for reading only"):
            await store.facts.put("cursors", "lane", "2", soon=True)


async def test_s10_what_a_locked_database_did_not_take_is_tried_again_in_its_place(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PAUSE", 0.01)
    async with open_store(path, clock) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await store.facts.put("cursors", "lane", "1", soon=True)
            with pytest.raises(StoreFailed, match="locked"):
                await store.facts.put("cursors", "other", "1")
            await store.facts.put("cursors", "lane", "2", soon=True)

        async def is_there() -> bool:
            return await kept(path, clock) == {"lane": "2"}

        await until(is_there)


async def test_s10_closing_does_not_wait_for_a_database_that_stays_locked(
    path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        async with open_store(path, clock) as store:
            await store.facts.put("cursors", "lane", "1", soon=True)
            other.execute("BEGIN IMMEDIATE")

    assert "What a crash may forget was not written (Another program keeps the database" in caplog.text
    assert await kept(path, clock) == {}


@pytest.mark.parametrize("body", [None, "\ud83d"], ids=["the schema forbids it", "it is no Unicode"])
async def test_what_cannot_be_written_harms_nothing_else(
    path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture, body: str | None
) -> None:
    async with open_store(path, clock) as store:
        await store.facts.put("cursors", "wrong", body, soon=True)
        await store.facts.put("cursors", "lane", "1", soon=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(store.log.append("web:lobby", [said("hello")]))
            group.create_task(store.facts.put("cursors", "other", "1"))

        assert await store.facts.items("cursors") == {"lane": "1", "other": "1"}
        await store.facts.put("cursors", "wrong", body, soon=True)
        assert await store.facts.items("cursors") == {"lane": "1", "other": "1"}
    assert caplog.text.count("What a crash may forget was not written") == 2


async def test_only_so_much_may_wait(path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WAITING", 2)
    monkeypatch.setattr(writer, "MOMENT", 3600.0)
    async with open_store(path, clock) as store:
        await store.facts.put("cursors", "1", "1", soon=True)
        await store.facts.put("cursors", "2", "2", soon=True)
        with pytest.raises(StoreFailed, match="So much waits for the disk"):
            await store.facts.put("cursors", "3", "3", soon=True)
        assert await store.facts.items("cursors") == {"1": "1", "2": "2"}
        await store.facts.put("cursors", "3", "3", soon=True)
