"""What most benchmarks share: a model that answers at once, a team of four, rooms in memory and on disk."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.sqlite_store import open_store
from agents import Limits, Team, assistant, max_turns, round_robin
from agents.log.events import Joined, Said, TurnTaken, Usage
from agents.log.records import Entry
from agents.ports import Model, ModelAnswer, ModelRequest, Ports, Stream, ToolFunction
from agents.runtime.rooms import Rooms
from agents.runtime.wakeups import InProcessWakeups
from agents.team.binding import Binding
from agents.team.policies import Speakers
from agents.testing import memory_ports
from benchmarks.measuring import Cost, cost
from bots.clock import SystemClock

NAMES = ("ana", "ben", "cid", "dot")
USAGE = Usage(input_tokens=10, output_tokens=5)
_STEPS = count(1)
PERSON = "person:web/eva"


def usual_words(request: ModelRequest) -> ModelAnswer:
    """A short answer, each time another one: a team that repeats itself would be paused."""
    return ModelAnswer(text=f"All right, I am on step {next(_STEPS)}.", usage=USAGE, model="instant")


@dataclass
class InstantModel:
    """A `Model` that answers after ``latency`` seconds (0: at once) with what ``answer`` makes of the request."""

    answer: Callable[[ModelRequest], ModelAnswer] = usual_words
    latency: float = 0.0
    name: str = "instant"
    window: int | None = None
    longest: int = 0
    """Messages of the longest prompt it was asked with."""

    async def stream(self, request: ModelRequest) -> Stream:
        """The whole answer in one piece."""
        self.longest = max(self.longest, len(request.messages))
        if self.latency:
            await asyncio.sleep(self.latency)
        yield self.answer(request)

    def price(self, usage: Usage) -> float | None:
        """Free."""
        return 0.0


def chooses_in_turn() -> Callable[[ModelRequest], ModelAnswer]:
    """Answers for `InstantModel`: asked who speaks next it names one after the other, else it says its usual words."""
    asked = count()

    def answer(request: ModelRequest) -> ModelAnswer:
        if request.schema is None:
            return usual_words(request)
        name = NAMES[next(asked) % len(NAMES)]
        return ModelAnswer(text=f'{{"speaker": "{name}"}}', usage=USAGE, model="instant")

    return answer


def team_of(turns: int, *, speakers: Speakers = round_robin, tools: Sequence[ToolFunction] = ()) -> Team:
    """Four assistants that talk for so many turns."""
    return Team(
        agents=[assistant(name, "Takes part.", tools=tools) for name in NAMES],
        speakers=speakers,
        termination=max_turns(turns),
        limits=Limits(agent_turns_without_a_person=turns + 1),
    )


async def begin(ports: Ports, room: str) -> None:
    """A person comes in and says what is to be done."""
    events = (Joined(participant=PERSON, name="Eva"), Said(text="Please begin, and take turns."))
    await ports.store.log.append(room, [Entry(event=event, by=PERSON) for event in events])


async def talk(ports: Ports, team: Team, room: str = "web:benchmark") -> Cost:
    """What one conversation costs, from the person's message until the team has stopped."""
    await begin(ports, room)
    return await cost(Rooms(ports, lambda _: Binding(team=team)).run(room))


async def turns_in(ports: Ports, room: str = "web:benchmark") -> int:
    """How many turns were taken in the room: what was measured must have happened."""
    records = await ports.store.log.read(room, limit=1_000_000)
    return sum(isinstance(record.event, TurnTaken) for record in records)


def in_memory(model: Model) -> Ports:
    """Ports over nothing but memory, with the machine's time."""
    return memory_ports(SystemClock(), {"default": model})


@asynccontextmanager
async def on_disk(model: Model) -> AsyncGenerator[Ports, None]:
    """Ports over a new SQLite database in the folder for temporary files."""
    with TemporaryDirectory(prefix="tertulia-benchmark-") as folder:
        async with store_at(Path(folder) / "rooms.db", {"default": model}) as ports:
            yield ports


@asynccontextmanager
async def store_at(path: Path, models: Mapping[str, Model]) -> AsyncGenerator[Ports, None]:
    """Ports over the SQLite database at that path."""
    clock = SystemClock()
    async with open_store(path, clock) as store:
        yield Ports(
            store=store,
            wakeups=InProcessWakeups(store.schedule, clock),
            clock=clock,
            models=models,
        )
