"""A team: its agents, who of them speaks next, when the conversation ends, and what it may spend."""

from collections.abc import Sequence

from msgspec import Struct, field

from agents.budget.limits import Limits
from agents.errors import WrongUse
from agents.log.participants import ParticipantId, Profile, agent_id, short_name
from agents.log.used_names import Named, is_known, names_used_by, nearest_first
from agents.team.custom_policy import Speakers, as_policy
from agents.team.policies import first, handed_over, laddered, mentioned, round_robin
from agents.team.situation import Policy, graph_of, opens
from agents.team.termination import Condition, Termination, as_condition, never
from agents.team.termination import max_turns as at_most
from agents.team.transitions import Beginning
from agents.turn.threads import is_listed
from agents.turn.turn import Agent


class Team(Struct, frozen=True, kw_only=True):
    """A group of agents with the rules of their conversation.

    It is frozen and holds no state: one team serves any number of rooms at the same time.

    agents: who is in it; their order is the order of the round.
    speakers: who speaks next: a policy, a function of the transcript, or the name of a policy, as in a config file.
    termination: when the conversation ends; limits and people can end it besides.
    limits: what it may spend, and how long its agents may go on without a person.
    flow: the plan in plain language, which the agents and the choosing model are told.
    name: what people call the team.
    mentions: whether whoever is addressed speaks first, whatever ``speakers`` says.
    guests: names of agents that may be brought into its rooms; its rules and agents may name them too.

    Raises `WrongUse` for no agents, for two agents of one name, for what is no policy or no condition, and for names
    that nobody here has.

        coder = assistant("coder", "Writes Python.", instructions="One fenced block.")
        reviewer = assistant("reviewer", "Reads code.", instructions="Say APPROVED once it is right.")
        team = Team(agents=[coder, reviewer], termination=said("APPROVED", by="reviewer") | max_turns(20))
    """

    agents: Sequence[Agent]
    speakers: Speakers = field(default_factory=lambda: first(handed_over, round_robin))
    termination: Condition = never
    limits: Limits = Limits()
    flow: str = ""
    name: str = "team"
    mentions: bool = True
    guests: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check what can be checked before anybody speaks."""
        names = [_profile(agent).id for agent in _agents(self.name, self.agents)]
        if not names:
            raise WrongUse(f"The team {self.name!r} has no agents; give it at least one.")
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise WrongUse(f"The team {self.name!r} has two agents called {_listed(twice)}; rename one.")
        known = {*names, *map(agent_id, self.guests)}
        for name in (*names_used_by(self.policy), *self.ends.names):
            self._check(name, known, "")
        for agent in self.agents:
            for name in names_used_by(agent):
                self._check(name, known, f" of the agent {agent.profile.handle!r}")

    def _check(self, name: Named, known: set[ParticipantId], owner: str) -> None:
        if not is_known(name, known):
            valid = nearest_first(name.name, map(short_name, sorted(known)))
            person = f" For a person write @{name.name}." if name.receiver else ""
            raise WrongUse(
                f"{name.where}{owner} names {name.name!r}, and no agent of the team {self.name!r} is called so; "
                f"they are: {valid}.{person}"
            )

    @property
    def policy(self) -> Policy:
        """Who speaks next: ``speakers`` as a policy, with what every team asks before and after it."""
        policy = as_policy(self.speakers)
        if isinstance(self.speakers, str):
            policy = first(handed_over, policy)  # as in a config file
        if not opens(policy):
            policy = laddered(policy, Beginning(resumes=not graph_of(policy)))
        return laddered(mentioned, policy) if self.mentions else policy

    @property
    def ends(self) -> Termination:
        """When the conversation ends: ``termination`` as a value that composes."""
        return as_condition(self.termination)

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
    initiator: Agent, recipient: Agent, *, max_turns: int | None = None, termination: Condition = never
) -> Team:
    """A team of two agents that speak in turns, as in AutoGen's ``initiate_chat``.

    What a person says stands for a message of the ``initiator``, so the ``recipient`` answers it: ``max_turns=1`` is a
    single question and answer, each time.

        talk = two_agent_chat(student, expert, max_turns=6, termination=said("Thank you"))
    """
    ends = as_condition(termination)
    ends = ends if max_turns is None else ends | at_most(max_turns)
    speakers = first(Beginning(resumes=False), round_robin)
    return Team(agents=[recipient, initiator], speakers=speakers, termination=ends, name="chat")


def _agents(team: str, given: object) -> Sequence[object]:
    if not is_listed(given):
        raise WrongUse(f"The agents of the team {team!r} have to be a list, as in agents=[writer, critic].")
    return given


def _profile(agent: object) -> Profile:
    profile = getattr(agent, "profile", None)
    if not isinstance(profile, Profile):
        raise WrongUse(f"{agent!r} is no agent; make one, as with assistant({str(agent)!r}) or function_agent(...).")
    return profile


def _listed(names: set[ParticipantId]) -> str:
    return ", ".join(sorted(short_name(name) for name in names))
