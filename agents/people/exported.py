"""What an export of a room holds, and what of it a person may see."""

from collections.abc import Sequence

from agents.log.audiences import Audiences
from agents.log.participants import ParticipantId
from agents.log.records import Record
from agents.ports import Store


async def records_of(store: Store, room: str) -> tuple[Record, ...]:
    """All records of a room, and after them those of its child rooms, one room after the other.

    Raises `StoreFailed`.
    """
    below = [name for name in await store.schedule.rooms(room) if name.startswith(f"{room}~")]
    records: list[Record] = []
    for name in (room, *below):
        after = 0
        while batch := await store.log.read(name, after=after):
            records += batch
            after = batch[-1].seq
    return tuple(records)


def visible_to(person: ParticipantId, records: Sequence[Record]) -> tuple[Record, ...]:
    """The records without what is for others only: messages, questions, and what was done in private turns."""
    rooms: dict[str, Audiences] = {}
    for record in records:
        rooms.setdefault(record.room, Audiences()).note(record)
    return tuple([record for record in records if rooms[record.room].allow(record.seq, person)])
