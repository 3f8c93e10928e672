"""Rooms' names, taken apart: which platform, workspace and channel a room is in, and whose halts it obeys."""

from functools import lru_cache

from msgspec import Struct

INSTALLATION = "*"
"""The log of the whole installation; a halt in it holds for every room."""

PARSED = 4096
"""How many names are remembered in their parts; of more rooms, those asked for longest ago are parsed again."""


class RoomId(Struct, frozen=True, kw_only=True):
    """A room's name in its parts; ``str`` puts them together again.

    ``slack:T1/C1/1699.1`` is a thread in the channel ``C1`` of the workspace ``T1``; ``web:lobby`` has one for itself.
    ``slack:T1/*`` and ``*`` are no rooms: they name the logs of a workspace and of the installation, whose halts hold
    for every room there.

        thread = RoomId.parse("slack:T1/C1/1699.1")
        assert thread.place == "slack:T1/C1"
        assert thread.above == ("slack:T1/C1", "slack:T1/*", "*")
    """

    platform: str
    workspace: str = ""
    channel: str = ""
    thread: str = ""

    def __str__(self) -> str:
        return f"{self.place}/{self.thread}" if self.thread else self.place

    @staticmethod
    @lru_cache(PARSED)
    def parse(name: str) -> "RoomId":
        """Take a name apart. Every text is a name; one without a colon is a platform's only room."""
        platform, _, rest = name.partition(":")
        workspace, _, rest = rest.partition("/")
        channel, _, thread = rest.partition("/")
        return RoomId(platform=platform, workspace=workspace, channel=channel, thread=thread)

    @property
    def home(self) -> str:
        """The full name of the workspace, ``slack:T1``: what budgets and people belong to."""
        return f"{self.platform}:{self.workspace}" if self.workspace else self.platform

    @property
    def place(self) -> str:
        """The name of the channel's room, ``slack:T1/C1``, for the channel itself and for its threads."""
        return f"{self.home}/{self.channel}" if self.channel else self.home

    @property
    def only_halts(self) -> bool:
        """Whether it names the log of a workspace or of the installation, and so no room."""
        return INSTALLATION in (self.platform, self.channel)

    @property
    def above(self) -> tuple[str, ...]:
        """The logs whose halts hold for the room, besides its own; the nearest first.

        They are the channel's (for a thread), the workspace's and the installation's.
        """
        if self.platform == INSTALLATION:
            return ()
        if self.channel == INSTALLATION:
            return (INSTALLATION,)
        wider = f"{self.home}/{INSTALLATION}", INSTALLATION
        return (self.place, *wider) if self.thread else wider
