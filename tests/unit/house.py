"""A house for tests: rooms over in-memory ports, teams in them, and people at the door."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from msgspec.structs import replace

from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Event,
    Outcome,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnTaken,
    Usage,
)
from agents.log.fold import fold
from agents.log.participants import Profile
from agents.log.records import Entry, Record
from agents.log.transcript import Transcript
from agents.people.command_actions import CommandActions, PrivateReply
from agents.people.door import Door
from agents.people.permissions import Permissions
from agents.ports import Log, Model, ModelAnswer, ModelRequest, Ports, Slept, Tool, ToolCall, ToolContext, ToolResult
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from agents.team.team import Team
from agents.testing import FakeClock, FakeModel, FakeSandbox, memory_ports
from agents.turn.turn import Acts, Turn
from tests.stores import with_ports

LOBBY = "web:lobby"
ANA = Profile(id="person:web/ana", name="Ana")
BOB = Profile(id="person:web/bob", name="Bob")
EVA = Profile(id="person:web/eva", name="Eva")
STRANGER = Profile(id="person:web/mallory", name="Mallory")
PEOPLE = Permissions(
    users=frozenset({ANA.id, BOB.id, EVA.id}),
    approvers=frozenset({ANA.id, EVA.id}),
    admins=frozenset({ANA.id}),
    owners=frozenset({ANA.id}),
    bound=True,
)


class House:
    """Everything that one process holds; ``restart`` is another process over the same store."""

    def __init__(
        self,
        team: Team | Binding | None = None,
        *,
        models: Mapping[str, Model] | Sequence[object] | Callable[[ModelRequest], object] | None = None,
        sandbox: FakeSandbox | None = None,
        ports: Ports | None = None,
    ):
        self.clock = FakeClock()
        self.model = FakeModel() if models is None or isinstance(models, Mapping) else FakeModel(models)
        known = models if isinstance(models, Mapping) else {"default": self.model}
        self.ports = replace(ports or memory_ports(self.clock), models=known, sandbox=sandbox)
        self.clock = self.ports.clock if isinstance(self.ports.clock, FakeClock) else self.clock
        self.teams: dict[str, Binding] = {}
        self._sources = count(1)
        self.permissions_of: Callable[[str], Permissions] = lambda room: PEOPLE
        if team is not None:
            self.bind(LOBBY, team)
        self.restart()

    def bind(self, room: str, team: Team | Binding) -> None:
        """Put a team into a room."""
        self.teams[room] = team if isinstance(team, Binding) else Binding(team=team)

    def before_append(self, hook: "Hook") -> None:
        """Do this before each append, as another process over the same store."""
        log = HookedLog(self.ports.store.log, hook)
        self.ports = replace(self.ports, store=with_ports(self.ports.store, log=log))
        self.restart()

    def restart(self) -> None:
        """What was in memory is gone; the store is the same."""
        self.rooms = Rooms(self.ports, self.of)
        self.orders = CommandActions(self.ports, self.rooms, self)
        self.door = Door(self.ports, self.rooms, self.orders, self)

    def of(self, room: str) -> Binding | None:
        return self.teams.get(room)

    def permissions(self, room: str) -> Permissions:
        return self.permissions_of(room)

    async def use(self, room: str, team: str) -> str:
        return f"{team} is in {room}."

    async def leave(self, room: str) -> str:
        self.teams.pop(room, None)
        return f"No team is in {room}."

    async def where(self) -> Mapping[str, str]:
        return {room: binding.team.name for room, binding in self.teams.items()}

    async def enter(
        self, event: Event, by: Profile = ANA, room: str = LOBBY, *, source: str = "", groups: Collection[str] = ()
    ) -> PrivateReply | None:
        """A person does something."""
        return await self.door.enter(room, by, event, source=source or f"web:{next(self._sources)}", groups=groups)

    async def says(self, text: str, by: Profile = ANA, room: str = LOBBY, **said: object) -> PrivateReply | None:
        """A person says something."""
        return await self.enter(Said(text=text, **said), by, room)  # type: ignore[arg-type]

    async def answers(
        self, question: int, text: str = "", *, option: str | None = None, by: Profile = ANA, room: str = LOBBY
    ) -> None:
        """A person answers a question by its card."""
        await self.enter(Answered(question=question, text=text, option=option), by, room)

    async def edits(self, target: int, text: str, by: Profile = ANA, room: str = LOBBY) -> None:
        await self.enter(Edited(target=target, text=text), by, room)

    async def deletes(self, target: int, by: Profile = ANA, room: str = LOBBY) -> None:
        await self.enter(Deleted(target=target), by, room)

    async def run(self, room: str = LOBBY) -> Slept:
        """Run the room until it sleeps."""
        async with asyncio.timeout(20):
            return await self.rooms.run(room)

    async def run_all(self) -> None:
        """Run whatever is due, child rooms too, until nothing is: as the wake-ups do, one room after the other."""
        schedule = self.ports.store.schedule
        while due := await schedule.due(self.clock.now()):
            for room in due:
                slept = await self.run(room)
                await schedule.settle(room, slept.upto, slept.wake_at)

    async def hears(self, text: str, by: Profile = ANA, room: str = LOBBY, **said: object) -> list[tuple[str, str]]:
        """A person says something and the room runs; what was said since, as (name, text)."""
        before = (await self.transcript(room)).seq
        await self.says(text, by, room, **said)
        await self.run(room)
        return (await self.talk(room, after=before))[1:]

    @asynccontextmanager
    async def running(self, room: str = LOBBY) -> AsyncIterator[asyncio.Task[Slept]]:
        """The room runs meanwhile; at the end of the block it has fallen asleep."""
        async with asyncio.TaskGroup() as group:
            yield group.create_task(self.run(room))

    async def transcript(self, room: str = LOBBY) -> Transcript:
        """The room, folded from its log by itself."""
        return fold(Transcript(room=room), await self.log(room))

    async def log(self, room: str = LOBBY) -> tuple[Record, ...]:
        return await self.ports.store.log.read(room, limit=100_000)

    async def events(self, *types: type, room: str = LOBBY) -> list[Event]:
        """The room's events of these types."""
        return [one.event for one in await self.log(room) if one.event is not None and isinstance(one.event, types)]

    async def talk(self, room: str = LOBBY, *, after: int = 0) -> list[tuple[str, str]]:
        """What was said, as (name, text)."""
        transcript = await self.transcript(room)
        said = [one for one in transcript.messages if one.seq > after and not one.deleted]
        return [(transcript.name_of(one.by), one.text) for one in said]

    async def speakers(self, room: str = LOBBY) -> list[str]:
        """Who had the floor, in order."""
        return [turn.speaker.removeprefix("agent:") for turn in (await self.transcript(room)).floor.past]

    async def outcomes(self, room: str = LOBBY) -> list[Outcome]:
        return [one.outcome for one in await self.events(TurnTaken, room=room) if isinstance(one, TurnTaken)]

    async def stops(self, room: str = LOBBY) -> list[str]:
        """Why the room stopped, each time."""
        return [one.reason for one in await self.events(Stopped, room=room) if isinstance(one, Stopped)]

    async def called(self, room: str = LOBBY) -> list[tuple[str, str]]:
        """Tools that were started, with their arguments."""
        found = await self.events(ToolCalled, room=room)
        return [(one.tool, one.arguments) for one in found if isinstance(one, ToolCalled)]

    async def returned(self, room: str = LOBBY) -> list[str]:
        """What tools gave back."""
        return [one.output for one in await self.events(ToolReturned, room=room) if isinstance(one, ToolReturned)]

    async def question(self, room: str = LOBBY) -> int:
        """The only open question."""
        (one,) = (await self.transcript(room)).open_questions
        return one.seq

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """What the default model was given, as (who, text), without the system message."""
        return [prompt(request) for request in self.model.requests]


Hook: TypeAlias = Callable[[str, Sequence[Entry]], Awaitable[None]]


class HookedLog:
    """A log on which something happens before each append: it waits, fails, or lets others go first."""

    def __init__(self, log: Log, hook: Hook):
        self.below, self._hook = log, hook
        self.read, self.watch, self.erase = log.read, log.watch, log.erase
        self.find, self.head = log.find, log.head

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        await self._hook(room, entries)
        return await self.below.append(room, entries)


async def let_others() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def prompt(request: ModelRequest) -> list[tuple[str, str]]:
    """A request's messages but for the system's, as (name or role, text)."""
    return [(one.name or one.role, one.text) for one in request.messages if one.role != "system"]


def calls(*wanted: tuple[str, str], text: str = "", prefix: str = "call") -> ModelAnswer:
    """A model's answer that calls tools, given as (tool, arguments)."""
    made = tuple(
        ToolCall(id=f"{prefix}-{number}", tool=tool, arguments=arguments)
        for number, (tool, arguments) in enumerate(wanted, 1)
    )
    return ModelAnswer(text=text, calls=made, finish="tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What a test waits for, and what it lets go on."""

    rung: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Ring, then wait until the test lets go."""
        self.rung.set()
        await self.go_on.wait()


def tool(name: str, result: str | Callable[[str], str] = "done", *, bell: Bell | None = None, **more: object) -> Tool:
    """A tool that gives ``result``, after its bell where it has one."""

    async def call(arguments: str, context: ToolContext) -> ToolResult:
        if bell is not None:
            await bell.wait()
        return ToolResult(text=result if isinstance(result, str) else result(arguments))

    return Tool(name=name, description=f"Does {name}.", parameters={"type": "object"}, call=call, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Plain:
    """An agent that is nothing but a function of its turn."""

    name: str
    acts: Callable[[Turn], Acts]

    @property
    def profile(self) -> Profile:
        return Profile(id=f"agent:{self.name}", name=self.name)

    def act(self, turn: Turn) -> Acts:
        return self.acts(turn)


def says(name: str, *texts: str) -> Plain:
    """An agent without a model that says these texts, one a turn, by what it has said already; then it passes."""

    async def acts(turn: Turn) -> Acts:
        own = sum(message.by == f"agent:{name}" for message in turn.transcript.messages)
        if own < len(texts):
            yield Said(text=texts[own])

    return Plain(name, acts)


def asking(*questions: Asked) -> Plain:
    """An agent that asks everything at once, on the first occasion, and then reports the answers."""

    async def acts(turn: Turn) -> Acts:
        if not turn.transcript.questions:
            for question in questions:
                yield question
        for answered in turn.answers:
            assert answered.answer is not None
            yield Said(text=f"Heard {answered.answer.words!r} from {answered.answer.by}.")

    return Plain("asker", acts)


async def asked(*questions: Asked, people: tuple[Profile, ...] = (ANA,)) -> House:
    """A house in which these questions are open and these people have spoken."""
    house = House(Team(agents=[asking(*questions)]))
    for person in people:
        await house.says("go", person)
    await house.run()
    return house


async def at_once(room: str, entries: Sequence[Entry]) -> None:
    """Whatever is appended at the same moment has read the same room."""
    await let_others()


def chatty(name: str) -> Plain:
    """An agent that always has something to say."""

    async def acts(turn: Turn) -> Acts:
        yield Said(text=f"{name} {turn.upto}")

    return Plain(name, acts)


def priced(*answers: object) -> FakeModel:
    """A model whose every call costs 60 cents."""
    usage = Usage(input_tokens=500, output_tokens=500)
    return FakeModel(answers or (lambda request: "Word."), usage=usage, price=0.6)  # type: ignore[arg-type]
