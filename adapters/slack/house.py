"""What Slack's adapter needs from the house it stands in."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from agents.log.events import Event
from agents.log.participants import ParticipantId, Profile
from agents.log.transcript import Transcript
from agents.people.command_actions import PrivateReply
from agents.people.door import Earlier
from agents.ports import Clock, Store

Conversation: TypeAlias = Literal["channel", "thread"]
Bots: TypeAlias = Literal["none", "mentions", "all"]
"""Whose messages of foreign bots are heard: nobody's, those that mention an agent, all."""


class Door(Protocol):
    """The only way in for what people do."""

    async def enter(
        self, room: str, by: Profile, event: Event, *, source: str, groups: Collection[str] = ()
    ) -> PrivateReply | None:
        """Authorise, append, wake. Raises `NotAllowed`, `WrongUse`, `StoreFailed`."""
        ...

    async def recall(self, room: str, earlier: Sequence[Earlier]) -> None:
        """Take down what is background. Raises `StoreFailed`."""
        ...

    async def moved(self, room: str, agent: Profile, *, here: bool, source: str) -> None:
        """An agent's own app came into the channel, or went. Raises `StoreFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackHouse:
    """The surroundings. Every callable takes a room and answers from memory, but for ``read``, ``locate``, ``pair``.

    ``agents`` are the team's faces there, ``conversation`` whether the channel is one conversation, ``opens_threads``
    whether every message of it is for the team, ``listed`` the names that its permissions know, ``owners`` those of
    the admins of the whole installation. ``locate`` is told a channel's room, id, name, and whether it is direct;
    ``pair`` with which agent's app a direct message is. ``recent`` are the rooms that were used last, the very
    last at the end: a hint for what may be worth a look.
    """

    door: Door
    store: Store
    clock: Clock
    agents: Callable[[str], Sequence[Profile]]
    conversation: Callable[[str], Conversation]
    opens_threads: Callable[[str], bool]
    listed: Callable[[str], Collection[str]]
    owners: Callable[[str], Collection[str]]
    locate: Callable[[str, str, str, bool], Awaitable[None]]
    pair: Callable[[str, ParticipantId], Awaitable[None]]
    read: Callable[[str], Awaitable[Transcript]]
    recent: Callable[[], Sequence[str]]
    bots: Bots = "none"
