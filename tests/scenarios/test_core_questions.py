"""Questions to people hold nothing while they think (C5)."""

import pytest

from agents import (
    Team,
    first,
    max_turns,
    mentioned,
    round_robin,
)
from agents.log.events import Asked, OnDeadline
from tests.unit.house import ANA, BOB, LOBBY, House, asking, says


async def test_c5_the_first_answer_gives_the_floor_back_to_the_asker_before_any_policy():
    house = House(Team(agents=[says("other"), asking(Asked(text="Which?"))], speakers=first(mentioned, round_robin)))
    await house.hears("go")
    await house.answers(await house.question(), "red")
    await house.run()
    past = (await house.transcript()).floor.past
    assert (past[-2].speaker, past[-2].rung, past[-2].reason) == ("agent:asker", "answered", "Ana answered")


async def test_c5_nothing_is_blocked_while_a_question_is_open_if_the_policy_says_so():
    agents = [asking(Asked(text="Which?", of=(BOB.id,))), says("coder", "C1", "C2", "C3")]
    house = House(Team(agents=agents, speakers=round_robin(while_waiting="go_on")))
    assert ("coder", "C1") in await house.hears("go")
    assert ("coder", "C2") in await house.hears("meanwhile")
    assert len((await house.transcript()).open_questions) == 1


@pytest.mark.parametrize(
    ("on_deadline", "speakers", "stops"),
    [
        ("skip", ["asker"], []),
        ("auto_reply", ["asker", "asker"], []),
        ("stop", ["asker"], ["Nobody answered in time."]),
    ],
)
async def test_c5_when_time_is_up_the_question_does_what_it_said(
    on_deadline: OnDeadline, speakers: list[str], stops: list[str]
):
    house = House()
    asked = Asked(text="Which?", deadline=house.clock.now() + 60, on_deadline=on_deadline)
    house.bind(LOBBY, Team(agents=[asking(asked)]))
    await house.says("go")
    slept = await house.run()
    assert slept.wake_at == asked.deadline
    house.clock.advance(59)
    await house.run()
    assert len((await house.transcript()).open_questions) == 1
    house.clock.advance(1)
    assert (await house.run()).wake_at is None
    assert (await house.transcript()).open_questions == ()
    assert await house.speakers() == speakers
    assert await house.stops() == stops


async def test_c5_a_question_survives_a_restart():
    house = House(Team(agents=[asking(Asked(text="Which?"))]))
    await house.hears("go")
    house.restart()
    await house.run()
    house.clock.advance(3 * 86400)
    await house.answers(await house.question(), "red")
    await house.run()
    assert (await house.talk())[-1] == ("asker", f"Heard 'red' from {ANA.id}.")


async def test_c5_an_answer_takes_effect_though_the_room_had_stopped():
    house = House(Team(agents=[asking(Asked(text="Which?"))], termination=max_turns(1)))
    await house.hears("go")
    await house.says("/stop")
    await house.answers(await house.question(), "red")
    await house.run()
    assert (await house.talk())[-1] == ("asker", f"Heard 'red' from {ANA.id}.")


async def test_p6_a_halted_room_whose_time_for_an_answer_is_up_is_looked_at_once_a_minute():
    house = House()
    asked = Asked(text="Which?", deadline=house.clock.now() + 60)
    house.bind(LOBBY, Team(agents=[asking(asked)]))
    await house.hears("go")
    await house.says("/halt")
    house.clock.advance(3600)
    slept = await house.run()
    assert slept.wake_at == house.clock.now() + 60
    assert len((await house.transcript()).open_questions) == 1
    await house.says("/resume")
    await house.run()
    assert (await house.transcript()).open_questions == ()
