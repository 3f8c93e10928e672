"""One room: caught up with its log, appended to, kept as a snapshot."""

import pytest
from msgspec.structs import replace

from agents.log.events import Said, TurnStarted, TurnTaken
from agents.log.records import Entry
from agents.runtime.room import SNAPSHOT_EVERY, open_room
from agents.testing import memory_ports
from agents.testing.store import MemoryLog
from tests.unit.house import ANA, LOBBY

HI = Entry(event=Said(text="hi"), by=ANA.id)


async def test_a_new_room_is_empty():
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    assert (room.name, room.transcript.seq) == (LOBBY, 0)


async def test_an_append_is_folded_and_numbered():
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    records = await room.append(Said(text="one"), Said(text="two"), by=ANA.id, turn=7)
    assert [(one.seq, one.turn) for one in records] == [(1, 7), (2, 7)]
    assert [one.text for one in room.transcript.messages] == ["one", "two"]


async def test_an_append_brings_along_what_others_appended_before():
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    await ports.store.log.append(LOBBY, [HI])
    await room.append(Said(text="two"), by=ANA.id)
    assert [one.text for one in room.transcript.messages] == ["hi", "two"]


async def test_an_append_of_what_is_known_changes_nothing():
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    once = replace(HI, source="web:1")
    assert len(await room.append_entries([once])) == 1
    assert await room.append_entries([once]) == ()
    assert room.transcript.seq == 1


async def test_catching_up_reads_the_whole_log_in_batches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agents.runtime.room.BATCH", 3)
    ports = memory_ports()
    await ports.store.log.append(LOBBY, [HI] * 8)
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    assert room.transcript.seq == 8
    await ports.store.log.append(LOBBY, [HI])
    await room.catch_up()
    assert room.transcript.seq == 9


async def test_a_log_that_a_room_holds_whole_is_not_read_again(monkeypatch: pytest.MonkeyPatch):
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    await room.append(Said(text="one"), by=ANA.id)
    monkeypatch.delattr(MemoryLog, "read")
    await room.catch_up()
    assert room.transcript.seq == 1


async def test_a_room_that_has_grown_enough_is_kept_and_opened_from_there():
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    await room.append_entries([HI] * (SNAPSHOT_EVERY - 1))
    await room.keep_snapshot(ports.store.snapshots)
    assert await ports.store.snapshots.load(LOBBY) is None
    await room.append(Said(text="last"), by=ANA.id)
    await room.keep_snapshot(ports.store.snapshots)
    kept = await ports.store.snapshots.load(LOBBY)
    assert kept is not None
    assert kept[0] == SNAPSHOT_EVERY
    await room.append(Said(text="after"), by=ANA.id)
    await room.keep_snapshot(ports.store.snapshots)
    assert await ports.store.snapshots.load(LOBBY) == kept
    again = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    assert again.transcript == room.transcript


async def test_no_snapshot_is_kept_in_the_middle_of_a_turn():
    ports = memory_ports()
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    await room.append_entries([HI] * SNAPSHOT_EVERY)
    await room.append(TurnStarted(speaker="agent:a", upto=1, rung="r"), by="agent:a")
    await room.keep_snapshot(ports.store.snapshots)
    assert await ports.store.snapshots.load(LOBBY) is None
    await room.append(TurnTaken(outcome="passed"), by="agent:a")
    await room.keep_snapshot(ports.store.snapshots)
    assert await ports.store.snapshots.load(LOBBY) is not None


async def test_a_snapshot_that_cannot_be_read_costs_time_never_truth():
    ports = memory_ports()
    await ports.store.log.append(LOBBY, [HI] * 3)
    await ports.store.snapshots.save(LOBBY, 2, "of another version")
    room = await open_room(ports.store.log, ports.store.snapshots, LOBBY)
    assert len(room.transcript.messages) == 3
