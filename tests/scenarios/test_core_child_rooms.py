"""Child rooms, two deep, in a process that dies at any append: nothing is lost, and nothing happens twice."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.sqlite_store import open_store
from agents.log.events import Answered, Asked, Closed, Noted, Opened, Said, TurnStarted, TurnTaken
from agents.log.records import Entry, Record
from agents.ports import Ports
from agents.runtime.wakeups import InProcessWakeups
from agents.team.policies import round_robin
from agents.team.team import Team
from agents.testing import FakeClock, memory_ports
from agents.turn.turn import Acts, Turn
from tests.stores import with_ports
from tests.unit.house import LOBBY, House, Plain, says
from tests.unit.runtime.test_children import Opener, team

CHILD, OTHER = f"{LOBBY}~3.1", f"{LOBBY}~3.2"
TALK = [("Ana", "go"), ("boss", "deep: Madrid, 1 asked | Right.")]


class Dead(BaseException):
    """The process is gone: nothing of it runs any more."""


async def _asks(turn: Turn) -> Acts:
    """Ask people once, count that in a note, and say what came of it."""
    if not turn.transcript.questions:
        asked = turn.transcript.note("asked", 0)
        assert isinstance(asked, int)
        yield Noted(key="asked", value=asked + 1)
        yield Asked(text="Which city?")
    for question in turn.answers:
        assert question.answer is not None
        yield Said(text=f"deep: {question.answer.words}, {turn.transcript.note('asked')} asked")


class World:
    """What outlives the process: the store."""

    def __init__(self, ports: Ports) -> None:
        middle = Opener("middle", deep=team(Plain("asker", _asks)))
        boss = Opener("boss", outer=team(middle), other=team(says("left", "Left."), says("right", "Right.")))
        self.house = House(Team(agents=[boss], speakers=round_robin), ports=ports)
        self._healthy = self.house.ports.store.log
        self.appends = 0

    def mortal(self, at: int, *, written: bool) -> None:
        """The process dies at that append, just before or just after it is written."""
        dead = False

        async def die(room: str, entries: Sequence[Entry]) -> None:
            nonlocal dead
            self.appends += 1
            if self.appends == at and written:
                await self._healthy.append(room, entries)
            if dead or self.appends == at:
                dead = True
                raise Dead

        self.house.before_append(die)

    def reborn(self) -> None:
        """Another process over the same store."""
        self.house.ports = replace(self.house.ports, store=with_ports(self.house.ports.store, log=self._healthy))
        self.house.restart()

    async def play(self) -> None:
        """Everything that happens from outside, delivered again by whoever was not answered."""
        await self.house.enter(Said(text="go"), source="web:go")
        await self.house.run_all()
        asked = [one.seq for one in (await self.house.transcript()).questions]
        if asked:
            await self.house.enter(Answered(question=asked[0], text="Madrid"), source="web:answer")
        await self.house.run_all()


@asynccontextmanager
async def in_memory(_: Path) -> AsyncIterator[Ports]:
    yield memory_ports(FakeClock())


@asynccontextmanager
async def in_sqlite(path: Path) -> AsyncIterator[Ports]:
    clock = FakeClock()
    async with open_store(path / "rooms.db", clock) as store:
        yield replace(memory_ports(clock), store=store, wakeups=InProcessWakeups(store.schedule, clock))


async def test_without_a_crash_the_conversation_is_told_once(tmp_path: Path):
    async with in_memory(tmp_path) as ports:
        world = World(ports)
        world.mortal(0, written=False)
        await world.play()
        await _is_whole(world.house)
        assert world.appends <= MOST, "the test below dies at each of so many appends"


MOST = 30


@pytest.mark.parametrize("written", [False, True], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("at", range(1, MOST + 1))
@pytest.mark.parametrize("store", [in_memory, in_sqlite], ids=["memory", "sqlite"])
async def test_a_process_that_dies_at_an_append_loses_and_doubles_nothing_in_any_room(
    store: Callable[[Path], AbstractAsyncContextManager[Ports]], at: int, written: bool, tmp_path: Path
):
    async with store(tmp_path) as ports:
        world = World(ports)
        world.mortal(at, written=written)
        try:
            await world.play()
        except* Dead:
            world.reborn()
            await world.play()
        await _is_whole(world.house)


async def _is_whole(house: House) -> None:
    assert await house.talk() == TALK
    assert await house.ports.store.schedule.rooms(LOBBY) == (CHILD, f"{CHILD}~2.1", OTHER)
    assert len(await house.events(Closed)) == 2
    assert len(await house.events(Opened)) == 2
    assert len(await house.events(Asked)) == 1
    assert await house.talk(f"{CHILD}~2.1") == [
        ("system", "go"), ("Ana", "Madrid"), ("asker", "deep: Madrid, 1 asked"),
    ]  # fmt: skip
    assert await house.talk(OTHER) == [("system", "go"), ("left", "Left."), ("right", "Right.")]
    for room in (LOBBY, CHILD, f"{CHILD}~2.1", OTHER):
        assert _closed(await house.log(room))
        assert len(await house.events(Answered, room=room)) == (room != OTHER)


def _closed(log: Sequence[Record]) -> bool:
    """Whether every turn was ended before the next one began."""
    kinds = [type(record.event) for record in log if isinstance(record.event, TurnStarted | TurnTaken)]
    return kinds == [TurnStarted, TurnTaken] * (len(kinds) // 2)
