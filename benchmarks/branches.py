"""Two branches in child rooms of 0.3 s each, beside one: together they should take at most a third more."""

from collections.abc import Iterator

from agents import Said, Team, assistant, fan_out
from agents.log.events import Closed
from agents.log.records import Entry
from agents.ports import Ports
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from benchmarks.measuring import Size, cost, samples
from benchmarks.stage import InstantModel, in_memory, on_disk
from benchmarks.table import Row

LATENCY = 0.3
ROOM = "web:branches"


def measure(size: Size) -> Iterator[Row]:
    """How much longer than one branch two take."""

    async def memory() -> float:
        one = await _seconds(in_memory(InstantModel(latency=LATENCY)), 1)
        return await _seconds(in_memory(InstantModel(latency=LATENCY)), 2) / one

    async def durable() -> float:
        async with on_disk(InstantModel(latency=LATENCY)) as ports:
            one = await _seconds(ports, 1)
        async with on_disk(InstantModel(latency=LATENCY)) as ports:
            return await _seconds(ports, 2) / one

    yield Row(
        what="two branches of 0.3 s over one, memory", samples=samples(size, memory), unit="x", floor=1, goal=4 / 3
    )
    yield Row(
        what="two branches of 0.3 s over one, durable", samples=samples(size, durable), unit="x", floor=1, goal=4 / 3
    )


async def _seconds(ports: Ports, branches: int) -> float:
    teams = {f"branch{number}": Team(agents=[assistant(f"worker{number}")]) for number in range(branches)}
    team = Team(agents=[fan_out("panel", teams)])
    rooms = Rooms(ports, lambda _: Binding(team=team))
    await ports.store.log.append(ROOM, [Entry(event=Said(text="Go."), by="person:web/ana")])
    spent = await cost(rooms.run_tree(ROOM))
    closed = [one for one in await ports.store.log.read(ROOM) if isinstance(one.event, Closed)]
    assert len(closed) == branches
    return spent.wall
