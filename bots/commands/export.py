"""``tertulia export``: a room as JSONL, Markdown or HTML, also while `tertulia run` has the database open."""

import asyncio
import sys
from pathlib import Path

from adapters.sqlite_store import SqliteStore
from agents.errors import WrongUse
from agents.log.room_id import RoomId
from agents.people.exported import records_of
from bots.commands.stored_rooms import rooms_or_refusal, with_store
from bots.config import load
from bots.exports import EXPORTERS


def export(config: Path, room: str | None, *, format_: str, output: Path | None) -> int:
    """Write one room, or every room as JSONL where none is named. Raises `WrongUse` and `StoreFailed`."""

    async def chosen(store: SqliteStore) -> bytes:
        found = await rooms_or_refusal(store, room)
        # Child rooms stand after the rooms that they belong to.
        rooms = found if room is not None else [one for one in found if not RoomId.parse(one).child]
        if len(rooms) > 1 and format_ != "jsonl":
            raise WrongUse(f"Name the room to export as {format_}; there are {', '.join(rooms)}.")
        parts = [EXPORTERS[format_](await records_of(store, each)).content for each in rooms]
        return b"".join(parts)

    content = asyncio.run(with_store(load(config), chosen))
    if output is None:
        sys.stdout.buffer.write(content)
        return 0
    try:
        output.write_bytes(content)
    except OSError as error:
        raise WrongUse(f"{output} cannot be written ({error.strerror}); name another place with --output.") from error
    print(f"{len(content)} bytes are written to {output}.", file=sys.stderr)
    return 0
