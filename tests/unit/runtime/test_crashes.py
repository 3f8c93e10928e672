"""A store that fails at any append, before or after it has written: nothing is asked, said or run twice or never."""

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from agents.errors import StoreFailed
from agents.log.events import Answered, Asked, Said, ToolCalled, ToolReturned, TurnTaken
from agents.log.records import Entry, Record
from agents.ports import ModelAnswer, ModelRequest
from agents.team.policies import round_robin
from agents.team.team import Team
from agents.turn.ready_made import assistant
from agents.turn.turn import Acts, Turn
from tests.stores import with_ports
from tests.unit.house import HookedLog, House, Plain, calls, says, tool
from tests.unit.runtime.test_children import Opener, asker


class FailingLog(HookedLog):
    """A log whose append number ``at`` fails, with its records in the log (``late``) or without them."""

    def __init__(self, house: House, at: int, *, late: bool):
        super().__init__(house.ports.store.log, self._count)
        self._left, self._late = at, late

    async def _count(self, room: str, entries: Sequence[Entry]) -> None:
        self._left -= 1
        if self._left == 0 and not self._late:
            raise StoreFailed("The disk is full.")

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        records = await super().append(room, entries)
        if self._left == 0:
            raise StoreFailed("The disk did not answer.")
        return records


def looks(request: ModelRequest) -> ModelAnswer | str:
    done = [one.role for one in request.messages].count("tool")
    return "Looked." if done > 1 else calls(("look", f'{{"n": {done}}}'), text=f"Look {done}.", prefix=f"n{done}")


def sends(request: ModelRequest) -> ModelAnswer | str:
    asked = any(one.role == "tool" for one in request.messages)
    return "Sent." if asked else calls(("send", "{}"), text="I send.")


LOOKS = Team(agents=[assistant("a", tools=[tool("look", "seen")]), says("b", "B.")], speakers=round_robin)
SENDS = Team(agents=[assistant("a", tools=[tool("send", "sent", risk="risky")])])
ASKS = Team(agents=[Opener("boss", writers=Team(agents=[asker(Asked(text="Which city?"))]))])


async def _played(
    team: Team, model: Callable[[ModelRequest], object] | None, at: int = 0, *, late: bool = False
) -> tuple[list[object], int]:
    """What was said and which tools ran, in all rooms, and how many appends that took."""
    house = House(team, models=model)
    log = FailingLog(house, at, late=late)
    house.ports = replace(house.ports, store=with_ports(house.ports.store, log=log))
    house.restart()
    await _until_taken(house, Said(text="go"), "web:go")
    while questions := (await house.transcript()).open_questions:
        options = questions[0].asked.options
        answer = Answered(question=questions[0].seq, text="" if options else "Rome", option=next(iter(options), None))
        await _until_taken(house, answer, f"web:{questions[0].seq}")
    rooms = await house.ports.store.schedule.rooms()
    return [*[sorted(await house.talk(room)) for room in rooms], *await house.called()], at - log._left


async def _until_taken(house: House, event: Said | Answered, source: str) -> None:
    for _ in range(3):
        try:
            await house.enter(event, source=source)
            await house.run_all()
        except StoreFailed:
            house.restart()
        house.clock.advance(6.0)


@pytest.mark.parametrize(("team", "model"), [(LOOKS, looks), (SENDS, sends), (ASKS, None)])
async def test_nothing_is_said_asked_or_run_twice_or_never_whichever_append_fails(
    team: Team, model: Callable[[ModelRequest], object] | None
):
    whole, appends = await _played(team, model)
    assert appends > 5
    for at in range(1, appends + 1):
        for late in (False, True):
            assert (await _played(team, model, at, late=late))[0] == whole, (at, late)


async def test_a_bug_while_a_tool_runs_leaves_its_result_unknown():
    async def breaks(turn: Turn) -> Acts:
        yield ToolCalled(call="1", tool="look", arguments="{}")
        raise ZeroDivisionError

    house = House(Team(agents=[Plain("a", breaks)]))
    await house.hears("go")
    returned, taken = await house.events(ToolReturned, TurnTaken)
    assert isinstance(returned, ToolReturned)
    assert isinstance(taken, TurnTaken)
    assert (returned.unknown, taken.outcome) == (True, "crashed")
