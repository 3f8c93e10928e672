"""One turn of one agent: what the agent is given, and what it may give back."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from agents.budget.meter import Meter
from agents.log.events import Event
from agents.log.participants import Profile
from agents.log.transcript import Child, Message, Question, Transcript
from agents.log.turns import returned
from agents.ports import Draft, ModelMessage, Ports, Tool, ToolFunction
from agents.turn.view import DEFAULT_CUT, Cut, Preamble, Views


class Silence(Struct, frozen=True):
    """Nothing is said; see `SILENCE`."""


SILENCE = Silence()
"""What a reply function yields to end the chain without a word.

    async def not_at_night(turn: Turn) -> Acts:
        if turn.ports.clock.now() % 86_400 < 6 * 3_600:
            yield SILENCE  # the reply functions after this one are not tried

    helper = assistant("helper").with_reply(not_at_night)
"""

Acts: TypeAlias = AsyncGenerator[Event | Draft | Silence, None]
"""What an agent yields in a turn (see `Agent.act`).

    async def twice(turn: Turn) -> Acts:
        yield Said(text="One.")
        yield Said(text="Two.")
"""

ApprovalMode: TypeAlias = Literal["never", "risky", "always"]
"""Which tool calls wait for a person's approval: none, those of tools marked as risky, or all."""


class Agent(Protocol):
    """Whoever can take a turn: a model, a stand-in for people, a tool, a code runner, a board with rules.

    An agent holds no state of its own: the same one serves any number of rooms and teams, at the same time.

        class Echo:
            profile = profile_of("echo", "Repeats what was said.")

            async def act(self, turn: Turn) -> Acts:
                yield Said(text=turn.heard.last.text)
    """

    @property
    def profile(self) -> Profile:
        """Its face: id, name, role and avatar."""
        ...

    def act(self, turn: "Turn") -> Acts:
        """Take one turn: yield events, which are written to the log before the iteration goes on.

        `Said`, `ToolCalled`, `ToolReturned`, `Asked`, `Noted`, `Opened` and `Stopped` are an agent's events, and so is
        an `Answered` that withdraws a question of its own; a turn without any is a pass, free and silent. `Said`,
        `Noted` and `Opened` may be written together with what follows them. `Stopped` ends the turn at once. After its
        questions (`Asked`) or child rooms (`Opened`) an agent ends the turn itself, and goes on in a later one with the
        answers. A `Draft` is growing text, shown and not kept.
        A turn may be cut off anywhere, and a later one goes on: whatever that one needs must be in the transcript.
        Raises `ModelFailed`, `BudgetExceeded`, `SandboxUnavailable` or `WrongUse`: the turn then counts as failed, and
        the room pauses with the error's sentence, which is not said in the agent's voice.
        """
        ...


class AgentTeam(Protocol):
    """A team that an agent or a policy sets to work in a child room.

    `Team` is one, and nothing else can work there.

        teams: dict[str, AgentTeam] = {"critics": Team(agents=[assistant("critic")])}
    """

    @property
    def name(self) -> str:
        """What people call the team."""
        ...

    @property
    def agents(self) -> Sequence[Agent]:
        """Who is in it."""
        ...


@runtime_checkable
class HasTeams(Protocol):
    """Whoever opens child rooms, an agent or a policy: the teams that work there, by the keys that `Opened` names.

    They are looked up again after a restart, so the same key must always mean the same team.
    """

    @property
    def teams(self) -> Mapping[str, AgentTeam]:
        """The teams by their keys."""
        ...


class Brief(Struct, frozen=True, kw_only=True):
    """What a turn knows of the team and of the installation, the same for the whole conversation.

    flow: the team's plan in plain language.
    approval: which tool calls people must approve.
    someone_to_ask: false where nobody can answer (a piped run); a question then ends the conversation.
    code_timeout: how long one run of code may take, in seconds.
    image: the name of the sandbox image, which approvals of code are bound to.
    """

    flow: str = ""
    approval: ApprovalMode = "risky"
    someone_to_ask: bool = True
    code_timeout: float = 30.0
    image: str = ""


class LiveRoom(Protocol):
    """A room whose ``transcript`` is replaced by a newer one with every record of its log."""

    transcript: Transcript


class Progress(Protocol):
    """How far a turn has come: ``seq`` is the record number of its start (`THIS_TURN` before that is in the log)."""

    seq: int

    async def show(self, draft: Draft) -> None:
        """Show people the text so far."""
        ...

    async def read(self, child: str) -> Transcript:
        """A child room as it is now."""
        ...


class Turn:
    """One agent's turn: everything in it is for reading, and what the agent does, it yields.

    profile: the face of the agent whose turn it is.
    upto: the number of the newest record when the agent got the floor; what came later is for its next turn.
    brief: what the turn knows of the team and of the installation.
    ports: the store, the models, the sandbox and the clock.
    meter: calls models within the room's budgets and counts what they cost.

        def answer(turn: Turn) -> str:
            words = " ".join(message.text for message in turn.news)
            return f"{turn.profile.name} has read: {words}"

        reader = function_agent("reader", answer)
    """

    profile: Profile
    upto: int
    brief: Brief
    ports: Ports
    meter: Meter

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
        self.brief, self.ports, self.meter = brief, ports, meter
        self._room, self._views, self._progress = room, views, progress
        self._before = heard
        self._heard: Transcript | None = None

    @property
    def seq(self) -> int:
        """The record number of the turn's start; `THIS_TURN` while nothing of the turn is in the log."""
        return self._progress.seq

    @property
    def heard(self) -> Transcript:
        """The room's transcript when the agent got the floor, without what is private to others."""
        if self._heard is None:
            self._heard = self._before.seen_by(self.profile.id)
        return self._heard

    @property
    def transcript(self) -> Transcript:
        """The room now, including what this turn has already done, and what is private to others."""
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
    def closed(self) -> Mapping[str, Child]:
        """The child rooms that this agent opened and that wait for it to go on with what they came to, by name.

        Those that were opened together are here together. ``answer`` is a child's `Closed`.
        """
        return returned(self.transcript.children, self.profile.id, self.upto)

    @property
    def news(self) -> tuple[Message, ...]:
        """What others said that this agent has not dealt with, oldest first.

        Where it gets the floor back with an answer, what it had been told before it asked is news again: the turn that
        asked ended without dealing with it.
        """
        transcript = self.transcript
        heard = transcript.floor.heard.get(self.profile.id, 0)
        gone_on = (*self.answers, *self.closed.values())
        since = min((one.heard for one in gone_on), default=heard)
        said = transcript.since(max(min(since, heard), transcript.start), ears=self.profile.id)
        return tuple(message for message in said if message.seq <= self.upto)

    async def read(self, child: str) -> Transcript:
        """What was said in a child room of this one, by its name. Raises `StoreFailed`."""
        return await self._progress.read(child)

    async def show(self, draft: Draft) -> None:
        """Show people the text of this turn while it grows, as yielding the draft does; it is not kept."""
        await self._progress.show(draft)

    @property
    def others(self) -> tuple[Profile, ...]:
        """Whom this agent's words may address, each under a name that nobody else here has."""
        return self._views.of(self.profile.id).others(self.transcript)

    def tools(self, tools: Sequence[Tool | ToolFunction]) -> dict[str, Tool]:
        """Tools by name; functions become tools. Raises `WrongUse` for a function that cannot be one."""
        made = [tool if isinstance(tool, Tool) else self.ports.tool_of(tool) for tool in tools]
        return {tool.name: tool for tool in made}

    def prompt(self, cut: Cut = DEFAULT_CUT, *, besides: int = 0) -> list[ModelMessage]:
        """The conversation as this agent's model reads it (see `agents.turn.view`).

        ``besides`` is what the rest of the request takes, in estimated tokens.
        """
        view = self._views.of(self.profile.id)
        return view.messages(self.transcript, upto=self.upto, cut=cut, besides=besides)

    def preamble(self, of: object, make: Callable[[], Preamble]) -> Preamble:
        """What stands before the conversation in each request of ``of`` (a `Thinking`, say), as ``make`` returns it.

        It is kept with the view, and made anew when somebody comes, goes or changes.
        """
        return self._views.of(self.profile.id).preamble(self.transcript, of, make)
