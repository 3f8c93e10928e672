"""Which team is in a room, and how it behaves there."""

from collections.abc import Mapping

from msgspec import Struct

from agents.team.attention import Attention
from agents.team.team import Team
from agents.turn.turn import Agent, Brief


class Binding(Struct, frozen=True, kw_only=True):
    """Which team is in a room, and how it behaves there.

    team: the agents, who of them speaks next, and when it ends.
    attention: what people must do to be answered.
    brief: what every turn knows of the team and of the installation.
    guests: agents that an admin may bring into the room though they are not in the team, by name.
    judge: the name of the model that decides where ``attention`` is ``judged``.

        quiet = Binding(team=team, attention="mentioned", guests={"critic": critic})
        rooms = Rooms(ports, lambda room: quiet)
    """

    team: Team
    attention: Attention = "always"
    brief: Brief = Brief()
    guests: Mapping[str, Agent] = {}
    judge: str = "default"
