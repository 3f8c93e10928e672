"""Where things are: rooms, channels, threads and messages, in Slack's terms and in ours."""

from dataclasses import dataclass
from functools import lru_cache

from agents.log.room_id import RoomId

PLATFORM = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A channel, or a thread in it: what a room of ours is in Slack. ``thread`` is the ts of its root."""

    team: str
    channel: str
    thread: str = ""

    @property
    def room(self) -> str:
        """``slack:T1/C1`` or ``slack:T1/C1/1700.1``."""
        return str(RoomId(platform=PLATFORM, workspace=self.team, channel=self.channel, thread=self.thread))

    @property
    def channel_room(self) -> str:
        """The room of the channel itself."""
        return f"{PLATFORM}:{self.team}/{self.channel}"

    @property
    def thread_ts(self) -> str | None:
        """As arguments take it."""
        return self.thread or None

    def message(self, ts: str) -> str:
        """A message's platform id; with ``slack:`` in front it is the `source` of such a message."""
        return f"{self.team}/{self.channel}/{ts}"


@lru_cache(maxsize=4096)
def spot_of(room: str) -> Spot:
    """Where a room of ours is."""
    room_id = RoomId.parse(room)
    return Spot(team=room_id.workspace, channel=room_id.channel, thread=room_id.thread)


def is_ours(room: str) -> bool:
    """Whether the room is one of Slack's, and no log that only holds halts."""
    room_id = RoomId.parse(room)
    return room_id.platform == PLATFORM and not room_id.only_halts


def source_of(message: str) -> str:
    """The source of a message with that platform id."""
    return f"{PLATFORM}:{message}"


def copy_of(message: str, room: str) -> str:
    """The source of a message with that platform id where it is background of a room that is not its own."""
    return f"{source_of(message)}>{room}"


def message_of(source: str) -> str:
    """The platform id of the message whose source this is, be it that of a copy."""
    return source.removeprefix(f"{PLATFORM}:").partition(">")[0]


def ts_of(platform_id: str) -> str:
    """A message's own ts."""
    return platform_id.rpartition("/")[2]


def person_id(team: str, user: str) -> str:
    """A Slack account as a participant."""
    return f"person:{PLATFORM}/{team}/{user}"


def user_of(participant: str) -> str:
    """The Slack user that a participant is; empty for anybody else."""
    return participant.rpartition("/")[2] if participant.startswith(f"person:{PLATFORM}/") else ""


def spot_for(
    *, team: str, channel: str, ts: str, thread_ts: str, one_conversation: bool, direct: bool, addressed: bool
) -> Spot:
    """The room of a message: a pure function of what Slack tells and of the channel's setting.

    ``one_conversation``: the channel is one room, its threads included; else each thread is one, and a message that
    is ``addressed`` to agents opens one. A thread in a direct message is always a room: Slack shows it as a chat.
    """
    replies = bool(thread_ts) and thread_ts != ts
    if direct and thread_ts:
        return Spot(team=team, channel=channel, thread=thread_ts)
    if one_conversation:
        return Spot(team=team, channel=channel)
    if replies:
        return Spot(team=team, channel=channel, thread=thread_ts)
    return Spot(team=team, channel=channel, thread=ts if addressed else "")
