"""Halts of a room, a workspace and everything (P6)."""

from collections.abc import Sequence

import pytest

from agents import (
    Team,
    Transcript,
    assistant,
    first,
    mentioned,
    round_robin,
)
from agents.log.events import Answered, Asked, Halted, Joined, Left, Said, Stopped
from agents.log.participants import Profile
from agents.log.records import Entry
from agents.ports import ModelAnswer, Slept
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, LOBBY, Bell, House, Plain, asking, let_others, says, tool

HI = says("planner", "Hi.")


@pytest.mark.parametrize(("scope", "log"), [("", LOBBY), (" workspace", "web:lobby/*"), (" everything", "*")])
async def test_p6_halted_rooms_stay_silent_over_a_restart_until_resumed(scope: str, log: str):
    house = House(Team(agents=[HI]), models={})
    await house.says(f"/halt{scope}")
    assert [type(one.event) for one in await house.log(log)] == [Halted]
    assert await house.hears("hello") == []
    house.restart()
    await house.run()
    assert await house.speakers() == []
    await house.says(f"/resume{scope}")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Hi.")


@pytest.mark.parametrize("scope", ["workspace", "everything"])
async def test_p6_what_waited_through_a_halt_and_a_restart_is_answered_within_a_minute_after_the_resume(scope: str):
    house = House(Team(agents=[HI]))
    await house.says(f"/halt {scope}", room="web:lobby/office")
    await house.says("please answer this")
    slept = await house.run()
    assert slept == Slept(upto=(await house.transcript()).seq, wake_at=house.clock.now() + 60)
    house.restart()
    await house.says(f"/resume {scope}", room="web:lobby/office")
    house.clock.advance(60)
    assert (await house.run()).wake_at is None
    assert (await house.talk())[-1] == ("planner", "Hi.")


async def test_p6_an_answer_that_was_given_while_everything_was_halted_waits_for_the_resume_too():
    house = House(Team(agents=[asking(Asked(text="Which?"))]))
    await house.hears("go")
    await house.says("/halt everything")
    await house.answers(await house.question(), "red")
    assert (await house.run()).wake_at == house.clock.now() + 60
    house.restart()
    await house.says("/resume everything")
    await house.run()
    assert (await house.talk())[-1] == ("asker", f"Heard 'red' from {ANA.id}.")


@pytest.mark.parametrize("before", [(), ("hello", "/stop"), ("hello", "/halt")])
async def test_p6_a_halted_room_in_which_nobody_waits_for_the_resume_above_sleeps(before: tuple[str, ...]):
    house = House(Team(agents=[HI]))
    await house.says("/halt everything")
    for text in before:
        await house.says(text)
    assert (await house.run()).wake_at is None


async def test_p6_a_halt_above_interrupts_the_turn_that_runs():
    bell = Bell()
    house = House(
        Team(agents=[assistant("planner", tools=[tool("search", bell=bell)])]),
        models=[ModelAnswer(text="", calls=(), finish="stop")],
    )

    async def acts(turn: Turn) -> Acts:
        await bell.wait()
        yield Said(text="never")

    house.bind(LOBBY, Team(agents=[Plain("slow", acts)]))
    await house.says("go")
    async with house.running():
        await bell.rung.wait()
        await house.says("/halt everything")
    assert await house.outcomes() == ["interrupted"]
    assert await house.talk() == [("Ana", "go")]


async def test_a_halt_while_a_policy_decides_gives_nobody_the_floor():
    bell = Bell()

    async def chooses(transcript: Transcript) -> str:
        await bell.wait()
        return "planner"

    house = House(Team(agents=[HI], speakers=chooses))
    await house.says("go")
    async with house.running():
        await bell.rung.wait()
        await house.says("/halt")
        await let_others()
        bell.go_on.set()
    assert await house.speakers() == []


async def test_reset_lets_the_agents_begin_afresh():
    seen: list[int] = []

    async def acts(turn: Turn) -> Acts:
        seen.append(len(turn.transcript.unheard("agent:a")))
        yield Said(text="x")

    house = House(Team(agents=[Plain("a", acts)], speakers=first(mentioned, round_robin)))
    await house.says("one")
    await house.says("/reset")
    await house.run()
    assert seen == []
    await house.hears("two")
    assert seen == [1]


async def test_records_that_somebody_else_wrote_are_understood():
    """A runner takes a room as it finds it."""
    house = House(Team(agents=[HI]))
    entries: Sequence[Entry] = [
        Entry(event=Joined(participant=ANA.id, name="Ana"), by=ANA.id),
        Entry(event=Said(text="hello"), by=ANA.id),
        Entry(event=Left(participant=ANA.id), by=ANA.id),
        Entry(event=Answered(question=99), by=ANA.id),
        Entry(event=Stopped(reason="r"), by="system"),
    ]
    await house.ports.store.log.append(LOBBY, entries)
    await house.run()
    assert await house.speakers() == []
    assert isinstance(house.rooms.team(LOBBY)[0], Profile)
