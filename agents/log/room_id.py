"""Rooms' names, taken apart: which platform, workspace and channel a room is in, and whose halts it obeys."""

from functools import lru_cache

from msgspec import Struct

INSTALLATION = "*"
"""The log of the whole installation: halts of everything."""

PARSED = 4096
"""Names that are kept taken apart."""


class RoomId(Struct, frozen=True, kw_only=True):
    """A room's name in its parts: ``slack:T1/C1/1699.1`` is a thread of a channel in a workspace; ``str`` puts it back.

    ``web:lobby`` is its own workspace. ``slack:T1/*`` and ``*`` are no rooms: they name the logs of a workspace and of
    the installation, which every room there obeys.
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
        """Take a name apart. Every text is one; what has no colon is a platform's only room."""
        platform, _, rest = name.partition(":")
        workspace, _, rest = rest.partition("/")
        channel, _, thread = rest.partition("/")
        return RoomId(platform=platform, workspace=workspace, channel=channel, thread=thread)

    @property
    def home(self) -> str:
        """The workspace by its full name: ``slack:T1``; budgets and people are of one."""
        return f"{self.platform}:{self.workspace}" if self.workspace else self.platform

    @property
    def place(self) -> str:
        """The channel's room: ``slack:T1/C1``, of a thread too."""
        return f"{self.home}/{self.channel}" if self.channel else self.home

    @property
    def only_halts(self) -> bool:
        """Whether it names no room but the log of a workspace or of the installation."""
        return INSTALLATION in (self.platform, self.channel)

    @property
    def above(self) -> tuple[str, ...]:
        """The logs that the room obeys besides its own, the nearest first.

        A thread obeys its channel's, and all obey their workspace's and the installation's.
        """
        if self.platform == INSTALLATION:
            return ()
        if self.channel == INSTALLATION:
            return (INSTALLATION,)
        wider = f"{self.home}/{INSTALLATION}", INSTALLATION
        return (self.place, *wider) if self.thread else wider
