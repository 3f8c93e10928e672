"""What Slack's adapter is given of the running installation (the *house*): its store, door, rooms and settings."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents.log.participants import ParticipantId, Profile
from agents.log.transcript import Transcript
from agents.people.door import Door
from agents.ports import Clock, Store

Bots: TypeAlias = Literal["none", "mentions", "all"]
"""Whose messages of foreign bots are heard: nobody's, those that mention an agent, all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackHouse:
    """What Slack's adapter is given. Callables take a room and answer from memory but ``read``, ``locate``, ``pair``.

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
    conversation: Callable[[str], Literal["channel", "thread"]]
    opens_threads: Callable[[str], bool]
    listed: Callable[[str], Collection[str]]
    owners: Callable[[str], Collection[str]]
    locate: Callable[[str, str, str, bool], Awaitable[None]]
    pair: Callable[[str, ParticipantId], Awaitable[None]]
    read: Callable[[str], Awaitable[Transcript]]
    recent: Callable[[], Sequence[str]]
    bots: Bots = "none"
