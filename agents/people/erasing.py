"""Erasing a message, and with it whatever was made from it: later versions, notes, and copies in child rooms."""

from msgspec import Struct, field

from agents.log.events import Answered, Closed, Deleted, Edited, Noted, Opened
from agents.log.participants import SYSTEM
from agents.log.passages import answer_source, background_source, deletion_source, task_source
from agents.log.records import Entry, Record
from agents.ports import Ports


class _Derived(Struct):
    """What hangs together with a message: the seqs that are to be erased, and the sources of copies in child rooms."""

    gone: set[int]
    children: set[str] = field(default_factory=set[str])
    copies: list[str] = field(default_factory=list[str])

    def add(self, record: Record) -> None:
        """Look at the next record of the log, in order."""
        match record.event or record.trace:
            case Answered(question=question) if record.seq in self.gone:
                # There is a copy only where the question was a child room's.
                self.copies.append(answer_source(record.room, question))
            case Edited(target=target) if target in self.gone:
                self.gone.add(record.seq)
            case Noted(sources=sources) if not self.gone.isdisjoint(sources or ()):
                self.gone.add(record.seq)
            case Opened(child=child, sources=sources, background=background):
                made_from_it = not self.gone.isdisjoint(sources or ())
                given = [seq for seq in background if seq in self.gone]
                if made_from_it:
                    self.gone.add(record.seq)
                    self.copies.append(task_source(child))
                self.copies += [background_source(child, seq) for seq in given]
                if made_from_it or given:
                    self.children.add(child)
            case Closed(child=child) if child in self.children:
                self.gone.add(record.seq)
            case _:
                pass


async def erase(ports: Ports, room: str, target: int) -> None:
    """Empty a message's row in the log, and the rows of whatever was made from it, in child rooms too.

    Without that the deleted words would still stand in exports. A second time does what a first one left undone.
    Raises `StoreFailed`.
    """
    log, derived, after = ports.store.log, _Derived({target}), target - 1
    while records := await log.read(room, after=after):
        for record in records:
            derived.add(record)
        after = records[-1].seq
    for source in derived.copies:
        copy = await log.find(source)
        if copy is not None:
            deleted = Entry(event=Deleted(target=copy.seq), by=SYSTEM, source=deletion_source(copy.room, copy.seq))
            await log.append(copy.room, [deleted])
            await erase(ports, copy.room, copy.seq)
            await ports.wakeups.wake(copy.room)
    await log.erase(room, sorted(derived.gone))
