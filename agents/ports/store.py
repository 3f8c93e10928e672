"""What a house keeps: the rooms' logs and what stands beside them, a port each, and `Store`, which has them all."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from agents.log.events import TurnStarted
from agents.log.records import Entry, Record


class Watch(Protocol):
    """A running watch over one room or all of them (see `Log.watch`), for one reader.

    ``seq`` is the highest record number that it has heard of: whoever holds that record need not read the log.
    """

    seq: int

    def __aiter__(self) -> "Watch":
        """Itself."""
        ...

    async def __anext__(self) -> str:
        """The next room with news; news that came since the last one are not lost. Ends once the watch is closed."""
        ...

    async def aclose(self) -> None:
        """End the watch, also for a reader that waits; closing twice is fine."""
        ...


class Log(Protocol):
    """The rooms' append-only logs. Every method may raise `StoreFailed`."""

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        """Append all entries in order, durably, as one commit; what is returned was written.

        An entry whose ``source`` the store holds already (in any room) is left out: the result is shorter.
        Numbers are 1, 2, 3 … without gaps. Entries of `THIS_TURN` get the number of the `TurnStarted` before them.
        Concurrent appends may share a commit.
        """
        ...

    async def read(self, room: str, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        """Up to ``limit`` records with ``seq > after``, in order; an unknown room is empty."""
        ...

    async def find(self, source: str) -> Record | None:
        """The record with this source, in whatever room and however old, also when it was erased; one look-up."""
        ...

    async def head(self, room: str) -> int:
        """The number of the room's newest record; 0 for a room without any."""
        ...

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> Watch:
        """Yield a room's id whenever it has news (None: any room's), starting with what follows this call.

        News are appended records and, unless ``drafts`` is off, changed drafts. Signals are coalesced: one may stand
        for many, so the reader reads until nothing is left. Whoever watches closes the watch.
        """
        ...

    async def erase(self, room: str, seqs: Sequence[int]) -> int:
        """Empty these records for good, in all files; how many were emptied.

        `trace_of` is left of each. The room's snapshot is dropped, and the words of its draft.
        """
        ...


class Receipt(Struct, frozen=True, kw_only=True):
    """The state of one external effect. ``fresh``: nobody claimed it before, the caller does it now.

    Not fresh and ``platform_id`` None: begun, its outcome unknown; look before doing it again.
    """

    fresh: bool
    platform_id: str | None = None


class Receipts(Protocol):
    """Who posted what: makes external effects happen once. Every method may raise `StoreFailed`."""

    async def claim(self, key: str) -> Receipt:
        """Write down, durably, that this effect begins, unless it already has."""
        ...

    async def get(self, key: str) -> Receipt | None:
        """What `claim` would answer to somebody who is not the first, without claiming; None where nobody has."""
        ...

    async def settle(self, key: str, platform_id: str) -> None:
        """It happened, under this id; settling again overwrites. A crash within a moment may forget the id."""
        ...

    async def release(self, key: str) -> None:
        """It certainly did not happen: the next claim is fresh."""
        ...


class Cap(Struct, frozen=True, kw_only=True, gc=False):
    """The most that one scope may spend; None = no such limit."""

    usd: float | None = None
    tokens: int | None = None


class Amount(Struct, frozen=True, kw_only=True, gc=False):
    """Money in US dollars and tokens."""

    usd: float = 0.0
    tokens: int = 0


class Ledger(Protocol):
    """Budgets. A scope is any text (``room:web:lobby/2026-11-22``). Every method may raise `StoreFailed`."""

    async def reserve(self, caps: Mapping[str, Cap], amount: Amount) -> int:
        """Set ``amount`` aside in all scopes at once and return the reservation's number.

        Raises `BudgetExceeded`, having reserved nothing, if any scope's charges plus open reservations plus
        ``amount`` would exceed its cap plus its grants. A reservation still open after a crash stays charged in full.
        """
        ...

    async def charge(self, reservation: int, actual: Amount) -> None:
        """Replace the reservation by what it really cost. A second charge changes nothing."""
        ...

    async def spent(self, scope: str) -> Amount:
        """Charges plus open reservations of the scope."""
        ...

    async def grant(self, scope: str, amount: Amount) -> None:
        """Raise the scope's cap by ``amount`` ("add budget")."""
        ...


class Files(Protocol):
    """The rooms' files by the SHA-256 of their bytes. Every method may raise `StoreFailed`."""

    async def put(self, content: bytes) -> str:
        """Keep the bytes durably; return their SHA-256 in hexadecimal. The same bytes are kept once."""
        ...

    async def get(self, sha256: str) -> bytes:
        """The bytes. Raises `StoreFailed` where they are not (erased, or never put)."""
        ...


class Facts(Protocol):
    """Small JSON-ready texts by namespace: installations, cursors, bindings. May raise `StoreFailed`."""

    async def get(self, namespace: str, key: str) -> str | None:
        """The body, or None."""
        ...

    async def put(self, namespace: str, key: str, body: str, *, soon: bool = False) -> None:
        """Write or overwrite it, durably; ``soon``: in a moment, for what is found again where a crash forgets it."""
        ...

    async def delete(self, namespace: str, key: str, *, soon: bool = False) -> None:
        """Forget it, durably or soon; forgetting what is not there is fine."""
        ...

    async def items(self, namespace: str) -> dict[str, str]:
        """All keys with their bodies."""
        ...


class Draft(Struct, frozen=True, kw_only=True, gc=False):
    """The text of a turn that is still growing: all of it so far, and the model's thoughts apart."""

    text: str
    thoughts: str = ""


class OpenDraft(Struct, frozen=True, kw_only=True, gc=False):
    """The turn that has the floor in a room: how it started, when, and its text so far.

    It is there from the moment the floor is given, when the log may hold nothing of the turn yet. ``at`` is in seconds
    since the epoch. After a restart ``started`` may lack why the speaker was chosen.
    """

    room: str
    started: TurnStarted
    at: float = 0.0
    draft: Draft = Draft(text="")

    @property
    def key(self) -> str:
        """Names the turn among all of its room."""
        return turn_key(self.started)


def turn_key(started: TurnStarted) -> str:
    """Names a turn among all of its room, before its start has a number: nobody starts twice from the same seq.

    But for a turn that was lost with its process and is given again; that one goes on with what is shown of it.
    """
    return f"{started.upto}/{started.speaker}"


class Drafts(Protocol):
    """The volatile tail of a log: at most one growing text a room. Every method may raise `StoreFailed`."""

    async def write(self, draft: OpenDraft) -> None:
        """Replace the room's draft; watchers are told at once, it is durable within about a second."""
        ...

    async def read(self, room: str) -> OpenDraft | None:
        """The room's current draft."""
        ...

    async def clear(self, room: str) -> None:
        """The turn is over."""
        ...


class Snapshots(Protocol):
    """A cache of folded rooms; losing it costs time, never truth. May raise `StoreFailed`."""

    async def save(self, room: str, seq: int, body: str) -> None:
        """Keep ``body`` as the fold of everything up to ``seq``; replaces an older one."""
        ...

    async def load(self, room: str) -> tuple[int, str] | None:
        """The newest kept fold with its seq."""
        ...


class Schedule(Protocol):
    """The durable side of wake-ups, kept beside the log. May raise `StoreFailed`."""

    async def due(self, now: float) -> tuple[str, ...]:
        """Rooms with records above what was settled, or whose ``wake_at`` has come."""
        ...

    async def settle(self, room: str, upto: int, wake_at: float | None) -> None:
        """Everything up to ``upto`` was dealt with; next alarm, if any. A crash within a moment may leave it due."""
        ...

    async def wake_at(self, room: str, at: float) -> None:
        """Make the room due at ``at`` at the latest."""
        ...

    async def rooms(self, under: str | None = None) -> tuple[str, ...]:
        """Every name that ever had a record or an alarm, in alphabetical order; ``under``: those that obey that log.

        Under ``slack:T1/C1`` are the threads of that channel, under ``slack:T1/*`` all rooms of that workspace (see
        `RoomId.above`). A log is not under itself.
        """
        ...

    async def awake(self, under: str) -> tuple[str, ...]:
        """Those of `rooms` that are not at rest: with records above what was settled, or an alarm, due or not.

        Whoever runs is among them once anything of it is written down.
        """
        ...


class Store(Protocol):
    """Everything that a house keeps, as the ports that it is made of; all of them work on the same rooms."""

    @property
    def log(self) -> Log:
        """What happened in each room."""
        ...

    @property
    def receipts(self) -> Receipts:
        """Which external effects were begun, and what came of them."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What was spent."""
        ...

    @property
    def files(self) -> Files:
        """The files that records name."""
        ...

    @property
    def facts(self) -> Facts:
        """Small texts that no room owns."""
        ...

    @property
    def drafts(self) -> Drafts:
        """What is being said."""
        ...

    @property
    def snapshots(self) -> Snapshots:
        """Folded rooms."""
        ...

    @property
    def schedule(self) -> Schedule:
        """Which rooms there are, and which of them are to be run."""
        ...
