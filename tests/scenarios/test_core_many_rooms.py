"""More rooms at once than fit into the cache: each is run as one, and stops, halts and resumes reach them (P6, S7)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from agents import Team
from agents.log.events import Said
from agents.log.records import Record
from agents.runtime.rooms import ROOMS_KEPT
from agents.runtime.wakeups import InProcessWakeups
from agents.testing import until
from agents.turn.turn import Acts, Turn
from tests.stores import with_ports
from tests.unit.house import House, Plain, says

CHANNEL, OTHER = "slack:T1/C1", "slack:T1/C2"
THREADS = [f"{CHANNEL}/{number}.1" for number in range(300)]
OTHERS = [f"{OTHER}/{number}.1" for number in range(400)]


class Crowd:
    """Rooms that all run, each with a turn that lasts until the test lets it end."""

    def __init__(self) -> None:
        self.talking: set[str] = set()
        self.end = asyncio.Event()
        self.house = House()
        self.loads: Counter[str] = Counter()
        snapshots = self.house.ports.store.snapshots

        class Counted:
            save = snapshots.save

            async def load(_, room: str) -> tuple[int, str] | None:  # noqa: N805
                self.loads[room] += 1
                return await snapshots.load(room)

        self.house.ports = replace(self.house.ports, store=with_ports(self.house.ports.store, snapshots=Counted()))
        self.house.restart()

    async def talks(self, turn: Turn) -> Acts:
        room = turn.transcript.room
        self.talking.add(room)
        try:
            await self.end.wait()
        finally:
            self.talking.discard(room)
        yield Said(text="Done.")

    async def hears(self, rooms: Sequence[str], text: str) -> None:
        for room in rooms:
            await self.house.says(text, room=room)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        serving = asyncio.create_task(self.house.ports.wakeups.serve(self.house.rooms.run))
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.wait([serving])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Every room has begun its turn."""
        for room in (*THREADS, *OTHERS):
            self.house.bind(room, Team(agents=[Plain("planner", self.talks)]))
        await self.hears((*THREADS, *OTHERS), "go")
        async with self.served():
            await until(lambda: self.talking == {*THREADS, *OTHERS}, within=60)
            yield

    async def nothing_is_due(self) -> bool:
        return await self.house.ports.store.schedule.due(self.house.clock.now()) == ()

    async def asleep(self, rooms: Sequence[str]) -> None:
        """Wait until none of these has anything left to do."""

        async def rest() -> bool:
            return set(await self.house.ports.store.schedule.awake("slack:T1/*")).isdisjoint(rooms)

        await until(rest, within=60)

    async def outcomes(self, rooms: Sequence[str]) -> Counter[tuple[str, ...]]:
        """How the turns of each room ended, and in how many rooms so."""
        return Counter([tuple(await self.house.outcomes(room)) for room in rooms])

    async def last(self, rooms: Sequence[str]) -> Counter[tuple[str, str]]:
        return Counter([(await self.house.talk(room))[-1] for room in rooms])


async def test_s7_of_each_room_that_runs_there_is_one_though_more_run_than_the_cache_keeps():
    crowd = Crowd()
    assert len(THREADS) + len(OTHERS) > ROOMS_KEPT
    async with crowd.running():
        crowd.loads.clear()
        for room in (*THREADS, *OTHERS):
            transcript = await crowd.house.rooms.read(room)
            assert crowd.house.rooms.remembered(room) is transcript
        assert crowd.loads.total() == 0
        crowd.end.set()
        await crowd.asleep([*THREADS, *OTHERS])
    assert await crowd.outcomes((*THREADS, *OTHERS)) == {("said",): 700}
    assert len(crowd.house.rooms.recent()) == ROOMS_KEPT


async def test_p6_a_stop_in_a_channel_ends_the_turn_of_every_thread_of_it_and_of_no_other():
    crowd = Crowd()
    async with crowd.running():
        await crowd.house.says("!stop", room=CHANNEL)
        await until(lambda: crowd.talking == set(OTHERS), within=60)
        await crowd.asleep(THREADS)
        crowd.end.set()
        await crowd.asleep(OTHERS)
    assert await crowd.outcomes(THREADS) == {("interrupted",): 300}
    assert await crowd.outcomes(OTHERS) == {("said",): 400}


async def test_p6_a_halt_in_a_channel_ends_the_turn_of_every_thread_of_it_and_of_no_other():
    crowd = Crowd()
    async with crowd.running():
        await crowd.house.says("!halt", room=CHANNEL)
        await until(lambda: crowd.talking == set(OTHERS), within=60)
        crowd.end.set()
        await crowd.asleep(OTHERS)
    assert await crowd.outcomes(THREADS) == {("interrupted",): 300}
    assert await crowd.outcomes(OTHERS) == {("said",): 400}


async def test_p6_a_resume_wakes_at_once_all_that_waited_though_no_memory_of_them_is_left():
    crowd = Crowd()
    for room in (*THREADS, *OTHERS):
        crowd.house.bind(room, Team(agents=[says("planner", "Hi.")]))
    await crowd.house.says("!halt", room=CHANNEL)
    await crowd.house.says("!halt", room=OTHER)
    await crowd.hears((*THREADS, *OTHERS), "hello")
    async with crowd.served():
        await until(crowd.nothing_is_due, within=60)
    store, clock = crowd.house.ports.store, crowd.house.clock
    crowd.house.ports = replace(crowd.house.ports, wakeups=InProcessWakeups(store.schedule, clock))
    crowd.house.restart()
    async with crowd.served():
        await crowd.house.says("!resume", room=CHANNEL)
        await crowd.asleep(THREADS)
    assert await crowd.last(THREADS) == {("planner", "Hi."): 300}
    assert await crowd.last(OTHERS) == {("Ana", "hello"): 400}


async def test_p6_a_stop_that_comes_again_stops_no_thread_that_began_since():
    house = House()
    late = f"{CHANNEL}/2.1"
    await house.says("one", room=f"{CHANNEL}/1.1")
    for _ in range(2):
        await house.enter(Said(text="!stop"), room=CHANNEL, source="slack:again")
        await house.says("two", room=late)
    assert [one.source for one in await stops(house, f"{CHANNEL}/1.1")] == [f"slack:again+{CHANNEL}/1.1"]
    assert [one.source for one in await stops(house, CHANNEL)] == ["slack:again"]
    assert await stops(house, late) == []


async def stops(house: House, room: str) -> list[Record]:
    return [one for one in await house.log(room) if type(one.event).__name__ == "Stopped"]
