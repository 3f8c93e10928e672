"""What is kept: the rooms' logs and what stands beside them, a port each, and `Store`, which has them all.

*Durable* means that what was written is there after the process, or the machine, has died.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from agents.log.events import TurnStarted
from agents.log.participants import ParticipantId
from agents.log.records import Entry, Record
from agents.ports.ledger import Ledger
from agents.ports.watches import Watch


class Log(Protocol):
    """The rooms' append-only logs. Every method may raise `StoreFailed`.

        hello = Entry(event=Said(text="Hello."), by="person:web/ana", source="web:1")
        written = await store.log.append("web:lobby", [hello])
        assert await store.log.read("web:lobby") == written
        assert await store.log.append("web:lobby", [hello]) == ()

    The second append does nothing: the store holds the source already.
    """

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        """Append the entries in order, durably, all of them or none; return the records that were written.

        An entry whose ``source`` the store holds already, in any room, is left out, and the result is shorter. Seqs are
        1, 2, 3 ... without gaps. The ``turn`` of an entry of `THIS_TURN` is the seq of the `TurnStarted` before it.
        """
        ...

    async def read(self, room: str, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        """The first ``limit`` records whose seq is above ``after``, in order; none for a room that nobody knows."""
        ...

    async def find(self, source: str) -> Record | None:
        """The record with this source, in whatever room and however old, an erased one too; one look-up."""
        ...

    async def head(self, room: str) -> int:
        """The seq of the room's newest record; 0 for a room without any."""
        ...

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> Watch:
        """A watch over these rooms, or over all of them (None), for news that come after this call.

        News are appended records and, unless ``drafts`` is false, changed drafts. One piece of news may stand for many
        records, so read the log until nothing is left. Whoever watches closes the watch.
        """
        ...

    async def erase(self, room: str, seqs: Sequence[int]) -> int:
        """Erase the events of these records for good, from all files of the store; return how many were erased.

        Summaries made of them go too, the room's snapshot, the words of its draft, and files that no other record
        names. Of each record, what `agents.log.records.trace_of` says is left.
        """
        ...


class Receipt(Struct, frozen=True, kw_only=True):
    """How far an effect outside has come. ``fresh``: nobody had claimed it, so the caller brings it about now.

    One that is not fresh has happened under ``platform_id``. Where that is None it was begun and nobody knows what
    became of it: look before you do it again.
    """

    fresh: bool
    platform_id: str | None = None


class Receipts(Protocol):
    """What was begun outside, and what became of it, so that it happens once. Every method may raise `StoreFailed`.

        receipt = await store.receipts.claim("web:lobby#1/1")
        if receipt.fresh:
            await store.receipts.settle("web:lobby#1/1", "m1")

    A key is any text that names the effect. Here it is done between the two: the platform calls the new post ``m1``.
    """

    async def claim(self, key: str) -> Receipt:
        """Write down, durably, that this effect begins, unless that is written already; return how far it has come."""
        ...

    async def get(self, key: str) -> Receipt | None:
        """How far an effect has come, without claiming it; None where nobody has claimed it."""
        ...

    async def settle(self, key: str, platform_id: str) -> None:
        """Note that it happened, under this id; a second time overwrites the first.

        A crash in the next moment may forget this, though not the claim: the effect is looked for, and not repeated.
        """
        ...

    async def release(self, key: str) -> None:
        """Note that it certainly did not happen: the next claim is fresh."""
        ...


class Files(Protocol):
    """The rooms' files, by the SHA-256 of their bytes. Every method may raise `StoreFailed`.

        sha256 = await store.files.put(b"a,b")
        assert await store.files.get(sha256) == b"a,b"

    `Log.erase` drops those that no record names any more.
    """

    async def put(self, content: bytes) -> str:
        """Keep the bytes durably; return their SHA-256 in hexadecimal. The same bytes are kept once."""
        ...

    async def get(self, sha256: str) -> bytes:
        """The bytes. Raises `StoreFailed` where they were erased, or never put."""
        ...


class Facts(Protocol):
    """Small texts that no room's log holds, by namespace and key. Every method may raise `StoreFailed`.

        await store.facts.put("bindings", "web:lobby", "coding")
        assert await store.facts.items("bindings") == {"web:lobby": "coding"}

    Adapters keep here what they must know after a restart: installations, how far they have read, which team is where.
    """

    async def get(self, namespace: str, key: str) -> str | None:
        """The text under this key; None where there is none."""
        ...

    async def put(self, namespace: str, key: str, body: str, *, soon: bool = False) -> None:
        """Write it, or write it over, durably.

        With ``soon`` it is durable within a moment. That costs less, and is for what is found again after a crash.
        """
        ...

    async def delete(self, namespace: str, key: str, *, soon: bool = False) -> None:
        """Forget it, durably, or within a moment with ``soon``. It need not be there."""
        ...

    async def items(self, namespace: str) -> dict[str, str]:
        """All keys of the namespace with their texts."""
        ...


class Draft(Struct, frozen=True, kw_only=True, gc=False):
    """The text of a turn while it grows: all of it so far, and apart from it what the model thinks.

    A reply function yields one to show people text that grows; the whole text comes as `Said`.

        async def slowly(turn: Turn) -> Acts:
            yield Draft(text="I am")
            yield Draft(text="I am thinking.")
            yield Said(text="I am done.")
    """

    text: str
    thoughts: str = ""


class OpenDraft(Struct, frozen=True, kw_only=True, gc=False):
    """The turn that has the floor in a room: how it started, when, and its text so far.

    It is there from the moment when the floor is given, before the log holds anything of the turn. ``at`` is when that
    was, in seconds since the epoch. After a restart ``started`` may lack why the speaker was chosen.
    """

    room: str
    started: TurnStarted
    at: float = 0.0
    draft: Draft = Draft(text="")

    @property
    def key(self) -> str:
        """A name of the turn, unlike that of any other in its room."""
        return turn_key(self.started)

    def visible_to(self, participant: ParticipantId | None) -> bool:
        """Whether the participant may see the text; None asks whether everybody may."""
        audience = self.started.audience
        return not audience or participant in audience or participant == self.started.speaker


def turn_key(started: TurnStarted) -> str:
    """A name of the turn, unlike that of any other in its room, which it has before its start has a seq.

    An agent gets the floor only once from the same seq. The exception is a turn that was lost with its process and is
    given again: it has the same key, so that it goes on in the message that already shows its text.
    """
    return f"{started.upto}/{started.speaker}"


class Drafts(Protocol):
    """The text that is growing in each room, one at most; it is no part of the log. May raise `StoreFailed`.

        started = TurnStarted(speaker="agent:coder", upto=1, rung="mentioned")
        await store.drafts.write(OpenDraft(room="web:lobby", started=started, draft=Draft(text="One moment")))
        await store.drafts.clear("web:lobby")

    A draft may be lost with the process: what was said is in the log.
    """

    async def write(self, draft: OpenDraft) -> None:
        """Replace the room's draft. Watches hear of it at once; it is durable within about a second."""
        ...

    async def read(self, room: str) -> OpenDraft | None:
        """The room's draft; None where nobody has the floor."""
        ...

    async def clear(self, room: str) -> None:
        """Drop the room's draft, because the turn is over. There need not be one."""
        ...


class Snapshots(Protocol):
    """Rooms' transcripts, so that their logs need not be read from the beginning. May raise `StoreFailed`.

        await store.snapshots.save("web:lobby", 12, "{}")
        assert await store.snapshots.load("web:lobby") == (12, "{}")

    It is a cache: what is lost here is made again from the log. `agents.log.snapshots` writes and reads the texts.
    """

    async def save(self, room: str, seq: int, body: str) -> None:
        """Keep ``body`` as what the log makes up to ``seq``, in the place of an older one."""
        ...

    async def load(self, room: str) -> tuple[int, str] | None:
        """The seq and the body that were saved last; None where none were, or something was erased since."""
        ...


class Schedule(Protocol):
    """Which rooms there are and which are to be run, kept beside the log. Every method may raise `StoreFailed`.

        await store.schedule.wake_at("web:lobby", 60.0)
        assert await store.schedule.due(now=61.0) == ("web:lobby",)
        await store.schedule.settle("web:lobby", 0, None)
        assert await store.schedule.due(now=61.0) == ()

    An append makes a room due by itself. Times are in seconds since the epoch.
    """

    async def due(self, now: float) -> tuple[str, ...]:
        """Rooms with records above what was settled, and those whose alarm is not after ``now``."""
        ...

    async def settle(self, room: str, upto: int, wake_at: float | None) -> None:
        """Note that everything up to the seq ``upto`` was dealt with, and set or lift (None) the room's alarm.

        A crash in the next moment may forget this: the room is run once more, and finds nothing to do.
        """
        ...

    async def wake_at(self, room: str, at: float) -> None:
        """Make the room due at ``at`` at the latest; an earlier alarm stays."""
        ...

    async def rooms(self, under: str | None = None) -> tuple[str, ...]:
        """Every room that ever had a record or an alarm, in alphabetical order; or only those ``under`` a log.

        Under ``slack:T1/C1`` are the threads of that channel, under ``slack:T1/*`` all rooms of that workspace (see
        `RoomId.above`). A log is not under itself.
        """
        ...

    async def awake(self, under: str) -> tuple[str, ...]:
        """Those of `rooms` that are not at rest: with records above what was settled, or an alarm, due or not.

        A room that is being run is among them once anything of that run is in its log.
        """
        ...


class Store(Protocol):
    """All that is kept, as the ports that it is made of; they work on the same rooms.

        assert await store.log.head("web:lobby") == 0
        assert await store.drafts.read("web:lobby") is None
        assert await store.schedule.rooms() == ()

    `agents.testing.MemoryStore` is one for tests, `adapters.sqlite_store` one that lasts.
    """

    @property
    def log(self) -> Log:
        """What happened in each room."""
        ...

    @property
    def receipts(self) -> Receipts:
        """What was begun outside, and what became of it."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What may be spent, and what was."""
        ...

    @property
    def files(self) -> Files:
        """The files that records name."""
        ...

    @property
    def facts(self) -> Facts:
        """Small texts that no room's log holds."""
        ...

    @property
    def drafts(self) -> Drafts:
        """The texts that are growing now."""
        ...

    @property
    def snapshots(self) -> Snapshots:
        """Rooms' transcripts, as a cache."""
        ...

    @property
    def schedule(self) -> Schedule:
        """Which rooms there are, and which are to be run."""
        ...
