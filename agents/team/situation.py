"""What a speaker policy sees, and what it may decide."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct
from msgspec.structs import replace

from agents.log.events import Asked, Noted, Opened, StopKind, Usage
from agents.log.participants import ParticipantId, Profile
from agents.log.transcript import Transcript
from agents.ports import ModelAnswer, ModelRequest


class Choice(Struct, frozen=True, kw_only=True, gc=False):
    """The decision that an agent speaks next.

    ``speaker`` is its id, ``rung`` names the policy that chose it, ``reason`` says why in words for people, and
    ``usage`` is what the choosing cost, None where no model was asked.

        def eldest(transcript: Transcript) -> Choice:
            speaker = transcript.agents[0].id
            return Choice(speaker=speaker, rung="eldest", reason="it came first")
    """

    speaker: ParticipantId
    rung: str
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


Think: TypeAlias = Callable[[str, ModelRequest], Awaitable[ModelAnswer]]
"""Calls the model of that name within the room's budgets.

Raises `BudgetExceeded`, `ModelFailed`, and `WrongUse` for an unknown name."""


class Situation(Struct, frozen=True, kw_only=True):
    """What a policy sees.

    transcript: the room as it is now.
    candidates: the agents to whom something new was said since they last had the floor, in the team's order.
    present: all agents of the room that have not had the floor since the newest message, in the team's order. Its
        author is one of them, though nothing new was said to it: it may speak again (a self-loop).
    think: calls a model within the room's budgets.
    named: the policies that a function may name instead of an agent.
    flow: the team's plan in plain language.

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
        past = self.transcript.floor.past
        return next((turn.speaker for turn in reversed(past) if turn.outcome != "crashed"), None)

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


Decision: TypeAlias = Choice | Stop | Wait | Asked | Noted | Open | Situation | None
"""What a policy answers; None is no opinion. After a `Noted` it is asked again, and finds the note.

    class OnlyWhenAsked:
        async def choose(self, situation: Situation) -> Decision:
            return None if situation.transcript.people else Wait(reason="nobody is here")
"""


@runtime_checkable
class Policy(Protocol):
    """A speaker policy with a full view of the situation.

    It holds no state: the same one serves any number of rooms, and what it decides must follow from the situation.

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
