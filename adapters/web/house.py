"""What the web room is given of the running installation (the *house*): its store, its door, its rooms."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from adapters.web.notices import Notices
from agents.log.participants import Profile
from agents.people.door import Door
from agents.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHouse:
    """What the web room is given. It reads log, drafts and files, keeps people in facts, writes by the door.

    ``rooms`` names the rooms that may be opened, the first one is where visitors land. ``faces`` are a room's agents
    as they are set up now. ``groups`` is what everybody at the page belongs to. ``samples`` are tasks offered as
    buttons while a room is empty.
    """

    door: Door
    store: Store
    faces: Callable[[str], Sequence[Profile]]
    rooms: Callable[[], Sequence[str]]
    notices: Notices
    groups: Collection[str] = ()
    samples: tuple[str, ...] = ()
