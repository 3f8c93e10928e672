"""One room as its runner holds it: the transcript, kept up to date with the log."""

from collections.abc import Sequence

from agents.errors import StoreFailed
from agents.log.events import Event
from agents.log.fold import fold
from agents.log.participants import ParticipantId
from agents.log.records import Entry, Record
from agents.log.snapshots import decode_transcript, encode_transcript
from agents.log.transcript import Transcript
from agents.ports import Log, Snapshots

BATCH = 1000
"""How many records are read at once."""

SNAPSHOT_EVERY = 200
"""How many new records make a new snapshot worth writing."""


class Room:
    """The transcript of one room, and the way to append to its log; opened with `open_room`."""

    def __init__(self, log: Log, transcript: Transcript, *, snapshot: int = 0):
        self._log = log
        self._snapshot = snapshot
        self.name, self.transcript = transcript.room, transcript

    async def catch_up(self) -> None:
        """Fold what is new in the log, which is read only where it goes on. Raises `StoreFailed`."""
        head = await self._log.head(self.name)
        while self.transcript.seq < head:
            records = await self._log.read(self.name, after=self.transcript.seq, limit=BATCH)
            self.transcript = fold(self.transcript, records)

    async def append(self, *events: Event, by: ParticipantId, turn: int | None = None) -> tuple[Record, ...]:
        """Append these events as one commit and fold them. Raises `StoreFailed`."""
        return await self.append_entries([Entry(event=event, by=by, turn=turn) for event in events])

    async def append_entries(self, entries: Sequence[Entry]) -> tuple[Record, ...]:
        """Append entries as one commit, and fold them and whatever others appended before them.

        An entry whose source the store holds already is left out of what comes back. Raises `StoreFailed`.
        """
        records = await self._log.append(self.name, entries)
        if records and records[0].seq == self.transcript.seq + 1:
            self.transcript = fold(self.transcript, records)
        elif records:
            await self.catch_up()
        return records

    async def keep_snapshot(self, snapshots: Snapshots) -> None:
        """Write a snapshot if the room has grown enough since the last one. Raises `StoreFailed`."""
        if self.transcript.seq - self._snapshot >= SNAPSHOT_EVERY and self.transcript.floor.turn is None:
            await snapshots.save(self.name, self.transcript.seq, encode_transcript(self.transcript))
            self._snapshot = self.transcript.seq


async def open_room(log: Log, snapshots: Snapshots, name: str) -> Room:
    """Open a room from its snapshot, if one can be read, and the log after it.

    Raises `StoreFailed`.

        room = await open_room(store.log, store.snapshots, "web:lobby")
        await room.append(Stopped(reason="That is all."), by=SYSTEM)
    """
    kept = await snapshots.load(name)
    transcript = Transcript(room=name)
    if kept is not None:
        try:
            transcript = decode_transcript(kept[1])
        except StoreFailed:
            kept = None  # a cache of another version: the log is the truth
    room = Room(log, transcript, snapshot=kept[0] if kept else 0)
    await room.catch_up()
    return room
