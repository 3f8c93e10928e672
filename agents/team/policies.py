"""Who speaks next: policies that compose into a ladder, whose rungs are tried in order.

A policy sees a `Situation` and decides (see `agents.team.situation`). A `Choice` gives an agent the floor, a `Stop`
ends the conversation, a `Wait` lets nobody speak for now, an `Asked` lets a person decide, a narrower `Situation` binds
the policies after it, and None is no opinion. `first` tries policies in order; where none of them has an opinion,
nobody speaks. A plain function of the transcript, sync or async, is a policy too (AutoGen's
``speaker_selection_method``).
"""

import inspect
import random as randomness
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Asked
from agents.log.participants import ParticipantId, agent_id, is_agent, is_person, short_name
from agents.log.transcript import Transcript, is_news
from agents.team.inline import call_inline
from agents.team.situation import Choice, Decision, Policy, Situation, Stop, Wait
from agents.turn.turn import AgentTeam, HasTeams

Chosen: TypeAlias = str | Choice | Stop | None
"""What a function of the transcript may answer: the name of an agent or of a policy, a `Choice`, `STOP`, or None."""

Custom: TypeAlias = Callable[[Transcript], Chosen | Awaitable[Chosen]]
"""A function of the transcript as a policy, sync or async."""

Speakers: TypeAlias = Policy | Custom
"""Whatever can stand for a policy."""


class _First(Struct, frozen=True):
    policies: tuple[Policy, ...]

    @property
    def teams(self) -> Mapping[str, AgentTeam]:
        """The teams that any of them sets to work in child rooms."""
        return {key: team for one in self.policies if isinstance(one, HasTeams) for key, team in one.teams.items()}

    async def choose(self, situation: Situation) -> Decision:
        narrowed = situation
        for policy in self.policies:
            decision = await policy.choose(narrowed)
            if isinstance(decision, Situation):
                narrowed = decision
            elif decision is not None:
                return decision
        return None


def first(*policies: Speakers) -> Policy:
    """Ask the policies in order; the first that has an opinion decides.

    A policy that narrows the situation (`only`, `along`) binds those after it. Functions of the transcript are fine.

        def runner_follows_code(transcript: Transcript) -> str | None:
            return "runner" if transcript.last.code else None

        team = Team(agents=[coder, runner], speakers=first(mentioned, runner_follows_code, round_robin))
    """
    return _First(tuple(as_policy(policy) for policy in policies))


class _Mentioned(Struct, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        transcript = situation.transcript
        by_id = {profile.id: profile for profile in situation.present}
        for message in transcript.open_messages:
            for participant in message.addressed:
                if participant in by_id and participant != message.by and message.visible_to(participant):
                    heard = transcript.floor.heard.get(participant, 0)
                    if heard < message.seq:
                        reason = f"{transcript.name_of(message.by)} addressed {by_id[participant].name}"
                        return Choice(speaker=participant, rung="mentioned", reason=reason)
        return None


mentioned: Policy = _Mentioned()
"""Whoever is addressed by name, by ``@name`` or by a reply; several in text order, each once. No model is asked.

    team = Team(agents=[coder, reviewer], speakers=first(mentioned, round_robin))
"""


class _HandedOver(Struct, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        transcript = situation.transcript
        message = next((one for one in reversed(transcript.messages) if is_news(one)), None)
        if message is None or message.handoff is None or message.seq <= transcript.start:
            return None
        target, giver = message.handoff, transcript.name_of(message.by)
        if target == "stop":
            return Stop(reason=f"{giver} ended the conversation.")
        if is_person(target):
            return Wait(reason=f"{giver} handed over to {transcript.name_of(target)}")
        if any(profile.id == target for profile in situation.candidates):
            return Choice(speaker=target, rung="handoff", reason=f"{giver} handed over to {transcript.name_of(target)}")
        return None


handed_over: Policy = _HandedOver()
"""Whoever the newest message hands the floor to; to a person: the room waits; to ``stop``: the conversation ends.

    planner = assistant("planner", hands_over_to=["coder", "stop"])
    team = Team(agents=[planner, coder], speakers=first(mentioned, handed_over))
"""


class _RoundRobin(Struct, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        speaker = situation.next_of(situation.candidates)
        return Choice(speaker=speaker, rung="round_robin", reason="next in the round")


round_robin: Policy = _RoundRobin()
"""One agent after the other in the team's order; whoever has nothing new to answer is skipped.

    panel = Team(agents=[student, expert, critic], speakers=round_robin)
"""


class _Random(Struct, frozen=True):
    seed: int = 0

    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        transcript = situation.transcript
        # The log's own numbers make the draw, so that the same room can be run again and gives the same speakers.
        chance = randomness.Random(f"{self.seed}/{transcript.room}/{transcript.seq}")
        return Choice(speaker=chance.choice(situation.candidates).id, rung="random", reason="drawn by chance")


def random(seed: int = 0) -> Policy:
    """One of those who have something new to answer, by chance.

    The same seed, room and log give the same speakers.

        panel = Team(agents=[student, expert, critic], speakers=random(seed=7))
    """
    return _Random(seed)


class _Manual(Struct, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        transcript = situation.transcript
        last_turn = transcript.floor.past[-1].seq if transcript.floor.past else 0
        for question in reversed(transcript.questions):
            answer = question.answer
            if (
                question.asked.kind == "speaker"
                and answer is not None
                and answer.seq > max(last_turn, _news(situation))
            ):
                for profile in situation.present:
                    if answer.words in (profile.name, profile.handle):
                        reason = f"{transcript.name_of(answer.by)} chose {profile.name}"
                        return Choice(speaker=profile.id, rung="manual", reason=reason)
                return Wait(reason="nobody was chosen")  # the time was up, or the one chosen has left
        if any(question.asked.kind == "speaker" for question in transcript.open_questions):
            return Wait(reason="a person is choosing who speaks")
        names = tuple(profile.name for profile in situation.candidates)
        return Asked(text="Who speaks next?", kind="speaker", options=names)


def _news(situation: Situation) -> int:
    """The seq of the newest message: a choice that a person made before it was about something else."""
    return next((one.seq for one in reversed(situation.transcript.messages) if not one.recalled), 0)


manual: Policy = _Manual()
"""A person chooses by button, each time.

    panel = Team(agents=[student, expert, critic], speakers=first(mentioned, manual))
"""


class _Along(Struct, frozen=True):
    graph: Mapping[ParticipantId, tuple[ParticipantId, ...]]

    async def choose(self, situation: Situation) -> Decision:
        transcript, last = situation.transcript, situation.last_speaker
        newest = next((one for one in reversed(transcript.messages) if is_news(one)), None)
        if last is None or newest is None or not is_agent(newest.by):
            return None  # what a person says is not bound by the graph
        successors = self.graph.get(last, ())
        if not successors:
            reason = f"{transcript.name_of(last)} has no successor in the transition graph."
            return Stop(reason=reason, kind="graph")
        narrowed = situation.among(lambda profile: profile.id in successors)
        if not narrowed.present:
            names = ", ".join(transcript.name_of(one) for one in successors)
            return Stop(reason=f"None of {transcript.name_of(last)}'s successors ({names}) can speak.", kind="graph")
        if len(narrowed.present) == 1:
            only = narrowed.present[0]
            reason = f"the only successor of {transcript.name_of(last)}"
            return Choice(speaker=only.id, rung="graph", reason=reason)
        # A successor may have nothing new to answer (itself, in a self-loop): the graph lets it speak all the same.
        return replace(narrowed, candidates=narrowed.present)


def along(graph: Mapping[str, Sequence[str]]) -> Policy:
    """After an agent, only its listed successors may speak; where none is listed, the conversation ends.

    ``graph`` has the names of the agents that may follow by the name of the agent that spoke, as in AutoGen's
    transition graphs. One successor is chosen at once; of several, the policies that follow choose. What a person says
    is not bound by the graph. `Team` checks the names.

        graph = along({"coder": ["runner"], "runner": ["coder", "planner"]})
        team = Team(agents=[coder, runner, planner], speakers=first(mentioned, graph, model_chooses()))
    """
    return _Along({agent_id(name): tuple(agent_id(one) for one in after) for name, after in graph.items()})


def graph_of(policy: Policy) -> Mapping[ParticipantId, tuple[ParticipantId, ...]]:
    """All transitions that a policy is bound by, for checking and drawing: successors by the agent before them."""
    match policy:
        case _Along(graph):
            return graph
        case _First(policies):
            return {name: after for one in policies for name, after in graph_of(one).items()}
        case _:
            return {}


def waits(policy: Policy) -> bool:
    """Whether choosing may take long: a model may be asked, or a policy that is not one of this module's."""
    match policy:
        case _First(policies):
            return any(waits(one) for one in policies)
        case _Mentioned() | _HandedOver() | _RoundRobin() | _Random() | _Manual() | _Along() | _Only():
            return False
        case _:
            return True


class _Only(Struct, frozen=True):
    allowed: Callable[[Transcript], Sequence[str]]

    async def choose(self, situation: Situation) -> Decision:
        names = {agent_id(name) for name in call_inline(self.allowed, situation.transcript)}
        return situation.among(lambda profile: profile.id in names)


def only(allowed: Callable[[Transcript], Sequence[str]]) -> Policy:
    """Let only the agents that ``allowed`` names be chosen by the policies after it.

    AutoGen's ``candidate_func``. Where none of them can speak, the policies after it find nobody.

        def not_twice(transcript: Transcript) -> list[str]:
            return [one.handle for one in transcript.agents if one.id != transcript.last.by]

        team = Team(agents=[student, expert, critic], speakers=first(mentioned, only(not_twice), random()))
    """
    return _Only(allowed)


class _CustomPolicy(Struct, frozen=True):
    function: Custom

    async def choose(self, situation: Situation) -> Decision:
        chosen = call_inline(self.function, situation.transcript)
        if inspect.isawaitable(chosen):
            chosen = await chosen
        if not isinstance(chosen, str):
            return chosen
        name = getattr(self.function, "__name__", "custom")
        for profile in situation.present:
            if chosen in (profile.id, profile.handle, profile.name):
                return Choice(speaker=profile.id, rung=name, reason=f"chosen by {name}")
        if chosen in situation.named:
            return await situation.named[chosen].choose(situation)
        if agent_id(chosen) in situation.transcript.present:
            return None  # it has had the floor since the newest message, and passed
        valid = ", ".join(short_name(profile.id) for profile in situation.transcript.agents)
        raise WrongUse(
            f"The speaker function {name} chose {chosen!r}, which is neither an agent present ({valid}) "
            f"nor a policy ({', '.join(situation.named)})."
        )


def named_policies() -> Mapping[str, Policy]:
    """The policies that a function or a config file may name; ``auto`` is in `agents.team.model_choice`."""
    return {"round_robin": round_robin, "random": random(), "manual": manual}


def as_policy(speakers: Speakers) -> Policy:
    """Make a policy of a function of the transcript; a policy is returned as it is."""
    if isinstance(speakers, _First):  # most are, and `isinstance` of a Protocol looks for each attribute every time
        return speakers
    return speakers if isinstance(speakers, Policy) else _CustomPolicy(speakers)
