"""What a speaker policy sees, and what it may decide."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.code_blocks import RUN_CODE
from agents.log.events import Asked, Noted, Opened, StopKind, Usage
from agents.log.participants import ParticipantId, Profile, is_agent
from agents.log.transcript import Message, PastTurn, Question, Transcript, is_news
from agents.ports import ModelAnswer, ModelRequest
from agents.turn.human_input import GO_ON


class Choice(Struct, frozen=True, kw_only=True, gc=False):
    """The decision that an agent speaks next.

    ``speaker`` is its name or id, ``rung`` names the policy that chose it, ``reason`` says why in words for people, and
    ``usage`` is what the choosing cost, None where no model was asked.

        def eldest(transcript: Transcript) -> Choice:
            speaker = transcript.agents[0].id
            return Choice(speaker=speaker, rung="eldest", reason="it came first")
    """

    speaker: ParticipantId
    rung: str = ""
    reason: str = ""
    usage: Usage | None = None


class Stop(Struct, frozen=True, kw_only=True, gc=False):
    """The decision that the conversation ends. ``reason`` is a sentence for people, ``kind`` what sort of end it is."""

    reason: str = "The speaker policy ended the conversation."
    kind: StopKind = "termination"


STOP = Stop()
"""What a custom policy returns to end the conversation at once.

A `Stop` with a reason of your own does the same.

    def until_noon(transcript: Transcript) -> str | Stop:
        return STOP if "noon" in transcript.last.text else "round_robin"

    team = Team(agents=[coder, reviewer], speakers=until_noon)
"""


class Wait(Struct, frozen=True, kw_only=True, gc=False):
    """The decision that nobody speaks now: the room waits for a person. ``reason`` says for what.

    The room goes on when somebody speaks or answers.

        class AnasTurn:
            async def choose(self, situation: Situation) -> Decision:
                return Wait(reason="it is Ana's turn")
    """

    reason: str


class Open(Struct, frozen=True, kw_only=True, gc=False):
    """The decision that conversations of their own begin, side by side; the policy's ``teams`` says who is in each.

    The policy is asked again once they have come to their end (of those with ``join="any"``, once one has), or a person
    has spoken, and finds what they came to in `Transcript.children`. Where the team of a child is one agent of this
    team, what it came to is said here in that agent's voice.

        class ReadFirst:
            teams = {"critic": Team(agents=[critic]), "helper": Team(agents=[helper])}

            async def choose(self, situation: Situation) -> Decision:
                if situation.transcript.children:
                    return None
                return Open(children=tuple(Opened(task="Read it.", team=key) for key in self.teams))
    """

    children: tuple[Opened, ...]


class Nobody(Struct, frozen=True, kw_only=True, gc=False):
    """The decision that nobody speaks, and that no further policy is asked.

    ``rung`` names the policy that decided it, and ``reason`` says why, as a sentence for people.
    """

    rung: str
    reason: str


WhileWaiting: TypeAlias = Literal["hold", "go_on"]
"""What a policy does while whoever it follows waits for an answer: wait too, or go on with others."""


Think: TypeAlias = Callable[[str, ModelRequest], Awaitable[ModelAnswer]]
"""Calls the model of that name within the room's budgets.

Raises `BudgetExceeded`, `ModelFailed`, and `WrongUse` for an unknown name."""


class Situation(Struct, frozen=True, kw_only=True):
    """What a policy sees.

    transcript: the room as it is now.
    candidates: the agents to whom something new was said since they last had the floor, in the team's order.
    present: all agents of the room that have not had the floor since the newest message, in the team's order. Its
        author is one of them, though nothing new was said to it: it may speak again (a self-loop). Agents that could
        only wait for an answer to a question of theirs are left out here and in ``candidates``.
    think: calls a model within the room's budgets.
    named: the policies that a function may name instead of an agent.
    flow: the team's plan in plain language.
    graph: which agents may follow which, where the team has a transition graph.
    unanswered: a person's message that wants an answer, and that nobody who has spoken had read.

        class NeverTheLast:
            async def choose(self, situation: Situation) -> Decision:
                return situation.among(lambda profile: profile.id != situation.last_speaker)

        team = Team(agents=[coder, reviewer], speakers=first(NeverTheLast(), random()))
    """

    transcript: Transcript
    candidates: tuple[Profile, ...]
    present: tuple[Profile, ...]
    think: Think
    named: Mapping[str, "Policy"]
    flow: str = ""
    graph: "Graph" = {}
    unanswered: Message | None = None

    def among(self, allowed: Callable[[Profile], bool]) -> "Situation":
        """The same situation for those agents only that are ``allowed``."""
        return replace(
            self,
            candidates=tuple(profile for profile in self.candidates if allowed(profile)),
            present=tuple(profile for profile in self.present if allowed(profile)),
        )

    @property
    def last_speaker(self) -> ParticipantId | None:
        """The agent that had the floor last, None where nobody had; a turn that crashed does not count."""
        last = self._last_turn
        return None if last is None else last.speaker

    @property
    def _last_turn(self) -> PastTurn | None:
        past = self.transcript.floor.past
        return next((turn for turn in reversed(past) if turn.outcome != "crashed"), None)

    @property
    def awaited(self) -> Wait | None:
        """The wait for an answer to whoever had the floor last; None where it waits for none.

        It waits for a person, or for a conversation of its own, that it asked or opened in the present exchange. What a
        person says besides begins another exchange, and follows nobody.
        """
        transcript, start = self.transcript, self.transcript.exchange.start
        if not (transcript.questions or transcript.children):
            return None
        turn = self._last_turn
        if turn is None or turn.upto <= start:
            return None
        name = transcript.name_of(turn.speaker)
        if any(one.by == turn.speaker and one.seq > start for one in transcript.open_questions):
            return Wait(reason=f"{name} waits for an answer")
        opened = (one for one in transcript.children.values() if one.by == turn.speaker and one.answer is None)
        if any(one.seq > start for one in opened):
            return Wait(reason=f"{name} waits for a conversation of its own")
        return None

    def next_of(self, waiting: Sequence[Profile]) -> ParticipantId:
        """The first of these after the last speaker, in the order in which the agents came into the room.

        Raises StopIteration where ``waiting`` is empty.
        """
        # In the order of all who are present, not of `self.present`: a last speaker that has just passed is not in
        # that one, and the round would begin anew instead of going on after it.
        order = list(self.transcript.present)
        last = self.last_speaker
        after = order.index(last) + 1 if last in order else 0
        ids = {profile.id for profile in waiting}
        return next(filter(ids.__contains__, order[after:] + order[:after]))


def can_only_wait(transcript: Transcript, agent: ParticipantId) -> bool:
    """Whether this agent, given the floor, could do nothing but wait for an answer to a question of its own.

    One that asks people at every message does, and one whose code waits for approval, unless others wrote code since.
    An agent whose model asked something, or wants to use a tool, can still answer what others say.
    """
    return any(one.by == agent and _blocks(transcript, one) for one in transcript.open_questions)


def _blocks(transcript: Transcript, question: Question) -> bool:
    pending = question.asked.pending
    if pending is None:
        return question.asked.stands_in and GO_ON in question.asked.options
    if pending.tool != RUN_CODE:
        return False
    newer = [one.text for one in transcript.above(question.seq) if is_agent(one.by) and is_news(one)]
    return not any("```" in text or "~~~" in text for text in newer)  # what does not run is answered, too


Graph: TypeAlias = Mapping[ParticipantId, tuple[ParticipantId, ...]]
"""Which agents may follow which, by their ids."""

Decision: TypeAlias = Choice | Nobody | Stop | Wait | Asked | Noted | Open | Situation | None
"""What a policy answers; None is no opinion. After a `Noted` it is asked again, and finds the note.

    class OnlyWhenAsked:
        async def choose(self, situation: Situation) -> Decision:
            return None if situation.transcript.people else Wait(reason="nobody is here")
"""


@runtime_checkable
class Policy(Protocol):
    """A speaker policy with a full view of the situation.

    It holds no state: the same one serves any number of rooms, and what it decides must follow from the situation.
    These attributes are read where it has them:

    graph: the transitions that bind it, a `Graph`; none without.
    names: the names that it was given (`agents.log.used_names.Named`), so that a team refuses unknown ones.
    quick: whether it decides at once, without a model; false without, so that it gets a deadline.
    opens: whether it may choose who answers a person's message that addresses nobody. True without; false where it
        only follows up what was said, so that the team's first agent begins.

        class Quietest:
            async def choose(self, situation: Situation) -> Decision:
                heard = situation.transcript.floor.heard
                speaker = min(situation.candidates, key=lambda one: heard.get(one.id, 0), default=None)
                return None if speaker is None else Choice(speaker=speaker.id, rung="quietest")
    """

    async def choose(self, situation: Situation) -> Decision:
        """Decide, narrow, or pass on with None.

        Raises `WrongUse` where its own rules name unknown speakers, and what `Situation.think` raises.
        """
        ...


def graph_of(policy: Policy) -> Graph:
    """All transitions that a policy is bound by, for checking and drawing: successors by the agent before them."""
    return getattr(policy, "graph", {})


def quick(policy: Policy) -> bool:
    """Whether choosing takes no time: no model is asked, and nothing that could be slow."""
    return getattr(policy, "quick", False)


def opens(policy: Policy) -> bool:
    """Whether a policy may choose who answers a person's message that addresses nobody."""
    return getattr(policy, "opens", True)


class Quick(Struct, frozen=True):
    """A policy that decides at once, without a model."""

    @property
    def quick(self) -> bool:
        return True


class Follows(Quick, frozen=True):
    """A policy that only follows up what was said, so that somebody else has to begin."""

    @property
    def opens(self) -> bool:
        return False


def checked(while_waiting: WhileWaiting) -> WhileWaiting:
    """The same, or a `WrongUse` where a policy is told anything else."""
    if while_waiting not in ("hold", "go_on"):
        raise WrongUse(f'while_waiting is {while_waiting!r}; give "hold" or "go_on".')
    return while_waiting
