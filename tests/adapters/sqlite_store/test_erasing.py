"""What is erased is in none of the files any more (P34, "forget me")."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite_store import open_store
from agents.errors import StoreFailed
from agents.log.events import Said, Summarised, TurnStarted
from agents.log.files import FileRef
from agents.log.records import Entry
from agents.ports import Draft, OpenDraft
from agents.testing import FakeClock, until
from tests.adapters.sqlite_store.saying import said, texts


def files_with(path: Path, text: str) -> list[str]:
    """The files beside and including the database that hold the text."""
    return [file.name for file in path.parent.iterdir() if text.encode() in file.read_bytes()]


async def test_erased_text_is_in_no_file(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        sha256 = await store.files.put(b"a drawing of XYZZY " * 5000)
        drawing = FileRef(sha256=sha256, name="xyzzy.png", media_type="image/png", size=95_000)
        await store.log.append("web:lobby", [said("before")])
        await store.log.append(
            "web:lobby",
            [Entry(event=Said(text="the word is XYZZY", files=(drawing,)), by="person:web/ana"), said("XYZZY " * 5000)],
        )
        await store.log.append("web:lobby", [Entry(event=Summarised(upto=3, text="XYZZY was said"), by="system")])
        await store.snapshots.save("web:lobby", 4, '{"last":"XYZZY"}')
        await store.drafts.write(
            OpenDraft(
                room="web:lobby",
                started=TurnStarted(speaker="agent:coder", upto=4, rung=""),
                draft=Draft(text="XYZZY, you say?"),
            )
        )
        await until(lambda: clock.sleepers == 1)
        clock.advance(1)
        await until(lambda: files_with(path, "XYZZY, you say?") != [])
        assert set(files_with(path, "XYZZY")) >= {"tertulia.db-wal"}

        assert await store.log.erase("web:lobby", [2, 3]) == 2

        assert files_with(path, "XYZZY") == []
        assert await texts(store) == ["before", None, None, None]
    assert files_with(path, "XYZZY") == []


async def test_erased_text_is_not_in_the_file_after_a_checkpoint_either(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("the word is XYZZY")])
    assert files_with(path, "XYZZY") == ["tertulia.db"]

    async with open_store(path, clock) as store:
        await store.log.erase("web:lobby", [1])
    assert files_with(path, "XYZZY") == []


PAGE = 4096
OVERFLOW = 0
"""The first byte of an overflow page, which begins with the number of the next; a leaf begins with 10 or 13."""


def offsets(path: Path, text: str) -> list[int]:
    """Where in the database file the text stands."""
    content = path.read_bytes()
    return [found.start() for found in re.finditer(re.escape(text.encode()), content)]


def kinds_of_pages(path: Path, text: str) -> set[int]:
    content = path.read_bytes()
    return {content[offset - offset % PAGE] for offset in offsets(path, text)}


async def test_text_that_is_overwritten_one_day_is_where_sqlite_moves_no_rows(path: Path, clock: FakeClock) -> None:
    """A row that SQLite moves from leaf to leaf may leave a copy behind, secure_delete or not; see 0001.sql."""
    async with open_store(path, clock) as store:
        for length in (0, 10, 489, 490, 3000, 4061, 4062, 4096, 50_000):
            room = f"web:{length}"
            await store.snapshots.save(room, 1, "<fold>" + "x" * length)
            await store.files.put(b"<file>" + b"x" * length)
            draft = Draft(text="<draft>" + "x" * length, thoughts="<thoughts>")
            await store.drafts.write(
                OpenDraft(room=room, started=TurnStarted(speaker="agent:coder", upto=1, rung=""), draft=draft)
            )

    for mark in ("<fold>", "<file>", "<draft>", "<thoughts>"):
        assert len(offsets(path, mark)) == 9
        assert kinds_of_pages(path, mark) == {OVERFLOW}


async def test_erasing_moves_no_other_row(path: Path, clock: FakeClock) -> None:
    """See above: what is moved may leave a copy, which no later erasing would find."""
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said(f"<mark {number:03}>" + "x" * 300) for number in range(1, 101)])
    before = {number: offsets(path, f"<mark {number:03}>") for number in range(1, 101)}
    assert all(len(found) == 1 for found in before.values())

    async with open_store(path, clock) as store:
        await store.log.erase("web:lobby", [number for number in range(1, 101) if number % 10])
    for number, found in before.items():
        assert offsets(path, f"<mark {number:03}>") == ([] if number % 10 else found)


async def test_a_reader_that_keeps_the_old_text_in_use_is_named_and_erasing_again_finishes(
    path: Path, clock: FakeClock
) -> None:
    async with open_store(path, clock) as store:
        await store.log.append("web:lobby", [said("the word is XYZZY")])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM events").fetchall()
            with pytest.raises(StoreFailed, match="another program reads the database"):
                await store.log.erase("web:lobby", [1])
            assert await texts(store) == [None]
        assert files_with(path, "XYZZY") != []

        assert await store.log.erase("web:lobby", [1]) == 0
        assert files_with(path, "XYZZY") == []
