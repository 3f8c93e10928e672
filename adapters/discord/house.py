"""What Discord's adapter is given of the running installation (the *house*): its store, door, rooms and settings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from adapters.shared.recent import Recent
from agents.log.participants import ParticipantId, Profile
from agents.log.transcript import Transcript
from agents.people.door import Door
from agents.ports import Clock, Store


class Locate(Protocol):
    """Takes down what a channel is called, so that the config can bind it by name."""

    def __call__(self, room: str, *, channel: int, name: str, category: str, direct: bool) -> Awaitable[None]:
        """``room`` is the channel's own, ``category`` its category's name or empty. Raises `StoreFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordHouse:
    """What the host bot and the agents' own bots (``tokens``, by agent) are given.

    ``faces`` are a room's agents, ``known`` anybody's face there. ``is_bound``: whether the room has a team;
    ``conversation``: whether its channel is one or has one in each thread; ``users``: all who may write there, by id
    or group; ``read``: the room as it is now; ``met`` takes the faces of people who just did something. ``servers`` are
    the only ones served; empty: the one server that the bot is in. ``commands_server`` is the one where commands are;
    None: wherever the bot is. ``hops`` is how many messages of foreign bots a channel takes before a person must speak.
    ``tell`` reaches the operator.
    """

    door: Door
    store: Store
    clock: Clock
    faces: Callable[[str], Sequence[Profile]]
    known: Callable[[str, ParticipantId], Profile]
    is_bound: Callable[[str], bool]
    conversation: Callable[[str], Literal["channel", "thread"]]
    users: Callable[[str], frozenset[str]]
    read: Callable[[str], Awaitable[Transcript]]
    met: Recent[ParticipantId, Profile]
    locate: Locate
    tell: Callable[[str], None]
    token: str = field(repr=False)
    tokens: Mapping[ParticipantId, str] = field(default_factory=dict[ParticipantId, str], repr=False)
    servers: frozenset[int] = frozenset()
    commands_server: int | None = None
    hops: int = 4
