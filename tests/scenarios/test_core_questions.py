"""Questions to people hold nothing while they think (C5)."""

import pytest

from agents import (
    Limits,
    Team,
    assistant,
    first,
    max_messages,
    max_turns,
    mentioned,
    round_robin,
    said,
    user_proxy,
)
from agents.log.events import Asked, OnDeadline
from agents.turn.human_input import HumanInputMode
from tests.unit.house import ANA, BOB, LOBBY, House, asking, calls, says


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


# What people meet who have used AutoGen: one room each, from the first word to the last.


async def test_c35_a_question_to_one_person_silences_its_asker_for_nobody_else():
    ask = calls(("ask_person", '{"question": "Which year?", "person": "Ana"}'))
    house = House(Team(agents=[assistant("a")], termination=max_turns(9)), models=[ask, "4", "yes", "I am"])
    await house.says("hello", BOB)
    await house.hears("write the report")
    said = [await house.hears(text, BOB) for text in ("@a what is 2+2?", "@a hello?", "@a are you there?")]
    assert said == [[("a", "4")], [("a", "yes")], [("a", "I am")]]
    assert len((await house.transcript()).open_questions) == 1
    assert len(house.model.requests) >= 2


async def test_c35_a_question_of_a_model_survives_restarts_until_its_time_is_up():
    ask = calls(("ask_person", '{"question": "Which year?"}'))
    house = House(Team(agents=[assistant("a")]), models=[ask, "I took this year."])
    await house.hears("write the report")
    begun = house.clock.now()
    house.restart()
    assert (await house.run()).wake_at == begun + 12 * 3600
    house.clock.set(begun + 12 * 3600)
    house.restart()
    assert (await house.run()).wake_at == begun + 24 * 3600
    house.clock.set(begun + 24 * 3600)
    house.restart()
    assert (await house.run()).wake_at is None
    assert (await house.talk())[-1] == ("a", "I took this year.")


async def test_c42_a_button_is_no_message():
    agents = [assistant("a", human_input_mode="ALWAYS"), says("b", *"xxxx")]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_messages(6)), models=["AUTO"] * 4)
    await house.hears("hi")
    for _ in range(3):
        for question in (await house.transcript()).open_questions:
            await house.answers(question.seq, option="Go on")
            await house.run()
    assert [text for name, text in await house.talk() if name == "Ana"] == ["hi"]


async def test_c42_words_for_a_user_proxy_count_as_the_proxys():
    ends = said("APPROVED", by="boss") | max_turns(6)
    house = House(Team(agents=[says("a", *"AAA"), user_proxy("boss")], speakers=round_robin, termination=ends))
    await house.hears("t")
    await house.answers(await house.question(), "APPROVED")
    await house.run()
    assert await house.stops() == ["boss said APPROVED."]


@pytest.mark.parametrize("mode", ["ALWAYS", "TERMINATE"])
@pytest.mark.parametrize("typed", [True, False], ids=["typed", "on the card"])
@pytest.mark.parametrize("press", ["exit", "End"])
async def test_c3_exit_ends_the_conversation_and_is_said_by_nobody(mode: HumanInputMode, typed: bool, press: str):
    agents = [says("a", "TERMINATE"), user_proxy("boss", human_input_mode=mode)]
    house = House(Team(agents=agents, speakers=round_robin))
    await house.hears("t")
    question = await house.question()
    await (house.says(press) if typed else house.answers(question, press))
    await house.run()
    assert await house.stops() == ["A person ended the conversation."]
    assert [text for _, text in await house.talk()] == ["t", "TERMINATE"]


async def test_c42_the_words_of_a_card_are_in_no_prompt():
    team = Team(agents=[assistant("a"), user_proxy("boss")], speakers=round_robin, termination=max_turns(6))
    house = House(team, models=["A1", "A2"])
    await house.hears("t")
    await house.hears("more please")
    prompts = str([request.messages for request in house.model.requests])
    assert len(house.model.requests) == 2
    assert "more please" in prompts
    assert "let it go on by itself" not in prompts


async def test_c42_the_question_whether_to_go_on_is_in_no_prompt_and_the_press_no_message():
    team = Team(
        agents=[assistant("a"), assistant("b")], speakers=round_robin, limits=Limits(agent_turns_without_a_person=2)
    )
    house = House(team, models=[f"word {number}?" for number in range(9)])
    await house.hears("t")
    await house.answers(await house.question(), option="Go on")
    await house.run()
    assert [text for name, text in await house.talk() if name == "Ana"] == ["t"]
    assert len(house.model.requests) == 4
    assert "without a person" not in str([request.messages for request in house.model.requests])
