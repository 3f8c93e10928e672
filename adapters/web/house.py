"""What the web room needs from the house it stands in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.web.notices import Notices
from agents.log.events import Event
from agents.log.participants import Profile
from agents.people.command_actions import PrivateReply
from agents.ports import Store


class Door(Protocol):
    """The only way in for what people do."""

    async def enter(self, room: str, by: Profile, event: Event, *, source: str) -> PrivateReply | None:
        """Authorise, append, wake; a command inside a `Said` is executed instead.

        What comes back is for that person only: a command's answer, or a hint. A ``source`` that was seen
        before changes nothing. Raises `NotAllowed`, `WrongUse`, `StoreFailed`.
        """
        ...

    def commands(self) -> tuple[tuple[str, str], ...]:
        """Every verb with one line of help, for completion."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHouse:
    """The web room's surroundings. It reads log, drafts and files, keeps its people in records, writes by the door.

    ``rooms`` names the rooms that may be opened, the first one is where visitors land. ``faces`` are a room's agents
    as they are set up now. ``samples`` are tasks offered as buttons while a room is empty.
    """

    door: Door
    store: Store
    faces: Callable[[str], Sequence[Profile]]
    rooms: Callable[[], Sequence[str]]
    notices: Notices
    samples: tuple[str, ...] = ()
