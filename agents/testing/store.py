"""The store's ports in memory: all that is kept, for as long as the process lives.

They keep the promises of `agents.ports`, but for those about a crash: what is durable there is lost here with the
process, and what may be lost there is not. They pass the same tests as every other store.
"""

import hashlib
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from agents.errors import StoreFailed
from agents.log.events import Summarised, TurnStarted
from agents.log.records import THIS_TURN, Entry, Record, files_of, storable, trace_of
from agents.log.room_id import RoomId
from agents.ports import Clock, Draft, Model, News, OpenDraft, Ports, Receipt, RoomWatch, Sandbox
from agents.runtime.wakeups import InProcessWakeups
from agents.testing.clock import FakeClock
from agents.testing.ledger import MemoryLedger


class MemoryFiles:
    """`Files` in a dict."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        """Keep the bytes, once."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._contents[sha256] = content
        return sha256

    async def get(self, sha256: str) -> bytes:
        """The bytes. Raises `StoreFailed` where they are not kept."""
        if sha256 not in self._contents:
            raise StoreFailed(f"The file {sha256} is not kept here (any more); ask for it to be sent again.")
        return self._contents[sha256]

    def drop(self, sha256: str) -> None:
        """Keep the file no longer, because no record names it any more."""
        self._contents.pop(sha256, None)


class MemorySnapshots:
    """`Snapshots` in a dict."""

    def __init__(self) -> None:
        self._folds: dict[str, tuple[int, str]] = {}

    async def save(self, room: str, seq: int, body: str) -> None:
        """Replace what is kept of the room."""
        self._folds[room] = seq, body

    async def load(self, room: str) -> tuple[int, str] | None:
        """What was saved last."""
        return self._folds.get(room)

    def drop(self, room: str) -> None:
        """Keep no snapshot of the room, because it holds words that were erased."""
        self._folds.pop(room, None)


class MemoryDrafts:
    """`Drafts` in a dict."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._drafts: dict[str, OpenDraft] = {}

    async def write(self, draft: OpenDraft) -> None:
        """Replace the room's draft, and tell its watches."""
        self._drafts[draft.room] = draft
        self._news.tell(draft.room)

    async def read(self, room: str) -> OpenDraft | None:
        """The room's draft."""
        return self._drafts.get(room)

    async def clear(self, room: str) -> None:
        """Drop the room's draft, and tell its watches if there was one."""
        if self._drafts.pop(room, None):
            self._news.tell(room)

    def blank(self, room: str) -> None:
        """Keep whose turn it is, but none of its words, because they may repeat what was erased."""
        if draft := self._drafts.get(room):
            self._drafts[room] = replace(draft, draft=Draft(text=""))
            self._news.tell(room)


class MemorySchedule:
    """`Schedule` in dicts: where each room ends, what of it is settled, when it wants to be woken."""

    def __init__(self) -> None:
        self._heads: dict[str, int] = {}
        self._news: dict[str, None] = {}  # a set in the order in which rooms had news: the first runs first
        self._alarms: dict[str, float] = {}
        self._under: dict[str | None, set[str]] = {None: set()}

    async def due(self, now: float) -> tuple[str, ...]:
        """Rooms with news, then those whose alarm has come."""
        rung = [room for room, at in self._alarms.items() if at <= now and room not in self._news]
        return (*self._news, *rung)

    async def settle(self, room: str, upto: int, wake_at: float | None) -> None:
        """What came after ``upto`` meanwhile keeps the room due."""
        if upto >= self._heads.get(room, 0):
            self._news.pop(room, None)
        if wake_at is None:
            self._alarms.pop(room, None)
        else:
            self._alarms[room] = wake_at
        self._list(room)

    async def wake_at(self, room: str, at: float) -> None:
        """Keep the earlier of two alarms."""
        self._alarms[room] = min(at, self._alarms.get(room, at))
        self._list(room)

    async def rooms(self, under: str | None = None) -> tuple[str, ...]:
        """Rooms by the logs that they are under, as they were listed when they came."""
        return tuple(sorted(self._under.get(under, ())))

    async def awake(self, under: str) -> tuple[str, ...]:
        """Those with news or an alarm."""
        return tuple(room for room in await self.rooms(under) if room in self._news or room in self._alarms)

    def grow(self, room: str, head: int) -> None:
        """The room's log now ends at ``head``."""
        self._heads[room] = head
        self._news[room] = None
        self._list(room)

    def _list(self, room: str) -> None:
        if room not in self._under[None]:
            for log in (None, *RoomId.parse(room).above):
                self._under.setdefault(log, set()).add(room)


class MemoryLog:
    """`Log` in lists: a room's record with the number ``seq`` is at the index ``seq - 1``."""

    def __init__(
        self, clock: Clock, news: News, schedule: MemorySchedule,
        files: MemoryFiles, drafts: MemoryDrafts, snapshots: MemorySnapshots,
    ):  # fmt: skip
        self._clock, self._news, self._schedule = clock, news, schedule
        self._files, self._drafts, self._snapshots = files, drafts, snapshots
        self._rooms: dict[str, list[Record]] = {}
        self._sources: dict[str, tuple[str, int]] = {}

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        """Append the entries whose sources are new.

        Nothing is awaited between the first look and the last line, so nobody sees half of an append.
        """
        events = [storable(entry.event)[0] for entry in entries]  # as a database would give them back
        log = self._rooms.setdefault(room, [])
        at, head, this_turn = self._clock.now(), len(log), THIS_TURN
        for entry, event in zip(entries, events, strict=True):
            source = entry.source
            if source is not None:
                if source in self._sources:
                    continue
                self._sources[source] = room, len(log) + 1
            if isinstance(event, TurnStarted):
                this_turn = len(log) + 1
            log.append(
                Record(
                    room=room,
                    seq=len(log) + 1,
                    at=at,
                    by=entry.by,
                    event=event,
                    turn=this_turn if entry.turn == THIS_TURN else entry.turn,
                    source=source,
                )
            )
        if len(log) == head:
            return ()
        # First due, then told of: who hears the news and looks for rooms to run finds this one.
        self._schedule.grow(room, len(log))
        self._news.tell(room, len(log))
        return tuple(log[head:])

    async def read(self, room: str, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        """A slice of the room's list."""
        return tuple(self._rooms.get(room, ())[after : after + limit])

    async def find(self, source: str) -> Record | None:
        """The record to which the source belongs."""
        if source not in self._sources:
            return None
        room, seq = self._sources[source]
        return self._rooms[room][seq - 1]

    async def head(self, room: str) -> int:
        """The length of the room's list."""
        return len(self._rooms.get(room, ()))

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> RoomWatch:
        """A watch over these rooms, or over all of them."""
        return self._news.watch(room, *more, drafts=drafts)

    async def erase(self, room: str, seqs: Sequence[int]) -> int:
        """Replace the records by their traces, and drop what was made of them."""
        log = self._rooms.get(room, [])
        erased = [log[seq - 1] for seq in set(seqs) if 0 < seq <= len(log) and log[seq - 1].event is not None]
        if not erased:
            return 0
        first = min(record.seq for record in erased)
        summaries = [r for r in log if isinstance(r.event, Summarised) and r.event.upto >= first and r not in erased]
        for record in (*erased, *summaries):
            log[record.seq - 1] = replace(record, event=None, trace=trace_of(record.event) if record.event else None)
        # Only now, without the erased ones, see which files are still named: one file may be in many messages.
        named = {file.sha256 for log in self._rooms.values() for record in log for file in files_of(record)}
        for file in (file for record in erased for file in files_of(record)):
            if file.sha256 not in named:
                self._files.drop(file.sha256)
        self._drafts.blank(room)
        self._snapshots.drop(room)
        return len(erased)


class MemoryReceipts:
    """`Receipts` in a dict."""

    def __init__(self) -> None:
        self._receipts: dict[str, str | None] = {}

    async def claim(self, key: str) -> Receipt:
        """Fresh for whoever asks first."""
        if key in self._receipts:
            return Receipt(fresh=False, platform_id=self._receipts[key])
        self._receipts[key] = None
        return Receipt(fresh=True)

    async def get(self, key: str) -> Receipt | None:
        """What is known of the effect; None where nobody has claimed or settled it."""
        return Receipt(fresh=False, platform_id=self._receipts[key]) if key in self._receipts else None

    async def settle(self, key: str, platform_id: str) -> None:
        """Keep what the platform calls it."""
        self._receipts[key] = platform_id

    async def release(self, key: str) -> None:
        """Forget that anybody has claimed it."""
        self._receipts.pop(key, None)


class MemoryFacts:
    """`Facts` in dicts."""

    def __init__(self) -> None:
        self._namespaces: dict[str, dict[str, str]] = {}

    async def get(self, namespace: str, key: str) -> str | None:
        """The body, or None."""
        return self._namespaces.get(namespace, {}).get(key)

    async def put(self, namespace: str, key: str, body: str, *, soon: bool = False) -> None:
        """Write or overwrite it."""
        self._namespaces.setdefault(namespace, {})[key] = body

    async def delete(self, namespace: str, key: str, *, soon: bool = False) -> None:
        """Forget it."""
        self._namespaces.get(namespace, {}).pop(key, None)

    async def items(self, namespace: str) -> dict[str, str]:
        """A copy of all of them."""
        return dict(self._namespaces.get(namespace, {}))


class MemoryStore:
    """A `Store` in memory; ``clock`` says when records are appended.

        store = MemoryStore(FakeClock(at=100.0))
        (record,) = await store.log.append("web:lobby", [Entry(event=Said(text="Hello."), by="person:web/ana")])
        assert (record.seq, record.at) == (1, 100.0)

    log: what happened in each room.
    receipts: what was begun outside, and what became of it.
    ledger: what may be spent, and what was.
    files: the files that records name.
    facts: small texts that no room's log holds.
    drafts: the texts that are growing now.
    snapshots: rooms' transcripts, as a cache.
    schedule: which rooms there are, and which are to be run.
    """

    def __init__(self, clock: Clock) -> None:
        news = News()
        self.files, self.snapshots, self.drafts = MemoryFiles(), MemorySnapshots(), MemoryDrafts(news)
        self.receipts, self.ledger, self.facts = MemoryReceipts(), MemoryLedger(), MemoryFacts()
        self.schedule = MemorySchedule()
        self.log = MemoryLog(clock, news, self.schedule, self.files, self.drafts, self.snapshots)


def memory_ports(
    clock: Clock | None = None,
    models: Mapping[str, Model] | None = None,
    sandbox: Sandbox | None = None,
) -> Ports:
    """All that a runner of rooms needs, over a new `MemoryStore`.

    Without a clock it has a new `FakeClock`; give one to move time.

        ports = memory_ports(models={"default": FakeModel(["Hello."])}, sandbox=FakeSandbox())
        assert await ports.store.log.head("web:lobby") == 0
    """
    time = clock or FakeClock()
    store = MemoryStore(time)
    return Ports(
        store=store,
        wakeups=InProcessWakeups(store.schedule, time),
        clock=time,
        models=models or {},
        sandbox=sandbox,
    )
