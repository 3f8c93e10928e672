"""Opening and closing: one process writes, others may read, and files that are none of ours are refused."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from adapters.sqlite_store import StoreInUse, open_for_reading, open_store, store
from adapters.sqlite_store.drafts import SqliteDrafts
from agents.errors import StoreFailed, StoreIsNewer
from agents.log.events import TurnStarted
from agents.ports import Amount, Cap, Draft, OpenDraft
from agents.testing import FakeClock
from tests.adapters.sqlite_store.saying import said, texts

NOBODY = 65534


async def test_everything_survives_closing_and_opening(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        appended = await store.log.append("web:lobby", [said("hello", source="web:1"), said("again")])
        sha256 = await store.files.put(b"plot")
        await store.receipts.claim("begun")
        await store.receipts.settle("done", "42")
        reservation = await store.ledger.reserve({"room": Cap(usd=1.0)}, Amount(usd=0.5, tokens=7))
        await store.ledger.grant("room", Amount(usd=0.5), source="web:1")
        await store.facts.put("bindings", "slack:C1", "coding")
        await store.snapshots.save("web:lobby", 2, "{}")
        await store.schedule.wake_at("web:garden", clock.now() + 5)

    async with open_store(path, clock) as store:
        assert await store.log.read("web:lobby") == appended
        assert await store.log.append("web:lobby", [said("hello", source="web:1")]) == ()
        assert [record.seq for record in await store.log.append("web:lobby", [said("third")])] == [3]
        assert await store.files.get(sha256) == b"plot"
        assert not (await store.receipts.claim("begun")).fresh
        assert (await store.receipts.claim("done")).platform_id == "42"
        assert await store.ledger.spent("room") == Amount(usd=0.5, tokens=7)
        await store.ledger.reserve({"room": Cap(usd=1.0)}, Amount(usd=1.0))
        await store.ledger.charge(reservation, Amount())
        assert await store.ledger.spent("room") == Amount(usd=1.0)
        assert await store.facts.items("bindings") == {"slack:C1": "coding"}
        assert await store.snapshots.load("web:lobby") == (2, "{}")
        assert await store.schedule.due(clock.now()) == ("web:lobby",)
        assert await store.schedule.due(clock.now() + 5) == ("web:lobby", "web:garden")
        assert await store.schedule.rooms() == ("web:garden", "web:lobby")


async def test_the_first_ones_pid_is_told_to_the_second(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock):
        with pytest.raises(StoreInUse, match=f"^Tertulia with pid {os.getpid()} has the database .* open;") as raised:
            async with open_store(path, clock):
                pytest.fail("two had it open")
        assert raised.value.pid == str(os.getpid())
        assert "may only read: tertulia export" in str(raised.value)


HOLD = """
import sys
from pathlib import Path
from adapters.sqlite_store.lock import exclusive

with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def another_process(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def test_another_process_keeps_the_database_until_it_ends_however_it_ends(path: Path, clock: FakeClock) -> None:
    with another_process(path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(StoreInUse) as raised:
            async with open_store(path, clock):
                pytest.fail("two had it open")
        assert raised.value.pid == str(first.pid)
        first.kill()

    async with open_store(path, clock) as store:
        assert await store.schedule.rooms() == ()


async def test_others_may_read_while_one_writes(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one")])
        async with open_for_reading(path, clock) as reader:
            assert await texts(reader) == ["one"]
            await store.log.append("web:lobby", [said("two")])
            assert await texts(reader) == ["one", "two"]


async def test_a_reader_cannot_write(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one")])
        await store.drafts.write(
            OpenDraft(
                room="web:lobby", started=TurnStarted(speaker="agent:a", upto=1, rung=""), draft=Draft(text="grow")
            )
        )

    async with open_for_reading(path, clock) as reader:
        draft = await reader.drafts.read("web:lobby")
        assert draft is not None
        with pytest.raises(StoreFailed, match="opened for reading only"):
            await reader.log.append("web:lobby", [said("two")])
        with pytest.raises(StoreFailed, match="opened for reading only"):
            await reader.facts.put("a", "b", "c")
        with pytest.raises(StoreFailed, match="opened for reading only"):
            await reader.log.erase("web:lobby", [1])
    async with open_for_reading(path, clock) as reader:
        assert await texts(reader) == ["one"]


async def test_there_must_be_something_to_read(path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreFailed, match=r"There is no database at .*tertulia.db"):
        async with open_for_reading(path, clock):
            pytest.fail("opened what is not there")
    assert os.listdir(path.parent) == []


async def test_an_empty_file_is_not_upgraded_by_reading(path: Path, clock: FakeClock) -> None:
    write(path, b"")
    with pytest.raises(StoreFailed, match="older Tertulia; run tertulia run once"):
        async with open_for_reading(path, clock):
            pytest.fail("opened an empty file")


async def test_s8_a_newer_database_is_refused_for_writing_and_reading(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one")])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()

    for opening in (open_store, open_for_reading):
        with pytest.raises(StoreIsNewer, match=r"has version 999 and this Tertulia reads up to .*; upgrade Tertulia"):
            async with opening(path, clock):
                pytest.fail("opened a newer database")


async def test_another_programs_database_is_left_alone(path: Path, clock: FakeClock) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE invoices (id INTEGER)")
    connection.close()

    for opening in (open_store, open_for_reading):
        with pytest.raises(StoreFailed, match="belongs to another program"):
            async with opening(path, clock):
                pytest.fail("opened another program's database")


async def test_s10_a_file_that_is_no_database_is_refused_and_left_as_it_was(path: Path, clock: FakeClock) -> None:
    write(path, b"Dear diary, " * 1000)

    for opening in (open_store, open_for_reading):
        with pytest.raises(StoreFailed, match=r"is not a database; name another file"):
            async with opening(path, clock):
                pytest.fail("opened a diary")
    assert read(path) == b"Dear diary, " * 1000


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreFailed, match=r"cannot be opened .*check that its folder exists"):
        async with open_store(tmp_path / "nowhere" / "tertulia.db", clock):
            pytest.fail("opened a database in no folder")


async def test_only_this_user_may_read_the_files(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("private")])
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert set(modes) == {"tertulia.db", "tertulia.db-wal", "tertulia.db-shm", "tertulia.db.lock"}
    assert set(modes.values()) == {0o600}


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def read(path: Path) -> bytes:
    return path.read_bytes()


@contextmanager
def an_ordinary_user() -> Iterator[Path]:
    """Root may write everything; be somebody else for a while, in a folder that is open to all."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            own = Path(folder) / "own"
            own.mkdir()
            yield own
        finally:
            if root:
                os.seteuid(0)


async def test_s10_a_read_only_file_is_a_clear_sentence_and_may_be_read(clock: FakeClock) -> None:
    with an_ordinary_user() as folder:
        path = folder / "tertulia.db"
        async with open_store(path, clock) as store:
            await store.log.append("web:lobby", [said("before")])
        os.chmod(path, 0o400)

        with pytest.raises(
            StoreFailed, match=r"cannot be opened \(Permission denied\); check that .* may read and write"
        ):
            async with open_store(path, clock):
                pytest.fail("opened a read-only file to write")
        async with open_for_reading(path, clock) as reader:
            assert await texts(reader) == ["before"]


async def test_s10_a_folder_that_may_not_be_written_is_a_clear_sentence(clock: FakeClock) -> None:
    with an_ordinary_user() as folder:
        path = folder / "tertulia.db"
        async with open_store(path, clock) as store:
            await store.log.append("web:lobby", [said("before")])
        os.chmod(folder, 0o500)

        with pytest.raises(StoreFailed, match="may not be written; give this user write permission to the file and"):
            async with open_store(path, clock):
                pytest.fail("opened a database in a read-only folder")


async def test_s10_a_file_of_somebody_else_is_a_clear_sentence(clock: FakeClock) -> None:
    with an_ordinary_user() as folder:
        path = folder / "tertulia.db"
        write(path, b"")
        os.chmod(path, 0)

        with pytest.raises(StoreFailed, match="cannot be opened; check that its folder exists and that this user"):
            async with open_for_reading(path, clock):
                pytest.fail("read somebody else's file")


async def test_s10_a_lock_file_that_cannot_be_made_is_a_clear_sentence(clock: FakeClock) -> None:
    with an_ordinary_user() as folder:
        path = folder / "tertulia.db"
        write(folder / "tertulia.db.lock", b"")
        os.chmod(folder / "tertulia.db.lock", 0o400)

        with pytest.raises(StoreFailed, match=r"The lock file .*tertulia.db.lock cannot be written"):
            async with open_store(path, clock):
                pytest.fail("opened without a lock")


async def test_what_the_body_raises_comes_out_as_it_is(path: Path, clock: FakeClock) -> None:
    class Odd(Exception):
        pass

    async def use() -> None:
        async with open_store(path, clock) as store:
            await store.log.append("web:lobby", [said("before")])
            raise Odd

    with pytest.raises(Odd):
        await use()
    async with open_store(path, clock) as store:
        assert await texts(store) == ["before"]


async def test_cancelling_the_body_closes_the_store(path: Path, clock: FakeClock) -> None:
    opened = asyncio.Event()

    async def use() -> None:
        async with open_store(path, clock) as store:
            await store.log.append("web:lobby", [said("before")])
            opened.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        using = group.create_task(use())
        await opened.wait()
        using.cancel()

    assert using.cancelled()
    async with open_store(path, clock) as store:
        assert await texts(store) == ["before"]


async def test_what_waits_to_be_written_when_the_store_closes_is_written(path: Path, clock: FakeClock) -> None:
    async with asyncio.TaskGroup() as group:
        async with open_store(path, clock) as store:
            appends = [group.create_task(store.log.append(f"web:{n}", [said("late")])) for n in range(2000)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        results = [await append for append in appends if not append.cancelled()]
    assert len(results) == 2000
    async with open_store(path, clock) as store:
        assert len(await store.schedule.rooms()) == 2000


async def test_a_closed_store_takes_nothing_more(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        pass
    with pytest.raises(StoreFailed, match="is closed; open it again to write"):
        await store.log.append("web:lobby", [said("too late")])


async def test_a_bug_in_a_task_of_the_store_ends_its_user(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bug(Exception):
        pass

    async def serve(drafts: SqliteDrafts) -> None:
        raise Bug

    monkeypatch.setattr(SqliteDrafts, "serve", serve)
    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(10), open_store(path, clock):
            await asyncio.Event().wait()
    assert raised.group_contains(Bug)


async def test_an_sqlite_that_is_too_old_is_named(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(StoreFailed, match=r"Tertulia needs 3\.35; use a newer Python"):
        async with open_store(path, clock):
            pytest.fail("opened with an old SQLite")
