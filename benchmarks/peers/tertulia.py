"""Ours at the same works, with the store in memory."""

from collections.abc import Callable

from msgspec.structs import replace

from adapters.function_tools import FunctionTools
from agents import model_chooses
from agents.ports import ModelAnswer, ModelRequest
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from benchmarks.many_rooms import all_sleep
from benchmarks.peers.works import LATENCY, ROOM_TURNS, Figures, in_all, per_turn, run
from benchmarks.stage import InstantModel, begin, chooses_in_turn, in_memory, talk, team_of, turns_in
from benchmarks.tool_turn import calls_tool, weather


async def round_robin(turns: int) -> Figures:
    """Four assistants."""
    ports = in_memory(InstantModel())
    spent = await talk(ports, team_of(turns))
    assert await turns_in(ports) == turns
    return {"µs": spent.cpu / turns * 1e6}


async def selector(turns: int) -> Figures:
    """`model_chooses`."""
    ports = in_memory(InstantModel(chooses_in_turn()))
    spent = await talk(ports, team_of(turns, speakers=model_chooses()))
    assert await turns_in(ports) == turns
    return {"µs": spent.cpu / turns * 1e6}


async def tool_turn(turns: int) -> Figures:
    """One turn in each of so many rooms."""
    answer: Callable[[ModelRequest], ModelAnswer] = calls_tool()
    ports = replace(in_memory(InstantModel(answer)), tool_of=FunctionTools().tool)
    team = team_of(1, tools=[weather])
    running = Rooms(ports, lambda _: Binding(team=team))

    async def work() -> None:
        for number in range(turns):
            await begin(ports, f"web:room-{number}")
            await running.run(f"web:room-{number}")

    spent = await per_turn(turns, work())
    assert await turns_in(ports, f"web:room-{turns - 1}") == 1
    return spent


async def rooms(count: int) -> Figures:
    """Woken as in life; all rooms are kept, in the store and as far as we keep them open."""
    ports = in_memory(InstantModel(latency=LATENCY))
    team = team_of(ROOM_TURNS)
    running = Rooms(ports, lambda _: Binding(team=team))

    async def work() -> Rooms:
        names = [f"web:room-{number}" for number in range(count)]
        for name in names:
            await begin(ports, name)
        await all_sleep(ports, running, names)
        return running

    return await in_all(count, work())


if __name__ == "__main__":
    run({"round_robin": round_robin, "selector": selector, "tool_turn": tool_turn, "rooms": rooms})
