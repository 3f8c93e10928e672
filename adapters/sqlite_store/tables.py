"""What is kept beside the logs: receipts, files, facts, snapshots and the schedule."""

import asyncio
import hashlib

from adapters.sqlite_store.reader import Reader
from adapters.sqlite_store.writes import Writes
from agents.errors import StoreFailed
from agents.log.room_id import INSTALLATION, RoomId
from agents.ports import Clock, Receipt

_CLAIM = "INSERT INTO receipts (key, claimed_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING RETURNING 1"
_CLAIMED = "SELECT platform_id FROM receipts WHERE key = ?"
_SETTLE_RECEIPT = """
INSERT INTO receipts (key, claimed_at, platform_id) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET platform_id = excluded.platform_id
"""
_RELEASE = "DELETE FROM receipts WHERE key = ?"


class SqliteReceipts:
    """`Receipts`."""

    def __init__(self, reader: Reader, writer: Writes, clock: Clock):
        self._reader, self._writer, self._clock = reader, writer, clock

    async def claim(self, key: str) -> Receipt:
        """Insert the key; where it is there already, read what became of it."""
        if await self._writer.write((_CLAIM, (key, self._clock.now()))):
            return Receipt(fresh=True)
        return await self._read(key) or await self.claim(key)  # released meanwhile

    async def get(self, key: str) -> Receipt | None:
        """Read the key, after what waits to be written."""
        await self._writer.flush()
        return await self._read(key)

    async def settle(self, key: str, platform_id: str) -> None:
        """Write the platform's id with the next claim, if one comes in a moment."""
        self._writer.later((_SETTLE_RECEIPT, (key, self._clock.now(), platform_id)))

    async def release(self, key: str) -> None:
        """Delete the key."""
        await self._writer.write((_RELEASE, (key,)))

    async def _read(self, key: str) -> Receipt | None:
        for (platform_id,) in await self._reader.fetch(_CLAIMED, key):
            return Receipt(fresh=False, platform_id=platform_id)
        return None


_PUT_FILE = "INSERT INTO files (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING"
_GET_FILE = "SELECT content FROM files WHERE sha256 = ?"


class SqliteFiles:
    """`Files`, in the database: one thing to back up, and erasing reaches them."""

    def __init__(self, reader: Reader, writer: Writes):
        self._reader, self._writer = reader, writer

    async def put(self, content: bytes) -> str:
        """Insert the bytes unless they are there."""
        sha256 = (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()
        await self._writer.write((_PUT_FILE, (sha256, content)))
        return sha256

    async def get(self, sha256: str) -> bytes:
        """Read the bytes."""
        for (content,) in await self._reader.fetch(_GET_FILE, sha256):
            return content
        raise StoreFailed(f"The file {sha256} is not kept here (any more); ask for it to be sent again.")


_GET = "SELECT body FROM records WHERE namespace = ? AND key = ?"
_ITEMS = "SELECT key, body FROM records WHERE namespace = ? ORDER BY key"
_PUT = """
INSERT INTO records (namespace, key, body) VALUES (?, ?, ?)
ON CONFLICT (namespace, key) DO UPDATE SET body = excluded.body
"""
_DELETE = "DELETE FROM records WHERE namespace = ? AND key = ?"


class SqliteFacts:
    """`Facts`."""

    def __init__(self, reader: Reader, writer: Writes):
        self._reader, self._writer = reader, writer

    async def get(self, namespace: str, key: str) -> str | None:
        """Read one."""
        await self._writer.flush()
        for (body,) in await self._reader.fetch(_GET, namespace, key):
            return body
        return None

    async def put(self, namespace: str, key: str, body: str, *, soon: bool = False) -> None:
        """Insert or overwrite one."""
        await self._do(_PUT, namespace, key, body, soon=soon)

    async def delete(self, namespace: str, key: str, *, soon: bool = False) -> None:
        """Delete one."""
        await self._do(_DELETE, namespace, key, soon=soon)

    async def items(self, namespace: str) -> dict[str, str]:
        """Read all of a namespace."""
        await self._writer.flush()
        return dict(await self._reader.fetch(_ITEMS, namespace))

    async def _do(self, sql: str, *parameters: str, soon: bool) -> None:
        if soon:
            self._writer.later((sql, parameters))
        else:
            await self._writer.write((sql, parameters))


_SAVE = """
INSERT INTO snapshots (room, seq, body) VALUES (?, ?, ?)
ON CONFLICT (room) DO UPDATE SET seq = excluded.seq, body = excluded.body
"""
_LOAD = "SELECT seq, body FROM snapshots WHERE room = ?"


class SqliteSnapshots:
    """`Snapshots`."""

    def __init__(self, reader: Reader, writer: Writes):
        self._reader, self._writer = reader, writer

    async def save(self, room: str, seq: int, body: str) -> None:
        """Overwrite the room's."""
        await self._writer.write((_SAVE, (room, seq, body)))

    async def load(self, room: str) -> tuple[int, str] | None:
        """Read the room's."""
        for seq, body in await self._reader.fetch(_LOAD, room):
            return seq, body
        return None


_DUE = """
SELECT id FROM rooms WHERE news
UNION ALL
SELECT id FROM rooms WHERE wake_at IS NOT NULL AND wake_at <= ? AND NOT news
"""
_ROOMS = "SELECT id FROM rooms WHERE id >= ? AND id < ? ORDER BY id"
_AWAKE = "SELECT id FROM rooms WHERE id >= ? AND id < ? AND (news OR wake_at IS NOT NULL) ORDER BY id"
_ALL = "", "\U0010ffff"
# A settled room that changes nothing is not written.
_SETTLE = """
INSERT INTO rooms (id, news, wake_at) VALUES (?1, 0, ?3)
ON CONFLICT (id) DO UPDATE
SET news = news AND coalesce((SELECT max(seq) FROM events WHERE room = ?1), 0) > ?2, wake_at = excluded.wake_at
WHERE news OR wake_at IS NOT excluded.wake_at
"""
_WAKE_AT = """
INSERT INTO rooms (id, news, wake_at) VALUES (?, 0, ?)
ON CONFLICT (id) DO UPDATE SET wake_at = min(coalesce(wake_at, excluded.wake_at), excluded.wake_at)
WHERE wake_at IS NULL OR wake_at > excluded.wake_at
"""


class SqliteSchedule:
    """`Schedule`: a room's row says whether it has news; appending sets it, by a trigger."""

    def __init__(self, reader: Reader, writer: Writes):
        self._reader, self._writer = reader, writer

    async def due(self, now: float) -> tuple[str, ...]:
        """Two small indexes: rooms with news, and alarms."""
        await self._writer.flush()
        return tuple(room for (room,) in await self._reader.fetch(_DUE, now))

    async def settle(self, room: str, upto: int, wake_at: float | None) -> None:
        """Compare with where the room ends when it is written."""
        self._writer.later((_SETTLE, (room, upto, wake_at)))

    async def wake_at(self, room: str, at: float) -> None:
        """Keep the earlier of two alarms."""
        await self._writer.write((_WAKE_AT, (room, at)))

    async def rooms(self, under: str | None = None) -> tuple[str, ...]:
        """All rooms, or the range of names in which those under a log are."""
        if under is not None:
            return await self._obeying(under, _ROOMS)
        await self._writer.flush()
        return tuple(room for (room,) in await self._reader.fetch(_ROOMS, *_ALL))

    async def awake(self, under: str) -> tuple[str, ...]:
        """The same range, without rooms that are at rest."""
        return await self._obeying(under, _AWAKE)

    async def _obeying(self, log: str, sql: str) -> tuple[str, ...]:
        await self._writer.flush()
        found = await self._reader.fetch(sql, *_stretch(RoomId.parse(log)))
        return tuple(room for (room,) in found if log in RoomId.parse(room).above)


def _stretch(log: RoomId) -> tuple[str, str]:
    """The range of names in which all rooms are that obey this log, and few others.

    A thread's name goes on with ``/``, a child room's with ``~``, the last sign that a name may have.
    """
    if log.platform == INSTALLATION:
        return _ALL
    name = log.home if log.only_halts else str(log)
    return (name if log.only_halts else f"{name}/"), f"{name}\x7f"
