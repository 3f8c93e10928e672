"""Reading, apart from writing: a long commit keeps nobody from reading, and the other way round."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from adapters.sqlite_store.connection import Connection, Row
from adapters.sqlite_store.failures import store_failed

PATIENCE = 30.0
"""Seconds after which a disk that does not answer counts as failed."""


class Reader:
    """A connection that only reads; each read sees everything that was written before it began."""

    def __init__(self, connection: Connection, path: Path):
        self._connection, self._path = connection, path

    async def fetch(self, sql: str, *parameters: object) -> Sequence[Row]:
        """All rows of one statement. Raises `StoreFailed`."""
        try:
            async with asyncio.timeout(PATIENCE):
                (rows,) = await self._connection.run([(sql, parameters)])
                return rows
        except (sqlite3.Error, TimeoutError) as error:
            raise store_failed(self._path, error) from error

    async def empty_wal(self) -> bool:
        """Move all of the write-ahead log into the database and cut it to nothing; False: another reader is on."""
        [(busy, _, _)] = await self.fetch("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy
