"""A team: its agents, who of them speaks next, when the conversation ends, and what it may spend."""

from collections.abc import Sequence

from msgspec import Struct, field

from agents.budget.limits import Limits
from agents.errors import WrongUse
from agents.log.participants import ParticipantId, short_name
from agents.team.policies import Speakers, as_policy, first, graph_of, handed_over, mentioned, round_robin
from agents.team.situation import Policy
from agents.team.termination import Termination, never
from agents.team.termination import max_turns as at_most
from agents.turn.turn import Agent


class Team(Struct, frozen=True, kw_only=True):
    """A group of agents with the rules of their conversation.

    It is frozen and holds no state: one team serves any number of rooms at the same time.

    agents: who is in it; their order is the order of the round.
    speakers: who speaks next: a policy, or a function of the transcript.
    termination: when the conversation ends; limits and people can end it besides.
    limits: what it may spend, and how long its agents may go on without a person.
    flow: the plan in plain language, which the agents and the choosing model are told.
    name: what people call the team.

    Raises `WrongUse` for no agents, for two agents of one name, and for unknown names in a transition graph.

        coder = assistant("coder", "Writes Python.", instructions="One fenced block.")
        reviewer = assistant("reviewer", "Reads code.", instructions="Say APPROVED once it is right.")
        team = Team(agents=[coder, reviewer], termination=said("APPROVED", by="reviewer") | max_turns(20))
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
        """Who speaks next: ``speakers`` as a policy."""
        return as_policy(self.speakers)

    def unreachable(self) -> tuple[ParticipantId, ...]:
        """The agents that no transition leads to; none where the team has no transition graph.

        The first agent of the team is not among them, as it may open. Such agents are worth a warning.
        """
        graph = graph_of(self.policy)
        if not graph:
            return ()
        reached = {name for after in graph.values() for name in after}
        first_speaker = self.agents[0].profile.id
        return tuple(one.profile.id for one in self.agents if one.profile.id not in reached | {first_speaker})


def two_agent_chat(
    initiator: Agent, recipient: Agent, *, max_turns: int | None = None, termination: Termination = never
) -> Team:
    """A team of two agents that speak in turns, as in AutoGen's ``initiate_chat``.

    The task stands for the first message of the ``initiator``, so the ``recipient`` speaks first: ``max_turns=1`` is a
    single question and answer.

        talk = two_agent_chat(student, expert, max_turns=6, termination=said("Thank you"))
    """
    ends = termination if max_turns is None else termination | at_most(max_turns)
    return Team(agents=[recipient, initiator], speakers=round_robin, termination=ends, name="chat")


def _listed(names: set[ParticipantId]) -> str:
    return ", ".join(sorted(short_name(name) for name in names))
