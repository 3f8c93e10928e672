"""What stands between a house and the people at this machine."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agents.door import Door
from agents.events import Event
from agents.participants import Profile
from agents.ports import Files, Log
from agents.records import Record
from bots.bindings import HERE
from bots.wiring import House

BATCH = 500


class LocalDoor:
    """The door as this machine's own web room and terminal use it: whoever is here may do everything."""

    def __init__(self, door: Door, files: Files):
        self._door, self._files = door, files

    async def enter(self, room: str, by: Profile, event: Event, *, source: str) -> str | None:
        """As `agents.door.Door.enter`; a file that somebody asked for is kept, and named by where it lies."""
        note = await self._door.enter(room, by, event, source=source, groups=(HERE,))
        if note is None:
            return None
        if note.file is None:
            return note.text
        sha256 = await self._files.put(note.file.content)
        return f"{note.text} It is kept as file {sha256}."

    def commands(self) -> tuple[tuple[str, str], ...]:
        """Each verb with what it does."""
        return self._door.commands()


async def follow(log: Log, room: str, *, after: int = 0) -> AsyncGenerator[Record | None, None]:
    """Every record of the room above ``after``, as it comes; None whenever all there is has been yielded."""
    async with aclosing(log.watch(room)) as watch:
        seen = after
        while True:
            while records := await log.read(room, after=seen, limit=BATCH):
                for record in records:
                    yield record
                seen = records[-1].seq
            yield None
            async for _ in watch:
                break
            else:
                return


def faces(house: House, room: str) -> Sequence[Profile]:
    """The agents of a room as they are set up now."""
    binding = house.bindings.of(room)
    return [] if binding is None else [agent.profile for agent in binding.team.agents]
