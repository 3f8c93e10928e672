"""A connection that runs a whole transaction with one change of threads, where aiosqlite makes one a statement."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import aiosqlite

Row: TypeAlias = tuple[Any, ...]

Statement: TypeAlias = tuple[str, Sequence[object]]
"""SQL and its parameters."""


class Connection(aiosqlite.Connection):
    """A database, opened by awaiting it. Methods raise `sqlite3.Error`."""

    def __init__(self, path: Path):
        # Without an isolation level Python begins no transaction by itself.
        super().__init__(lambda: sqlite3.connect(path, isolation_level=None), iter_chunk_size=64)

    async def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run the statements, several of them in one transaction, and return the rows of each.

        After an error the transaction may still be open: roll it back.
        """
        return await self._execute(self._run, statements)  # pyright: ignore[reportUnknownMemberType] - has no types

    def _run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        connection = self._conn
        if len(statements) == 1:  # is a transaction by itself, at half the cost
            return [connection.execute(*statements[0]).fetchall()]
        connection.execute("BEGIN IMMEDIATE")
        rows = [connection.execute(*statement).fetchall() for statement in statements]
        connection.execute("COMMIT")
        return rows
