"""``tertulia replay``: a conversation again, from an export or from the store; nothing is sent and no model called."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from adapters.sqlite_store import SqliteStore
from agents.errors import StoreFailed, WrongUse
from agents.log.records import Record, from_json, to_json
from agents.people.exported import records_of
from bots.commands.stored_rooms import rooms_or_refusal, with_store
from bots.config import load
from bots.exports import as_text, lines


def replay(config: Path, source: str, *, as_json: bool) -> int:
    """Print the room of that name, or the rooms of an exported file (``-``: standard input).

    As JSON it is byte for byte what `export` wrote. Raises `WrongUse` and `StoreFailed`.
    """
    records = (
        _from_file(source) if source == "-" or Path(source).is_file() else asyncio.run(_from_store(config, source))
    )
    for room, told in groupby(records, key=lambda record: record.room):
        _again(room, tuple(told), as_json=as_json)
    return 0


def _again(room: str, records: Sequence[Record], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.writelines(f"{to_json(record)}\n".encode() for record in records)
        return
    for line in lines(records):
        print(as_text(line))
    print(f"{len(records)} records of {room}.", file=sys.stderr)


def _from_file(source: str) -> tuple[Record, ...]:
    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return tuple(_numbered(text.decode().split("\n")))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{source} cannot be read ({error}); name a file that `tertulia export` wrote.") from error


def _numbered(rows: Sequence[str]) -> Iterator[Record]:
    for number, row in enumerate(rows, 1):
        if not row:
            continue
        try:
            yield from_json(row)
        except StoreFailed as error:
            raise WrongUse(f"Line {number} of the export: {error}") from error


async def _from_store(config: Path, room: str) -> tuple[Record, ...]:
    async def read(store: SqliteStore) -> tuple[Record, ...]:
        (found,) = await rooms_or_refusal(store, room)
        return await records_of(store, found)

    return await with_store(load(config), read)
