"""S10: what fails is said in a sentence, loses nothing that was written, and is over when its cause is gone."""

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import NoneType

import pytest

from adapters.sqlite_store import open_for_reading, open_store, reader, writer
from adapters.sqlite_store.failures import store_failed
from agents.errors import StoreFailed
from agents.log.events import Said, TurnStarted
from agents.log.records import Entry
from agents.ports import Draft, OpenDraft
from agents.testing import FakeClock, until
from tests.adapters.sqlite_store.saying import said, texts


@contextmanager
def a_small_disk(folder: Path, size: str = "512k") -> Iterator[Path]:
    """A disk of half a megabyte, or another size."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a disk that can be full needs the right to mount one")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


async def test_s10_a_full_disk_is_said_and_survived(tmp_path: Path, clock: FakeClock) -> None:
    with a_small_disk(tmp_path) as disk:
        path, ballast = disk / "tertulia.db", disk / "ballast"
        async with open_store(path, clock) as store:
            await store.log.append("web:lobby", [said("before")])
            fill(ballast)

            for _ in range(3):
                with pytest.raises(StoreFailed, match="is full and this was not written; free some space"):
                    await store.log.append("web:lobby", [said("too much " * 10_000, source="web:1")])
            assert await texts(store) == ["before"]

            ballast.unlink()
            (record,) = await store.log.append("web:lobby", [said("after", source="web:1")])
            assert record.seq == 2
        async with open_store(path, clock) as store:
            assert await texts(store) == ["before", "after"]


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return


async def test_s10_several_writes_to_a_full_disk_all_fail_and_all_succeed_later(
    tmp_path: Path, clock: FakeClock
) -> None:
    with a_small_disk(tmp_path) as disk:
        ballast = disk / "ballast"
        async with open_store(disk / "tertulia.db", clock) as store:
            await store.log.append("web:lobby", [said("before")])
            fill(ballast)

            results = await all_at_once(
                [store.log.append(f"web:{number}", [said("too much " * 2000)]) for number in range(8)]
            )
            assert [type(result) for result in results] == [StoreFailed] * 8
            assert await store.schedule.rooms() == ("web:lobby",)

            ballast.unlink()
            results = await all_at_once([store.log.append(f"web:{number}", [said("fits")]) for number in range(8)])
            assert not [result for result in results if isinstance(result, Exception)]
            assert len(await store.schedule.rooms()) == 9


async def all_at_once(coroutines: list) -> list[object]:
    """What each returned or raised."""

    async def result_of(coroutine) -> object:
        try:
            return await coroutine
        except Exception as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(result_of(coroutine)) for coroutine in coroutines]
    return [task.result() for task in tasks]


@contextmanager
def no_file_may_grow_beyond(size: int) -> Iterator[None]:
    """A disk that refuses bytes for another reason than being full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_s10_a_disk_that_fails_is_said_and_survived(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("before")])
        with (
            no_file_may_grow_beyond(100_000),
            pytest.raises(StoreFailed, match="failed and this was not written; check the disk"),
        ):
            await store.log.append("web:lobby", [said("x" * 500_000)])
        await store.log.append("web:lobby", [said("after")])

        assert await texts(store) == ["before", "after"]


async def test_s10_a_database_locked_by_another_program_is_said_and_survived(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("before")])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            results = await all_at_once(
                [store.log.append("web:lobby", [said("meanwhile")]), store.facts.put("a", "b", "c")]
            )
            assert [str(result).partition(str(path))[2] for result in results] == [
                " locked and this was not done; close that program and try again."
            ] * 2
            assert await texts(store) == ["before"]
        await store.log.append("web:lobby", [said("after")])

        assert await texts(store) == ["before", "after"]


async def test_s10_a_damaged_file_is_said(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("x" * 1000) for _ in range(200)])
    damage(path)

    async with open_store(path, clock) as store:
        with pytest.raises(StoreFailed, match="is damaged; stop Tertulia and restore a backup"):
            await store.log.read("web:lobby")
        with pytest.raises(StoreFailed, match="is damaged"):
            await store.log.append("web:lobby", [said("more")])


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 20)
        pages = os.stat(path).st_size // 4096 - 20
        file.write(b"\xee" * 4096 * pages)


@contextmanager
def a_disk_that_hangs(path: Path) -> Iterator[None]:
    """Another program's lock makes a commit wait for two seconds, far longer than these tests have patience."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def test_s10_a_disk_that_does_not_answer_is_said_and_survived(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("before")])
        with monkeypatch.context() as impatient, a_disk_that_hangs(path):
            impatient.setattr(writer, "PATIENCE", 0.01)
            both = [store.log.append("web:lobby", [said("perhaps", source="web:1")]), store.facts.put("a", "b", "c")]
            for result in await all_at_once(both):
                assert isinstance(result, StoreFailed)
                assert "does not answer, so nobody knows whether this was written" in str(result)
        with monkeypatch.context() as impatient:
            impatient.setattr(reader, "PATIENCE", 0.0)
            with pytest.raises(StoreFailed, match="does not answer"):
                await store.log.read("web:lobby")

        await store.log.append("web:lobby", [said("perhaps", source="web:1")])
        await store.log.append("web:lobby", [said("after")])
    async with open_for_reading(path, clock) as store:
        assert await texts(store) == ["before", "perhaps", "after"]


async def test_s10_a_disk_that_never_answers_ends_the_store(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.01)
    monkeypatch.setattr(writer, "HOPE", 0.01)

    async def use() -> None:
        async with open_store(path, clock) as store:
            with a_disk_that_hangs(path):
                await store.log.append("web:lobby", [said("perhaps")])

    with pytest.raises(ExceptionGroup) as raised:
        await use()
    assert raised.group_contains(StoreFailed, match="does not answer.*check the disk and start Tertulia again")


async def test_an_error_that_nobody_foresaw_is_quoted(path: Path) -> None:
    error = store_failed(path, sqlite3.OperationalError("no such table: events"))

    assert (
        str(error) == f"The database {path} refused a statement (no such table: events); please report this sentence."
    )


async def test_a_write_that_cannot_be_meant_fails_alone(path: Path, clock: FakeClock) -> None:
    half = "\ud83d"
    async with open_store(path, clock) as store:
        entries = [
            ("web:1", said("one")),
            ("web:2", Entry(event=Said(text="two"), by=half)),
            ("web:3", said("three", source="web:3")),
        ]
        results = await all_at_once([store.log.append(room, [entry]) for room, entry in entries])

        assert [type(result) for result in results] == [tuple, UnicodeEncodeError, tuple]
        assert await store.schedule.rooms() == ("web:1", "web:3")
        with pytest.raises(UnicodeEncodeError):
            await store.facts.put("bindings", half, "body")


async def test_what_another_writer_did_behind_our_back_is_an_error_and_then_known(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one")])
        with closing(sqlite3.connect(path)) as other:
            other.execute(
                "INSERT INTO events (room, seq, at, by, type, v, body) "
                "VALUES ('web:lobby', 2, 0, 'person:x', 'said', 1, '{\"text\":\"two\"}')"
            )
            other.commit()
        with pytest.raises(StoreFailed, match="refused a statement"):
            await store.log.append("web:lobby", [said("three")])
        await store.log.append("web:lobby", [said("three")])

        assert await texts(store) == ["one", "two", "three"]


async def test_a_write_that_breaks_a_rule_of_the_schema_fails_alone(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        results = await all_at_once(
            [
                store.log.append("web:1", [said("one")]),
                store.facts.put("bindings", "key", None),
                store.facts.put("bindings", "other", "body"),
            ]
        )

        assert [type(result) for result in results] == [tuple, StoreFailed, NoneType]
        assert await texts(store, "web:1") == ["one"]
        assert await store.facts.items("bindings") == {"other": "body"}


async def test_a_cancelled_append_that_was_not_begun_is_not_written(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        async with asyncio.TaskGroup() as group:
            group.create_task(store.log.append("web:lobby", [said("first")]))
            second = group.create_task(store.log.append("web:lobby", [said("second")]))
            await asyncio.sleep(0)
            second.cancel()
        await store.log.append("web:lobby", [said("third")])

        assert await texts(store) == ["first", "third"]


async def test_a_cancelled_append_that_was_begun_is_news_all_the_same(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("first")])
        watch = store.log.watch("web:lobby")
        async with asyncio.TaskGroup() as group:
            second = group.create_task(store.log.append("web:lobby", [said("second")]))
            for _ in range(3):
                await asyncio.sleep(0)
            second.cancel()
        assert await anext(watch) == "web:lobby"
        await watch.aclose()
        await store.log.append("web:lobby", [said("third")])

        assert [record.seq for record in await store.log.read("web:lobby")] == [1, 2, 3]


async def test_s10_drafts_that_could_not_be_written_are_written_later_and_it_is_said(
    path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(path, clock) as store:
        growing = OpenDraft(
            room="web:lobby", started=TurnStarted(speaker="agent:coder", upto=1, rung=""), draft=Draft(text="grows")
        )
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await store.drafts.write(growing)
            await until(lambda: clock.sleepers == 1)
            clock.advance(1)
            await until(lambda: "Growing texts are written again in 1.0 s: Another program" in caplog.text)
        await until(lambda: clock.sleepers == 1)
        clock.advance(1)

        async def written() -> bool:
            async with open_for_reading(path, clock) as other:
                return await other.drafts.read("web:lobby") == growing

        await until(written)


async def test_s10_a_last_draft_that_cannot_be_written_keeps_nothing_from_closing(
    path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        async with open_store(path, clock) as store:
            await store.log.append("web:lobby", [said("before")])
            await store.drafts.write(
                OpenDraft(
                    room="web:lobby",
                    started=TurnStarted(speaker="agent:coder", upto=1, rung=""),
                    draft=Draft(text="grows"),
                )
            )
            other.execute("BEGIN IMMEDIATE")

    assert "Growing texts of the last second are lost: Another program" in caplog.text
    async with open_store(path, clock) as store:
        assert await store.drafts.read("web:lobby") is None
        assert await texts(store) == ["before"]
