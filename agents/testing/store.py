"""The store's ports in memory: everything a room keeps, for as long as the process lives.

They keep the promises of `agents.ports` except durability, and are quick enough to measure the core with.
"""

import hashlib
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from agents.errors import BudgetExceeded, StoreFailed
from agents.log.events import Summarised, TurnStarted
from agents.log.records import THIS_TURN, Entry, Record, files_of, storable, trace_of
from agents.log.room_id import RoomId
from agents.ports import Amount, Cap, Clock, Draft, Model, News, OpenDraft, Ports, Receipt, RoomWatch, Sandbox
from agents.runtime.wakeups import InProcessWakeups
from agents.testing.clock import FakeClock

NANO = 10**9
"""Budgets are added up in whole nanodollars: what is taken away again leaves nothing behind."""


class MemoryFiles:
    """`Files` in a dict."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        """Keep the bytes under their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._contents[sha256] = content
        return sha256

    async def get(self, sha256: str) -> bytes:
        """The bytes, or `StoreFailed`."""
        if sha256 not in self._contents:
            raise StoreFailed(f"The file {sha256} is not kept here (any more); ask for it to be sent again.")
        return self._contents[sha256]

    def drop(self, sha256: str) -> None:
        """Keep it no longer."""
        self._contents.pop(sha256, None)


class MemorySnapshots:
    """`Snapshots` in a dict."""

    def __init__(self) -> None:
        self._folds: dict[str, tuple[int, str]] = {}

    async def save(self, room: str, seq: int, body: str) -> None:
        """Replace the room's fold."""
        self._folds[room] = seq, body

    async def load(self, room: str) -> tuple[int, str] | None:
        """The room's fold."""
        return self._folds.get(room)

    def drop(self, room: str) -> None:
        """Keep none of the room."""
        self._folds.pop(room, None)


class MemoryDrafts:
    """`Drafts` in a dict."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._drafts: dict[str, OpenDraft] = {}

    async def write(self, draft: OpenDraft) -> None:
        """Replace the room's draft and tell its watchers."""
        self._drafts[draft.room] = draft
        self._news.tell(draft.room)

    async def read(self, room: str) -> OpenDraft | None:
        """The room's draft."""
        return self._drafts.get(room)

    async def clear(self, room: str) -> None:
        """Drop it and tell the room's watchers."""
        if self._drafts.pop(room, None):
            self._news.tell(room)

    def blank(self, room: str) -> None:
        """Keep no word of the room's draft, but whose turn it is."""
        if draft := self._drafts.get(room):
            self._drafts[room] = replace(draft, draft=Draft(text=""))
            self._news.tell(room)


class MemorySchedule:
    """`Schedule` in dicts: where each room ends, what of it is settled, when it wants to be woken."""

    def __init__(self) -> None:
        self._heads: dict[str, int] = {}
        self._news: dict[str, None] = {}
        self._alarms: dict[str, float] = {}
        self._under: dict[str | None, set[str]] = {None: set()}

    async def due(self, now: float) -> tuple[str, ...]:
        """Rooms with news, then those whose alarm has come."""
        rung = [room for room, at in self._alarms.items() if at <= now and room not in self._news]
        return (*self._news, *rung)

    async def settle(self, room: str, upto: int, wake_at: float | None) -> None:
        """Compare with where the room ends now."""
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
        """Listed under each log that they obey."""
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
    """`Log` in lists: the record with the number ``seq`` of a room is at ``seq - 1``."""

    def __init__(
        self, clock: Clock, news: News, schedule: MemorySchedule,
        files: MemoryFiles, drafts: MemoryDrafts, snapshots: MemorySnapshots,
    ):  # fmt: skip
        self._clock, self._news, self._schedule = clock, news, schedule
        self._files, self._drafts, self._snapshots = files, drafts, snapshots
        self._rooms: dict[str, list[Record]] = {}
        self._sources: dict[str, tuple[str, int]] = {}

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        """Append them, leaving out sources that are known."""
        events = [storable(entry.event)[0] for entry in entries]
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
        self._schedule.grow(room, len(log))
        self._news.tell(room, len(log))
        return tuple(log[head:])

    async def read(self, room: str, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        """A slice of the room's list."""
        return tuple(self._rooms.get(room, ())[after : after + limit])

    async def find(self, source: str) -> Record | None:
        """Where the source was first appended."""
        if source not in self._sources:
            return None
        room, seq = self._sources[source]
        return self._rooms[room][seq - 1]

    async def head(self, room: str) -> int:
        """The length of the room's list."""
        return len(self._rooms.get(room, ()))

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> RoomWatch:
        """Hear of these rooms, or of all."""
        return self._news.watch(room, *more, drafts=drafts)

    async def erase(self, room: str, seqs: Sequence[int]) -> int:
        """Drop the events, the summaries made of them, their files, the room's snapshot and draft."""
        log = self._rooms.get(room, [])
        erased = [log[seq - 1] for seq in set(seqs) if 0 < seq <= len(log) and log[seq - 1].event is not None]
        if not erased:
            return 0
        first = min(record.seq for record in erased)
        told = [r for r in log if isinstance(r.event, Summarised) and r.event.upto >= first and r not in erased]
        for record in (*erased, *told):
            log[record.seq - 1] = replace(record, event=None, trace=trace_of(record.event) if record.event else None)
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
        """Fresh for the first one who asks."""
        if key in self._receipts:
            return Receipt(fresh=False, platform_id=self._receipts[key])
        self._receipts[key] = None
        return Receipt(fresh=True)

    async def get(self, key: str) -> Receipt | None:
        """Where it was claimed or settled."""
        return Receipt(fresh=False, platform_id=self._receipts[key]) if key in self._receipts else None

    async def settle(self, key: str, platform_id: str) -> None:
        """Keep what the platform calls it."""
        self._receipts[key] = platform_id

    async def release(self, key: str) -> None:
        """As if nobody had claimed it."""
        self._receipts.pop(key, None)


class MemoryLedger:
    """`Ledger` in dicts of (nanodollars, tokens)."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[int, int]] = {}
        self._granted: dict[str, tuple[int, int]] = {}
        self._open: dict[int, tuple[tuple[str, ...], int, int]] = {}
        self._last = 0

    async def reserve(self, caps: Mapping[str, Cap], amount: Amount) -> int:
        """Check every scope, then add the amount to all."""
        usd, tokens = round(amount.usd * NANO), amount.tokens
        for scope, cap in caps.items():
            self._check(scope, cap, usd, tokens)
        for scope in caps:
            self._add(self._spent, scope, usd, tokens)
        self._last += 1
        self._open[self._last] = tuple(caps), usd, tokens
        return self._last

    async def charge(self, reservation: int, actual: Amount) -> None:
        """Add the difference between what was reserved and what it cost."""
        if reservation in self._open:
            scopes, usd, tokens = self._open.pop(reservation)
            for scope in scopes:
                self._add(self._spent, scope, round(actual.usd * NANO) - usd, actual.tokens - tokens)

    async def spent(self, scope: str) -> Amount:
        """The scope's sum."""
        usd, tokens = self._spent.get(scope, (0, 0))
        return Amount(usd=usd / NANO, tokens=tokens)

    async def grant(self, scope: str, amount: Amount) -> None:
        """Add to the scope's grants."""
        self._add(self._granted, scope, round(amount.usd * NANO), amount.tokens)

    def _check(self, scope: str, cap: Cap, usd: int, tokens: int) -> None:
        spent_usd, spent_tokens = self._spent.get(scope, (0, 0))
        granted_usd, granted_tokens = self._granted.get(scope, (0, 0))
        if cap.usd is not None and spent_usd + usd > (limit := round(cap.usd * NANO) + granted_usd):
            raise BudgetExceeded(scope, limit=limit / NANO, spent=spent_usd / NANO, asked=usd / NANO, unit="usd")
        if cap.tokens is not None and spent_tokens + tokens > (limit := cap.tokens + granted_tokens):
            raise BudgetExceeded(scope, limit=limit, spent=spent_tokens, asked=tokens, unit="tokens")

    @staticmethod
    def _add(sums: dict[str, tuple[int, int]], scope: str, usd: int, tokens: int) -> None:
        had_usd, had_tokens = sums.get(scope, (0, 0))
        sums[scope] = had_usd + usd, had_tokens + tokens


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
    """All of the store's ports, as attributes, over one clock."""

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
    """Ports over a new `MemoryStore`, with in-process wake-ups. Without a clock, time is a `FakeClock` of its own."""
    time = clock or FakeClock()
    store = MemoryStore(time)
    return Ports(
        store=store,
        wakeups=InProcessWakeups(store.schedule, time),
        clock=time,
        models=models or {},
        sandbox=sandbox,
    )
