"""What the first version wrote opens: a database, a snapshot and an export that it made, kept beside this file.

The room holds every event of that version, an erased message, and half a character that was written as an escape.
"""

import json
import shutil
from pathlib import Path
from typing import get_args

import pytest

from adapters.sqlite_store import open_store
from agents.errors import StoreFailed
from agents.log.events import Closed, Event, Noted, Rested, Said
from agents.log.fold import fold
from agents.log.records import Record, from_json, to_json
from agents.log.snapshots import decode_transcript, encode_transcript
from agents.log.transcript import Transcript
from agents.runtime.room import open_room
from agents.testing import FakeClock

KEPT = Path(__file__).parent / "version_1"
ROOM = "web:lobby"
HALF = "half an emoji "
NEWER = {Noted, Closed, Rested}
"""What the first version had not."""


def exported() -> list[str]:
    return (KEPT / "export.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(shutil.copy(KEPT / "database.sqlite", tmp_path))


async def records(database: Path, room: str) -> tuple[Record, ...]:
    async with open_store(database, FakeClock()) as store:
        return await store.log.read(room)


async def test_s8_its_database_opens_and_holds_what_its_export_says(database: Path) -> None:
    found = await records(database, ROOM)

    assert found == tuple(
        from_json(line) if record.trace is None else record for line, record in zip(exported(), found, strict=True)
    )
    (erased,) = (record for record in found if record.trace is not None)
    assert (erased.event, erased.trace) == (None, Said(text=""))
    others = await records(database, "web:other")
    assert {type(record.event) for record in (*found, *others)} - {type(None)} == set(get_args(Event)) - NEWER


def test_s8_a_line_of_its_export_is_written_again_as_it_was_but_for_half_a_character() -> None:
    for line in exported():
        again = to_json(from_json(line))
        assert again == line or (again, json.loads(line)["text"]) == (
            to_json(from_json(line.replace("\\ud83d", "\ufffd"))),
            f"{HALF}\ud83d",
        )


def test_s8_its_snapshot_counts_what_is_counted_otherwise_now_and_is_refused() -> None:
    with pytest.raises(StoreFailed, match="another shape"):
        decode_transcript((KEPT / "snapshot.json").read_text(encoding="utf-8").strip())


async def test_s8_a_snapshot_is_the_fold_of_its_log(database: Path) -> None:
    kept = fold(Transcript(room=ROOM), await records(database, ROOM))

    assert encode_transcript(decode_transcript(encode_transcript(kept))) == encode_transcript(kept)


async def test_s8_a_room_whose_snapshot_is_refused_is_opened_from_its_log(database: Path) -> None:
    async with open_store(database, FakeClock()) as store:
        kept = await store.snapshots.load(ROOM)
        room = await open_room(store.log, store.snapshots, ROOM)
        log = await store.log.read(ROOM)

    assert kept is not None
    assert kept[0] == len(log) - 1
    assert room.transcript == fold(Transcript(room=ROOM), log)
    assert room.transcript.last.text == "after the snapshot"
    assert [one.name for one in room.transcript.agents] == ["coder"]
    assert room.transcript.exchange.messages == 1
