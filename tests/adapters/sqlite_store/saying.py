"""Entries and what a room says, for the tests of this folder."""

from adapters.sqlite_store import SqliteStore
from agents.log.events import Said
from agents.log.records import Entry


def said(text: str, *, source: str | None = None, by: str = "person:web/ana") -> Entry:
    """A message."""
    return Entry(event=Said(text=text), by=by, source=source)


async def texts(store: SqliteStore, room: str = "web:lobby") -> list[str | None]:
    """The room's messages in order, None for an erased one."""
    return [record.event.text if isinstance(record.event, Said) else None for record in await store.log.read(room)]
