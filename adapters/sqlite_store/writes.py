"""How a store is written to: by its writer, or not at all where the database was opened for reading."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from adapters.sqlite_store.connection import Row, Statement
from agents.errors import StoreFailed
from agents.log.records import Entry, Record


class Writes(Protocol):
    """Takes writes. All methods raise `StoreFailed` for what was not written, or will not be."""

    async def append(self, room: str, entries: Sequence[tuple[Entry, str]]) -> tuple[Record, ...]:
        """Append entries, each with its event's body, to the room's log; those with a known source are left out."""
        ...

    async def write(self, *statements: Statement) -> Sequence[Row]:
        """Run the statements in one transaction and return the last one's rows."""
        ...

    def later(self, *statements: Statement) -> None:
        """Run the statements with the next commit, before its own, or in a moment: a crash may take them back."""
        ...

    async def flush(self) -> None:
        """Return once everything that was given to `later` is written."""
        ...


class NoWriter:
    """Refuses to write a database that was opened for reading."""

    def __init__(self, path: Path):
        self._path = path

    async def append(self, room: str, entries: Sequence[tuple[Entry, str]]) -> tuple[Record, ...]:
        """Refuse."""
        raise self._refusal()

    async def write(self, *statements: Statement) -> Sequence[Row]:
        """Refuse."""
        raise self._refusal()

    def later(self, *statements: Statement) -> None:
        """Refuse."""
        raise self._refusal()

    async def flush(self) -> None:
        """Nothing waits."""

    def _refusal(self) -> StoreFailed:
        return StoreFailed(f"The database {self._path} was opened for reading only; write through tertulia run.")
