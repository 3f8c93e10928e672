"""Bringing a database to the schema that this version reads and writes.

``migrations`` holds numbered SQL files. Each is one transaction, which ends by setting ``user_version`` to its number:
so it is applied once, and whole or not at all.
"""

from pathlib import Path

from aiosqlite import Connection

from agents.errors import StoreFailed, StoreIsNewer

MIGRATIONS = Path(__file__).with_name("migrations")


def steps(folder: Path = MIGRATIONS) -> dict[int, Path]:
    """The migrations of a folder by number, in order."""
    return {int(path.stem): path for path in sorted(folder.glob("*.sql"))}


async def version_of(connection: Connection, path: Path, newest: int) -> int:
    """The database's version, 0 for an empty file.

    Raises `StoreIsNewer` for one above ``newest``, and `StoreFailed` for the database of another program.
    """
    [(version,)] = await connection.execute_fetchall("PRAGMA user_version")
    [(application,)] = await connection.execute_fetchall("PRAGMA application_id")
    [(tables,)] = await connection.execute_fetchall("SELECT count(*) FROM sqlite_schema")
    if tables and application != APPLICATION_ID:
        raise StoreFailed(f"The database {path} belongs to another program; name another file for Tertulia's.")
    if version > newest:
        raise StoreIsNewer(
            f"The database {path} has version {version} and this Tertulia reads up to {newest}; "
            "upgrade Tertulia, or name another database."
        )
    return int(version)


async def migrate(connection: Connection, path: Path, folder: Path = MIGRATIONS) -> None:
    """Apply what the database lacks, nothing of it half."""
    wanted = steps(folder)
    version = await version_of(connection, path, max(wanted))
    for number, step in wanted.items():
        if number > version:
            try:
                await connection.executescript(step.read_text(encoding="utf-8"))
            finally:
                if connection.in_transaction:
                    await connection.rollback()


APPLICATION_ID = 0x5452544C
"""``TRTL``: set by the first migration, it tells Tertulia's databases from others."""
