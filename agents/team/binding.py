"""Which team is in a room, and how it behaves there."""

from collections.abc import Mapping

from msgspec import Struct

from agents.team.attention import Attention
from agents.team.team import Team
from agents.turn.turn import Agent, Brief


class Binding(Struct, frozen=True, kw_only=True):
    """Which team is in a room, and how it behaves there (P41, P44).

    ``guests`` are agents that may be brought into the room though they are not in the team (C13). ``judge`` names
    the model that decides where ``attention`` is ``judged``.
    """

    team: Team
    attention: Attention = "always"
    brief: Brief = Brief()
    guests: Mapping[str, Agent] = {}
    judge: str = "default"
