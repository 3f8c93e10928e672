"""When a conversation ends, and what goes on all the same (C19, C21)."""

import pytest

from agents import (
    Limits,
    Team,
    Transcript,
    max_messages,
    max_turns,
    predicate,
    round_robin,
    said,
)
from agents.log.events import Asked, Said
from agents.runtime.conversation import GO_ON, STOP_HERE
from agents.team.binding import Binding
from agents.turn.turn import Acts, Brief, Turn
from tests.unit.house import BOB, Bell, House, Plain, asking, chatty, let_others, says

HI = says("planner", "Hi.")
PIPED = Brief(someone_to_ask=False)


async def test_c19_termination_is_asked_before_choosing_and_its_reason_is_said_once():
    house = House(Team(agents=[chatty("a"), chatty("b")], termination=max_turns(3)))
    said = await house.hears("go")
    assert len(said) == 3
    await house.run()
    assert await house.stops() == ["The limit of 3 turns is reached."]


async def test_c19_a_stopped_room_continues_when_a_person_speaks():
    house = House(Team(agents=[chatty("a")], termination=max_turns(1)))
    assert len(await house.hears("go")) == 1
    assert len(await house.hears("go on")) == 1
    assert len(await house.stops()) == 2


async def test_c19_a_condition_that_holds_from_the_first_message_on_stops_once():
    house = House(Team(agents=[HI], termination=max_messages(1)))
    assert await house.hears("go") == []
    assert await house.stops() == ["The limit of 1 messages is reached."]


async def test_c19_what_a_person_said_while_the_last_turn_ran_is_not_swallowed_by_the_stop():
    bell = Bell()

    async def acts(turn: Turn) -> Acts:
        if len(turn.transcript.messages) == 1:
            await bell.wait()
        yield Said(text=f"{len(turn.transcript.messages)} messages.")

    house = House(Team(agents=[Plain("a", acts)], termination=max_turns(1)))
    await house.says("go")
    async with house.running():
        await bell.rung.wait()
        await house.says("and this?", BOB)
        await let_others()
        bell.go_on.set()
    assert [text for name, text in await house.talk() if name == "a"] == ["2 messages.", "3 messages."]


@pytest.mark.parametrize("broken", [True, False])
async def test_c19_an_own_condition_ends_with_its_reason(broken: bool):
    def holds(transcript: Transcript) -> bool:
        return bool(transcript.floor.past) and (1 // (not broken) == 1)

    house = House(Team(agents=[chatty("a")], termination=predicate(holds, "Enough.")))
    await house.hears("go")
    (reason,) = await house.stops()
    assert ("ZeroDivisionError" in reason) == broken
    assert (reason == "Enough.") != broken


async def test_c21_agents_that_go_on_by_themselves_pause_and_ask():
    house = House(Team(agents=[chatty("a"), chatty("b")], limits=Limits(agent_turns_without_a_person=4)))
    assert len(await house.hears("go")) == 4
    question = await house.question()
    await house.answers(question, option=GO_ON)
    await house.run()
    assert len(await house.speakers()) == 8
    await house.answers(await house.question(), option=STOP_HERE)
    await house.run()
    assert await house.stops() == ["Ana ended it here."]
    assert len(await house.speakers()) == 8
    assert len(await house.hears("again, please")) == 4


async def test_c21_the_pause_is_ended_in_plain_words_too():
    house = House(Team(agents=[chatty("a")], speakers=lambda t: "a", limits=Limits(agent_turns_without_a_person=2)))
    await house.hears("go")
    await house.says("stop here")
    await house.run()
    assert await house.stops() == ["Ana ended it here."]


async def test_c21_talking_past_the_pause_lets_the_agents_go_on():
    house = House(Team(agents=[chatty("a"), chatty("b")], limits=Limits(agent_turns_without_a_person=2)))
    await house.hears("go")
    assert len(await house.hears("keep going")) == 2
    questions = (await house.transcript()).questions
    assert [question.answer is not None and question.answer.expired for question in questions] == [True, False]


async def test_c21_with_nobody_to_ask_it_ends_with_the_reason():
    team = Team(agents=[chatty("a"), chatty("b")], limits=Limits(agent_turns_without_a_person=2))
    house = House(Binding(team=team, brief=PIPED))
    await house.hears("go")
    assert await house.stops() == ["The agents took 2 turns without a person; write something to let them go on."]
    assert (await house.transcript()).questions == ()


async def test_c5_with_nobody_to_ask_a_question_ends_the_conversation():
    house = House(Binding(team=Team(agents=[asking(Asked(text="Which?"))]), brief=PIPED))
    await house.hears("go")
    assert await house.stops() == ["A question waits for a person, and nobody is here to answer: Which?"]
    assert (await house.transcript()).open_questions == ()


async def test_c19_what_ends_the_conversation_is_not_missed_where_answers_gave_the_floor_back_several_times():
    def asks(name: str, then: str) -> Plain:
        async def acts(turn: Turn) -> Acts:
            if turn.answers:
                yield Said(text=then)
            elif all(question.by != turn.profile.id for question in turn.transcript.questions):
                yield Asked(text=f"{name}?")

        return Plain(name, acts)

    agents = [asks("one", "All done. TERMINATE"), asks("two", "Two."), asks("three", "Three."), chatty("four")]
    speakers = round_robin(while_waiting="go_on")
    house = House(Team(agents=agents, speakers=speakers, termination=said("TERMINATE")))
    await house.hears("go")
    for question in (await house.transcript()).open_questions:
        await house.answers(question.seq, "yes")
    await house.run()
    assert (await house.speakers())[4:] == ["one", "two", "three"]
    assert await house.stops() == ["one ended the conversation."]
