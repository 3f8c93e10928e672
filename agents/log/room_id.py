"""Rooms' names, taken apart: which platform, workspace and channel a room is in, and whose halts it obeys."""

import re
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

INSTALLATION = "*"
"""The log of the whole installation; a halt in it holds for every room."""

PARSED = 4096
"""How many names are remembered in their parts; of more rooms, those asked for longest ago are parsed again."""

_STEP = re.compile(r"[0-9]+\.[0-9]+")


class RoomId(Struct, frozen=True, kw_only=True):
    """A room's name in its parts; ``str`` puts them together again.

    ``slack:T1/C1/1699.1`` is a thread in the channel ``C1`` of the workspace ``T1``; ``web:lobby`` has one for itself.
    ``slack:T1/*`` and ``*`` are no rooms: they name the logs of a workspace and of the installation, whose halts hold
    for every room there. ``web:lobby~12.1`` is a child room, the first that was opened in ``web:lobby`` by whoever had
    read up to 12 there; it may have children itself.

    platform: where the room is: ``slack``, ``discord``, ``web`` or ``terminal``.
    workspace: a team, a server, or the name of a room that stands alone.
    channel: the channel in it; empty where there is none.
    thread: the thread in the channel; empty for the channel itself.
    child: the steps down to a child room, ``12.1~3.2``; empty for a room of people.

        thread = RoomId.parse("slack:T1/C1/1699.1")
        assert thread.place == "slack:T1/C1"
        assert thread.above == ("slack:T1/C1", "slack:T1/*", "*")
        assert RoomId.parse("web:lobby~12.1~3.2").above == ("web:lobby~12.1", "web:lobby", "web:lobby/*", "*")
    """

    platform: str
    workspace: str = ""
    channel: str = ""
    thread: str = ""
    child: str = ""

    def __str__(self) -> str:
        return f"{self.root}~{self.child}" if self.child else self.root

    @staticmethod
    @lru_cache(PARSED)
    def parse(name: str) -> "RoomId":
        """Take a name apart. Every text is a name; one without a colon is a platform's only room."""
        root, *steps = name.split("~")
        child: list[str] = []
        while steps and _STEP.fullmatch(steps[-1]):
            child.insert(0, steps.pop())
        platform, _, rest = "~".join((root, *steps)).partition(":")
        workspace, _, rest = rest.partition("/")
        channel, _, thread = rest.partition("/")
        return RoomId(platform=platform, workspace=workspace, channel=channel, thread=thread, child="~".join(child))

    @property
    def home(self) -> str:
        """The full name of the workspace, ``slack:T1``: what budgets and people belong to."""
        return f"{self.platform}:{self.workspace}" if self.workspace else self.platform

    @property
    def place(self) -> str:
        """The name of the channel's room, ``slack:T1/C1``, for the channel itself and for its threads."""
        return f"{self.home}/{self.channel}" if self.channel else self.home

    @property
    def root(self) -> str:
        """The name of the room where people are: of a child room the one above all, of any other its own."""
        return f"{self.place}/{self.thread}" if self.thread else self.place

    @property
    def parent(self) -> str | None:
        """The name of the room that opened this child room; None for a room of people."""
        if not self.child:
            return None
        return str(replace(self, child=self.child.rpartition("~")[0]))

    @property
    def depth(self) -> int:
        """How many rooms stand above a child room, up to that of the people; 0 for a room of people."""
        return self.child.count("~") + 1 if self.child else 0

    @property
    def only_halts(self) -> bool:
        """Whether it names the log of a workspace or of the installation, and so no room."""
        return INSTALLATION in (self.platform, self.channel)

    @property
    def above(self) -> tuple[str, ...]:
        """The logs whose halts hold for the room, besides its own; the nearest first.

        They are, for a child room, the rooms above it, and then the channel's (for a thread), the workspace's and the
        installation's.
        """
        parent = self.parent
        if parent is not None:
            return (parent, *RoomId.parse(parent).above)
        if self.platform == INSTALLATION:
            return ()
        if self.channel == INSTALLATION:
            return (INSTALLATION,)
        wider = f"{self.home}/{INSTALLATION}", INSTALLATION
        return (self.place, *wider) if self.thread else wider


def child_name(room: str, upto: int, number: int) -> str:
    """The name of a child room: of those that were opened together, after reading up to ``upto``, the ``number``-th."""
    return f"{room}~{upto}.{number}"
