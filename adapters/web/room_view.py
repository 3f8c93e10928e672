"""What the web room knows of one room's log: the core's own fold, and what only a page needs."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from agents.log.audiences import Audiences
from agents.log.events import Answered, Asked, Deleted, Edited, Reset, Said, ToolReturned, TurnStarted, TurnTaken, Usage
from agents.log.files import FileRef
from agents.log.fold import fold
from agents.log.participants import ParticipantId, is_person
from agents.log.records import Record
from agents.log.transcript import Transcript
from agents.ports import Log
from agents.team.termination import visible_text

CHUNK = 1000
READ_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What one agent has used so far: its turns, its model calls, and the choices that gave it the floor."""

    turns: int = 0
    usage: Usage | None = None
    choosing: Usage | None = None
    model: str = ""


class RoomView:
    """One room's log as far as it was read. Numbers in a log have no gaps, so ``head`` also says how many there are.

    ``origin`` tells this log from another one under the same name; it is empty as long as the log is.
    """

    def __init__(self, log: Log, room: str) -> None:
        self.room = room
        self.transcript = Transcript(room=room)
        self.spend: dict[ParticipantId, Spend] = {}
        self.files: dict[str, FileRef] = {}
        self.questions: dict[int, Record] = {}
        self.origin = ""
        self._log = log
        self._speaker: ParticipantId = ""
        self._deleted: set[int] = set()
        self._audiences = Audiences()
        self._lock = asyncio.Lock()

    @property
    def head(self) -> int:
        """The number of the last record read."""
        return self.transcript.seq

    async def catch_up(self) -> None:
        """Read what is new. Raises `StoreFailed`."""
        async with self._lock:
            while True:
                async with asyncio.timeout(READ_SECONDS):
                    records = await self._log.read(self.room, after=self.head, limit=CHUNK)
                for record in records:
                    self._note(record)
                self.transcript = fold(self.transcript, records)
                if len(records) < CHUNK:
                    return

    def shown(self, record: Record, viewer: ParticipantId | None) -> Record:
        """The record as this viewer may see it: emptied where it was deleted or is for others only.

        The word that ends a conversation (such as TERMINATE) is left out, as everywhere people read.
        """
        target = record.event.target if isinstance(record.event, Edited | Deleted) else record.seq
        hidden = not self._audiences.allow(record.seq, viewer)
        gone = target in self._deleted and not isinstance(record.event, Deleted)
        if hidden or gone:
            return replace(record, event=None)
        if isinstance(record.event, Said) and not is_person(record.by):
            return replace(record, event=replace(record.event, text=visible_text(record.event.text)))
        return record

    def may_see_turn(self, start: int, viewer: ParticipantId | None) -> bool:
        """Whether this viewer may see what was done in the turn that started with that record."""
        return self._audiences.allow_turn(start, viewer)

    def _note(self, record: Record) -> None:
        self.origin = self.origin or str(int(record.at * 1000))
        self._audiences.note(record)
        match record.event:
            case Said(files=files) | ToolReturned(files=files):
                self.files |= {file.sha256: file for file in files}
            case Deleted(target=target):
                self._deleted.add(target)
            case TurnStarted(speaker=speaker, choosing=choosing):
                self._speaker = speaker
                self._spend(speaker, Spend(turns=1, choosing=choosing))
            case TurnTaken(usage=usage, model=model):
                self._spend(self._speaker, Spend(usage=usage, model=model))
            case Asked():
                self.questions[record.seq] = record
            case Answered(question=question, files=files):
                self.questions.pop(question, None)
                self.files |= {file.sha256: file for file in files}
            case Reset():
                self.questions.clear()
            case _:
                pass

    def _spend(self, agent: ParticipantId, more: Spend) -> None:
        had = self.spend.get(agent, Spend())
        self.spend[agent] = Spend(
            turns=had.turns + more.turns,
            usage=_sum(had.usage, more.usage),
            choosing=_sum(had.choosing, more.choosing),
            model=more.model or had.model,
        )


class RoomViews:
    """The views of the rooms that were opened since the process started; as many as there are rooms."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._rooms: dict[str, RoomView] = {}

    async def of(self, room: str) -> RoomView:
        """The room's view, caught up."""
        view = self._rooms.setdefault(room, RoomView(self._log, room))
        await view.catch_up()
        return view


def is_halted(view: RoomView, above: Iterable[RoomView]) -> bool:
    """Whether nobody may speak in the room: by its own log, its workspace's or the installation's."""
    return any(each.transcript.halted for each in (view, *above))


def _sum(had: Usage | None, more: Usage | None) -> Usage | None:
    return more if had is None else had if more is None else had + more
