"""Who speaks next: policies that compose into a ladder (C6-C12).

A policy sees a `Situation` and returns a `Choice`, a `Stop`, a `Wait`, an `Asked` (a person decides), a narrower
`Situation` for the policies after it, or None: it has no opinion. `first` tries policies in order; None from the last
one means that nobody speaks. A plain function of the transcript, sync or async, is a policy too (C9).
"""

import inspect
import random as randomness
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Asked, StopKind, Usage
from agents.log.participants import ParticipantId, Profile, agent_id, is_agent, is_person, short_name
from agents.log.transcript import Transcript, is_news
from agents.ports import ModelAnswer, ModelRequest


class Choice(Struct, frozen=True, kw_only=True, gc=False):
    """``speaker`` has the floor; ``rung`` and ``reason`` say why, ``usage`` what choosing cost (C12)."""

    speaker: ParticipantId
    rung: str
    reason: str = ""
    usage: Usage | None = None


class Stop(Struct, frozen=True, kw_only=True, gc=False):
    """The conversation ends, with this reason."""

    reason: str = "The speaker policy ended the conversation."
    kind: StopKind = "termination"


STOP = Stop()
"""What a custom policy returns to end the conversation at once."""


class Wait(Struct, frozen=True, kw_only=True, gc=False):
    """Nobody speaks now: the room waits for a person."""

    reason: str


Think: TypeAlias = Callable[[str, ModelRequest], Awaitable[ModelAnswer]]
"""Call the model of that name within the room's budgets."""


class Situation(Struct, frozen=True, kw_only=True):
    """What a policy sees.

    ``candidates``: agents to whom something new was said since they last had the floor. ``present``: all agents of
    the room that have not just passed, in the team's order: who may speak again without news (a self-loop).
    ``named`` are the policies that a function may name instead of an agent.
    """

    transcript: Transcript
    candidates: tuple[Profile, ...]
    present: tuple[Profile, ...]
    think: Think
    named: Mapping[str, "Policy"]
    flow: str = ""

    def among(self, allowed: Callable[[Profile], bool]) -> "Situation":
        """The same situation for fewer agents."""
        return replace(
            self,
            candidates=tuple(profile for profile in self.candidates if allowed(profile)),
            present=tuple(profile for profile in self.present if allowed(profile)),
        )

    @property
    def last_speaker(self) -> ParticipantId | None:
        """The agent that had the floor last; a turn that crashed is as if it had not been."""
        past = self.transcript.floor.past
        return next((turn.speaker for turn in reversed(past) if turn.outcome != "crashed"), None)

    def next_of(self, waiting: Sequence[Profile]) -> ParticipantId:
        """The first of these after the last speaker, in the order of all agents, passed or not."""
        order = list(self.transcript.present)
        last = self.last_speaker
        after = order.index(last) + 1 if last in order else 0
        ids = {profile.id for profile in waiting}
        return next(filter(ids.__contains__, order[after:] + order[:after]))


Decision: TypeAlias = Choice | Stop | Wait | Asked | Situation | None


@runtime_checkable
class Policy(Protocol):
    """A speaker policy with a full view of the situation."""

    async def choose(self, situation: Situation) -> Decision:
        """Decide, narrow, or pass on with None. Raises `WrongUse` where its own rules name unknown speakers."""
        ...


Chosen: TypeAlias = str | Choice | Stop | None
Custom: TypeAlias = Callable[[Transcript], Chosen | Awaitable[Chosen]]
Speakers: TypeAlias = Policy | Custom


class _First(Struct, frozen=True):
    policies: tuple[Policy, ...]

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
    """Ask the policies in order; the first that has an opinion decides. Functions of the transcript are fine."""
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
"""C6: whoever is addressed by name, by @mention or by a reply; several in text order, each once. No model call."""


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
"""C7: the last message's handoff decides. To a person: the room waits for them. To ``stop``: it ends."""


class _RoundRobin(Struct, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        speaker = situation.next_of(situation.candidates)
        return Choice(speaker=speaker, rung="round_robin", reason="next in the round")


round_robin: Policy = _RoundRobin()
"""C11: in the team's order; skips whoever has nothing new to answer and keeps the order."""


class _Random(Struct, frozen=True):
    seed: int = 0

    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        transcript = situation.transcript
        chance = randomness.Random(f"{self.seed}/{transcript.room}/{transcript.seq}")
        return Choice(speaker=chance.choice(situation.candidates).id, rung="random", reason="drawn by chance")


def random(seed: int = 0) -> Policy:
    """C11: by chance; the same seed, room and log give the same speakers."""
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
                return Wait(reason="nobody was chosen")
        if any(question.asked.kind == "speaker" for question in transcript.open_questions):
            return Wait(reason="a person is choosing who speaks")
        names = tuple(profile.name for profile in situation.candidates)
        return Asked(text="Who speaks next?", kind="speaker", options=names)


def _news(situation: Situation) -> int:
    return next((one.seq for one in reversed(situation.transcript.messages) if not one.recalled), 0)


manual: Policy = _Manual()
"""C11: a person chooses by button, each time."""


class _Along(Struct, frozen=True):
    graph: Mapping[ParticipantId, tuple[ParticipantId, ...]]

    async def choose(self, situation: Situation) -> Decision:
        transcript, last = situation.transcript, situation.last_speaker
        newest = next((one for one in reversed(transcript.messages) if is_news(one)), None)
        if last is None or newest is None or not is_agent(newest.by):
            return None
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
        return replace(narrowed, candidates=narrowed.present)


def along(graph: Mapping[str, Sequence[str]]) -> Policy:
    """C8: after an agent, only its listed successors may speak; none listed ends the chat with that reason.

    One successor is chosen at once; of several, the policies that follow choose. What a person says is not bound by
    the graph. `Team` checks the names.
    """
    return _Along({agent_id(name): tuple(agent_id(one) for one in after) for name, after in graph.items()})


def graph_of(policy: Policy) -> Mapping[ParticipantId, tuple[ParticipantId, ...]]:
    """All transitions that a ladder is bound by, for checking and drawing."""
    match policy:
        case _Along(graph):
            return graph
        case _First(policies):
            return {name: after for one in policies for name, after in graph_of(one).items()}
        case _:
            return {}


def waits(policy: Policy) -> bool:
    """Whether choosing may take its time: a model is asked, or a policy of the team's own is."""
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
        names = {agent_id(name) for name in self.allowed(situation.transcript)}
        return situation.among(lambda profile: profile.id in names)


def only(allowed: Callable[[Transcript], Sequence[str]]) -> Policy:
    """C9: a candidate function narrows the list for the policies after it."""
    return _Only(allowed)


class _CustomPolicy(Struct, frozen=True):
    function: Custom

    async def choose(self, situation: Situation) -> Decision:
        chosen = self.function(situation.transcript)
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
            return None
        valid = ", ".join(short_name(profile.id) for profile in situation.transcript.agents)
        raise WrongUse(
            f"The speaker function {name} chose {chosen!r}, which is neither an agent present ({valid}) "
            f"nor a policy ({', '.join(situation.named)})."
        )


def named_policies() -> Mapping[str, Policy]:
    """The policies that have a name, but for ``auto`` (see `agents.team.model_choice`)."""
    return {"round_robin": round_robin, "random": random(), "manual": manual}


def as_policy(speakers: Speakers) -> Policy:
    """A policy as it is; a function of the transcript as a policy."""
    if isinstance(speakers, _First):  # most are, and `isinstance` of a Protocol looks for each attribute every time
        return speakers
    return speakers if isinstance(speakers, Policy) else _CustomPolicy(speakers)
