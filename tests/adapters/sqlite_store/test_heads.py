"""What is known of the logs without asking the database is what the database would say."""

from pathlib import Path

import pytest

from adapters.sqlite_store import heads, open_store
from adapters.sqlite_store.heads import Newest
from adapters.sqlite_store.reader import Reader
from agents.log.events import Said
from agents.log.records import Record
from agents.testing import FakeClock
from tests.adapters.sqlite_store.saying import said, texts


def records(room: str, first: int, last: int) -> tuple[Record, ...]:
    return tuple(Record(room=room, seq=n, at=1.0, by="a", event=Said(text=str(n))) for n in range(first, last + 1))


def seqs(known: tuple[Record, ...] | None) -> list[int] | None:
    return None if known is None else [one.seq for one in known]


def test_what_was_written_last_is_known_and_what_is_older_is_not() -> None:
    known = Newest()
    assert known.after("web:1", 0) is None
    known.heads["web:1"] = 10
    known.add("web:1", records("web:1", 11, 12))
    known.add("web:1", records("web:1", 13, 13))

    assert seqs(known.after("web:1", 10)) == [11, 12, 13]
    assert seqs(known.after("web:1", 12)) == [13]
    assert seqs(known.after("web:1", 13)) == []
    assert known.after("web:1", 9) is None


def test_s7_only_the_newest_of_a_room_and_of_all_rooms_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MOST", 5)
    monkeypatch.setattr(heads, "MOST_OF_A_ROOM", 3)
    known = Newest()
    known.add("web:1", records("web:1", 1, 4))
    assert seqs(known.after("web:1", 1)) == [2, 3, 4]
    assert known.after("web:1", 0) is None
    known.add("web:2", records("web:2", 1, 2))
    known.add("web:3", records("web:3", 1, 1))

    assert known.after("web:1", 3) is None
    assert seqs(known.after("web:1", 4)) == []
    assert seqs(known.after("web:2", 0)) == [1, 2]
    assert seqs(known.after("web:3", 0)) == [1]


def test_after_a_doubt_nothing_is_known_and_what_was_read_before_does_not_count() -> None:
    known = Newest()
    known.add("web:1", records("web:1", 1, 2))
    known.doubt()
    assert known.after("web:1", 2) is None
    known.learn("web:1", 1, known.doubts - 1)
    assert known.after("web:1", 2) is None
    known.learn("web:1", 2, known.doubts)
    assert seqs(known.after("web:1", 2)) == []
    known.learn("web:1", 1, known.doubts)
    assert known.after("web:1", 1) is None


async def test_what_was_just_written_is_read_without_the_database(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    fetch = Reader.fetch

    async def counted(reader: Reader, sql: str, *parameters: object):
        asked.append(parameters)
        return await fetch(reader, sql, *parameters)

    monkeypatch.setattr(Reader, "fetch", counted)
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one"), said("two"), said("three")])
        asked.clear()
        assert await texts(store) == ["one", "two", "three"]
        assert [one.seq for one in await store.log.read("web:lobby", after=1, limit=1)] == [2]
        assert await store.log.read("web:lobby", after=3) == ()
        assert asked == []
        assert await store.log.read("slack:T1/*") == ()
        assert await store.log.read("slack:T1/*") == ()
        assert asked == [("slack:T1/*", 0, 1000)]


async def test_what_was_erased_is_not_read_from_memory(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("one"), said("two")])
        await store.log.erase("web:lobby", [1])

        assert [one.event for one in await store.log.read("web:lobby")] == [None, Said(text="two")]
        await store.log.append("web:lobby", [said("three")])
        assert [one.event for one in await store.log.read("web:lobby")] == [None, Said(text="two"), Said(text="three")]
