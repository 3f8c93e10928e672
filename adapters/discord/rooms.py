"""Rooms and the places on Discord that they are: ``discord:SERVER/CHANNEL[/THREAD]`` and ``discord:dm/CHANNEL``."""

from dataclasses import dataclass, replace

from agents.log.room_id import RoomId

NAME = "discord"
DIRECT = "dm"

_EPOCH = 1_420_070_400.0
"""Discord's first second, which its ids count from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A channel, or one of its threads. ``server`` is None for a direct message. All are Discord's ids."""

    server: int | None
    channel: int
    thread: int | None = None

    @property
    def destination(self) -> int:
        """What Discord is told to post to."""
        return self.channel if self.thread is None else self.thread

    @property
    def parent(self) -> "Where":
        """The channel without its thread."""
        return replace(self, thread=None)

    @property
    def room(self) -> str:
        """The room's id."""
        ids = (DIRECT if self.server is None else self.server, self.channel, self.thread)
        return f"{NAME}:{'/'.join(str(one) for one in ids if one is not None)}"


def where_is(room: str) -> Where:
    """The place of a room. Raises ValueError for what is no room of Discord's."""
    room_id = RoomId.parse(room)
    if room_id.platform != NAME:
        raise ValueError(f"{room} is not a room on Discord")
    return Where(
        server=None if room_id.workspace == DIRECT else int(room_id.workspace),
        channel=int(room_id.channel),
        thread=int(room_id.thread) if room_id.thread else None,
    )


def person_id(server: int | None, user: int) -> str:
    """The participant that a user is on one server; servers share nothing, not even people."""
    return f"person:{NAME}/{DIRECT if server is None else server}/{user}"


def user_of(participant: str) -> int | None:
    """The inverse of `person_id`; None for anybody else."""
    platform, _, rest = participant.removeprefix("person:").partition("/")
    user = rest.rpartition("/")[2]
    return int(user) if platform == NAME and participant.startswith("person:") and user.isdecimal() else None


def made_at(snowflake: int) -> float:
    """When something with this id was made, in seconds since 1970."""
    return (snowflake >> 22) / 1000 + _EPOCH


def first_made_at(at: float) -> int:
    """The least id of what is made at that time, in seconds since 1970; before Discord's first second, 0."""
    return max(0, ids_within(at - _EPOCH))


def ids_within(seconds: float) -> int:
    """How far apart the ids of two things are that were made so many seconds apart."""
    return int(seconds * 1000) << 22
