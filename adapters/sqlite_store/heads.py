"""Where logs end and what was last written to them, known without asking the database: nobody else writes to it."""

from agents.log.records import Record

MOST = 2_000
"""Records kept, of all rooms together; those of the rooms that were written to last."""

MOST_OF_A_ROOM = 32
"""Whoever reads what was just written has that many at most to catch up with."""


class Newest:
    """Where logs end, and the newest records of those that were lately written to."""

    def __init__(self) -> None:
        self.heads: dict[str, int] = {}
        self._kept: dict[str, tuple[Record, ...]] = {}
        self._count = 0
        self.doubts = 0

    def after(self, room: str, seq: int) -> tuple[Record, ...] | None:
        """The room's records above ``seq``; None where they are not known without looking."""
        head = self.heads.get(room)
        if head is None:
            return None
        if head <= seq:
            return ()
        kept = self._kept.get(room, ())
        first = head - len(kept) + 1
        return kept[seq + 1 - first :] if seq + 1 >= first else None

    def add(self, room: str, records: tuple[Record, ...]) -> None:
        """These were written, the first of them right above the head."""
        self.heads[room] = records[-1].seq
        before = self._kept.pop(room, ())
        kept = self._kept[room] = (*before, *records)[-MOST_OF_A_ROOM:]
        self._count += len(kept) - len(before)
        while self._count > MOST:
            self.forget(next(iter(self._kept)))

    def learn(self, room: str, head: int, doubts: int) -> None:
        """A reader that began at that number of ``doubts`` has found that the log ends there."""
        if doubts == self.doubts:
            self.heads.setdefault(room, head)  # where it is known by now, something was written meanwhile

    def forget(self, room: str) -> None:
        """Something of it was erased."""
        self._count -= len(self._kept.pop(room, ()))

    def doubt(self) -> None:
        """A write failed, and nobody knows what is there."""
        self.doubts += 1
        self.heads.clear()
        self._kept.clear()
        self._count = 0
