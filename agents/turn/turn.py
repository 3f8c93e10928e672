"""One turn of one agent: what it is given, and what it gives back."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from agents.budget.meter import Meter
from agents.log.events import Event
from agents.log.participants import Profile
from agents.log.transcript import Message, Question, Transcript
from agents.ports import Draft, ModelMessage, Ports, Tool, ToolFunction
from agents.turn.view import DEFAULT_CUT, Cut, Preamble, Views


class Silence(Struct, frozen=True):
    """Nothing is said: what a reply function yields to end the chain without a word."""


SILENCE = Silence()

Acts: TypeAlias = AsyncGenerator[Event | Draft | Silence, None]
"""What an agent yields in a turn."""

ApprovalMode: TypeAlias = Literal["never", "risky", "always"]


class Agent(Protocol):
    """Whoever can take a turn: a model, a stand-in for people, a tool, a code runner, a board with rules.

    An agent holds no state of its own: the same one serves any number of rooms and teams (C33).
    """

    @property
    def profile(self) -> Profile:
        """Its face."""
        ...

    def act(self, turn: "Turn") -> Acts:
        """Take one turn: yield events, which are written to the log before the iteration goes on.

        `Said`, `ToolCalled`, `ToolReturned`, `Asked`, `Opened` and `Stopped` are an agent's events. A `Said` may be
        written together with what follows it. Without any, the turn is a pass: free and silent. `Asked`, `Opened`
        and `Stopped` end the turn. A `Draft` is growing text, shown but not kept. Whatever is needed must be in the
        transcript: a turn may be cut off anywhere and a later one continues. May raise `ModelFailed`,
        `BudgetExceeded`, `SandboxUnavailable`: the room is told once, never in the agent's voice.
        """
        ...


class Brief(Struct, frozen=True, kw_only=True):
    """What a turn knows of the team and the house, the same for the whole conversation.

    ``flow`` is the team's plan in plain language. ``approval`` says which tool calls people must approve.
    ``someone_to_ask`` is false where nobody can answer (a piped run): questions then end the conversation.
    """

    flow: str = ""
    approval: ApprovalMode = "risky"
    someone_to_ask: bool = True
    code_timeout: float = 30.0
    image: str = ""


class LiveRoom(Protocol):
    """A room whose transcript is kept up to date."""

    transcript: Transcript


class Progress(Protocol):
    """How far a turn has come: the number of its start, once it is in the log, and what people see of it."""

    seq: int

    async def show(self, draft: Draft) -> None:
        """Show the text that grows."""
        ...


class Turn:
    """One agent's turn. Everything in it is for reading; what an agent does, it yields.

    ``heard`` is the room as it was when the agent got the floor, up to ``upto``: what came later is for its next turn.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        upto: int,
        brief: Brief,
        ports: Ports,
        meter: Meter,
        room: LiveRoom,
        views: Views,
        heard: Transcript,
        progress: Progress,
    ):
        self.profile = profile
        self.upto = upto
        self.heard = heard
        self.brief, self.ports, self.meter = brief, ports, meter
        self._room, self._views, self._progress = room, views, progress

    @property
    def seq(self) -> int:
        """The number of the turn's start; `THIS_TURN` while nothing of it is in the log."""
        return self._progress.seq

    @property
    def transcript(self) -> Transcript:
        """The room now, including what this turn has already done."""
        return self._room.transcript

    @property
    def answers(self) -> tuple[Question, ...]:
        """This agent's questions that were answered and wait for it to go on, oldest first."""
        return tuple(
            [
                question
                for question in self.transcript.questions
                if question.by == self.profile.id
                and question.answer is not None
                and not question.dealt
                and question.answer.seq <= self.upto
            ]
        )

    @property
    def news(self) -> tuple[Message, ...]:
        """What others said that this agent has not dealt with: before an answer, what it asked about belongs to it."""
        transcript = self.transcript
        heard = transcript.floor.heard.get(self.profile.id, 0)
        since = min((question.heard for question in self.answers), default=heard)
        said = transcript.since(max(min(since, heard), transcript.start), ears=self.profile.id)
        return tuple(message for message in said if message.seq <= self.upto)

    async def show(self, draft: Draft) -> None:
        """Show the text of this turn while it grows, as yielding the draft does; it is not kept."""
        await self._progress.show(draft)

    def tools(self, tools: Sequence[Tool | ToolFunction]) -> dict[str, Tool]:
        """Tools by name; functions become tools. Raises `WrongUse` for a function that cannot be one."""
        made = [tool if isinstance(tool, Tool) else self.ports.tool_of(tool) for tool in tools]
        return {tool.name: tool for tool in made}

    def prompt(self, cut: Cut = DEFAULT_CUT, *, besides: int = 0) -> list[ModelMessage]:
        """The conversation as this agent's model reads it (see `agents.turn.view`).

        ``besides`` is what the rest of the request takes, in estimated tokens.
        """
        return self._views.of(self.profile.id, cut).messages(
            self.transcript, upto=self.upto, turn=self.seq, besides=besides
        )

    def preamble(self, of: object, make: Callable[[], Preamble], cut: Cut = DEFAULT_CUT) -> Preamble:
        """What ``make`` says stands before the conversation for ``of``, asked again when somebody comes or goes."""
        return self._views.of(self.profile.id, cut).preamble(self.transcript, of, make)


Function: TypeAlias = Callable[[Transcript], str | Awaitable[str | None] | None]
"""A plain function as an agent: what it says to the room as it heard it, or None for a pass (C2)."""
