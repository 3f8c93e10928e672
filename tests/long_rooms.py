"""Rooms with thousands of records behind a message, and how many old ones are read again."""

from agents.log.events import Edited, Said, TurnTaken
from agents.log.participants import is_person
from agents.log.records import Entry, Record
from agents.testing import until
from bots.wiring import House

END = "That was long."

_AT_ONCE = 1000


class LongRoom:
    """A room in which a person said something, after which much happened that nobody said."""

    def __init__(self, house: House, name: str):
        self._house, self.name = house, name
        self._log = house.ports.store.log
        self._upto = 0
        self.read_again: list[Record] = []
        """Old records that were read since `count`."""

    async def grow(self, records: int) -> None:
        """Let so many things happen; the last one is that the planner says `END`, which is posted after all of them."""
        filler = Entry(event=TurnTaken(outcome="passed"), by="agent:planner", turn=1)
        for start in range(0, records, _AT_ONCE):
            await self._log.append(self.name, [filler] * min(_AT_ONCE, records - start))
        await self._log.append(self.name, [Entry(event=Said(text=END), by="agent:planner")])

    async def count(self) -> int:
        """Count from now on what is read again; the number of the person's record."""
        self._upto = (await self._house.rooms.read(self.name)).seq
        (said,) = [one.seq for one in await self._log.read(self.name) if _is_a_persons(one)]
        self._read = self._log.read
        self._log.read = self._counted  # type: ignore[method-assign]
        return said

    async def edited(self) -> Edited:
        """What it hears first of an edit."""
        found: list[Edited] = []

        async def is_there() -> bool:
            records = await self._read(self.name, after=self._upto)
            found[:] = [one.event for one in records if isinstance(one.event, Edited)]
            return bool(found)

        await until(is_there)
        return found[0]

    async def _counted(self, room: str, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        records = await self._read(room, after=after, limit=limit)
        self.read_again += [one for one in records if room == self.name and one.seq <= self._upto]
        return records


def _is_a_persons(record: Record) -> bool:
    return isinstance(record.event, Said) and is_person(record.by) and not record.event.recalled
