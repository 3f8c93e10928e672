"""A team: agents, who speaks next, when it ends, what it may spend (C32, C33)."""

from collections.abc import Sequence

from msgspec import Struct, field

from agents.budget.limits import Limits
from agents.errors import WrongUse
from agents.log.participants import ParticipantId, short_name
from agents.team.policies import Policy, Speakers, as_policy, first, graph_of, handed_over, mentioned, round_robin
from agents.team.termination import Termination, never
from agents.team.termination import max_turns as at_most
from agents.turn.turn import Agent


class Team(Struct, frozen=True, kw_only=True):
    """Frozen and without state: one team serves any number of rooms.

    ``speakers`` is a policy or a function of the transcript; ``flow`` is the plan in plain language, told to the
    agents and used by the speaker choice. Raises `WrongUse` for no agents, two of one name, or unknown names in a
    transition graph.
    """

    agents: Sequence[Agent]
    speakers: Speakers = field(default_factory=lambda: first(mentioned, handed_over, round_robin))
    termination: Termination = never
    limits: Limits = Limits()
    flow: str = ""
    name: str = "team"

    def __post_init__(self) -> None:
        """Check what can be checked before anybody speaks."""
        names = [agent.profile.id for agent in self.agents]
        if not names:
            raise WrongUse(f"The team {self.name!r} has no agents; give it at least one.")
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise WrongUse(f"The team {self.name!r} has two agents called {_listed(twice)}; rename one.")
        named = {name for before, after in graph_of(self.policy).items() for name in (before, *after)}
        unknown = named - set(names)
        if unknown:
            raise WrongUse(
                f"The transitions of the team {self.name!r} name {_listed(unknown)}, "
                f"but its agents are {_listed(set(names))}."
            )

    @property
    def policy(self) -> Policy:
        """Who speaks next."""
        return as_policy(self.speakers)

    def unreachable(self) -> tuple[ParticipantId, ...]:
        """Agents that no transition leads to, though the team has a graph: worth a warning when it is loaded (C8)."""
        graph = graph_of(self.policy)
        if not graph:
            return ()
        reached = {name for after in graph.values() for name in after}
        first_speaker = self.agents[0].profile.id
        return tuple(one.profile.id for one in self.agents if one.profile.id not in reached | {first_speaker})


def two_agent_chat(
    initiator: Agent, recipient: Agent, *, max_turns: int | None = None, termination: Termination = never
) -> Team:
    """C14: two agents in turns; ``max_turns=1`` is a single question and answer."""
    ends = termination if max_turns is None else termination | at_most(max_turns)
    return Team(agents=[recipient, initiator], speakers=round_robin, termination=ends, name="chat")


def _listed(names: set[ParticipantId]) -> str:
    return ", ".join(sorted(short_name(name) for name in names))
