"""What an export of a room holds, and what of it a person may see."""

from collections.abc import Sequence

from agents.log.events import Edited, Said
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
    """The records without messages for others only, and without later versions of such messages."""
    hidden: set[tuple[str, int]] = set()
    for record in records:
        match record.event:
            case Said(audience=audience) if audience and person not in (*audience, record.by):
                hidden.add((record.room, record.seq))
            case Edited(target=target) if (record.room, target) in hidden:
                hidden.add((record.room, record.seq))
            case _:
                pass
    return tuple(record for record in records if (record.room, record.seq) not in hidden)
