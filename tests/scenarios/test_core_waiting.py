"""Policies hold for whoever is waited for, and a handoff to a person comes back (C39, C43)."""

import pytest

from agents import (
    Team,
    along,
    assistant,
    first,
    function_agent,
    handed_over,
    max_turns,
    mentioned,
    nested,
    round_robin,
)
from agents import random as by_chance
from agents.errors import WrongUse
from agents.log.events import Asked, Said
from agents.log.participants import ParticipantId
from agents.ports import ModelRequest
from agents.ports.model import Stream
from agents.team.custom_policy import Speakers
from agents.testing import FakeModel
from agents.turn.ready_made import user_proxy
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, BOB, House, Plain, calls, chatty, let_others, says


def asks_people(name: str) -> Plain:
    """An agent that asks once, and says what it was told."""

    async def acts(turn: Turn) -> Acts:
        for question in turn.answers:
            yield Said(text=f"Heard {question.answer.words if question.answer else ''}.")
        if not turn.transcript.questions:
            yield Asked(text="Which?")

    return Plain(name, acts)


async def test_c39_a_person_who_is_asked_in_the_round_holds_it():
    agents = [function_agent("writer", lambda t: "W"), user_proxy("boss"), function_agent("critic", lambda t: "C")]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_turns(6)))
    await house.hears("t")
    assert await house.speakers() == ["writer", "boss"]
    why = await house.says("/why")
    assert why is not None
    assert "The room waits for an answer: Reply to writer for boss" in why.text
    await house.answers(await house.question(), "go on then")
    await house.run()
    assert (await house.speakers())[:3] == ["writer", "boss", "critic"]


@pytest.mark.parametrize(
    "speakers",
    [
        round_robin,
        by_chance(1),
        along({"a": ["asker"], "asker": ["a", "b"], "b": ["a"]}),
        first(handed_over, round_robin),
        handed_over,
        first(along({"a": ["asker"], "asker": ["b"], "b": []})),
    ],
)
async def test_c39_every_rule_that_follows_up_waits_for_the_answer(speakers: Speakers):
    team = Team(agents=[asks_people("asker"), chatty("a"), chatty("b")], speakers=speakers, termination=max_turns(9))
    house = House(team)
    await house.hears("begin")
    before = await house.speakers()
    assert before[-1] == "asker"
    await house.run()
    assert await house.speakers() == before


@pytest.mark.parametrize(
    "speakers",
    [
        round_robin(while_waiting="go_on"),
        by_chance(1, while_waiting="go_on"),
        along({"asker": ["a"], "a": ["b"], "b": ["a"]}, while_waiting="go_on"),
        first(handed_over(while_waiting="go_on"), round_robin(while_waiting="go_on")),
    ],
)
async def test_c39_a_rule_that_is_told_to_go_on_does(speakers: Speakers):
    team = Team(agents=[asks_people("asker"), chatty("a"), chatty("b")], speakers=speakers, termination=max_turns(2))
    house = House(team)
    await house.hears("begin")
    assert sorted(await house.speakers()) == ["a", "asker", "b"]


def test_c39_what_is_done_while_waiting_has_two_names():
    for wrong in (round_robin, handed_over):
        with pytest.raises(WrongUse, match='while_waiting is \'later\'; give "hold" or "go_on"'):
            wrong(while_waiting="later")  # type: ignore[arg-type]


async def test_c39_a_handoff_holds_for_whom_it_went_to():
    async def over(turn: Turn) -> Acts:
        yield Said(text="Yours.", handoff="agent:asker")

    agents = [Plain("giver", over), asks_people("asker"), chatty("b")]
    house = House(Team(agents=agents, speakers=first(handed_over, round_robin(while_waiting="go_on"))))
    await house.hears("go")
    assert await house.speakers() == ["giver", "asker"]


async def test_c39_a_child_room_of_its_own_holds_the_floor_too():
    opener = nested("opener", Team(agents=[chatty("inner")], termination=max_turns(1)))
    house = House(Team(agents=[opener, chatty("b")], speakers=round_robin))
    await house.says("go")
    await house.run()
    assert await house.speakers() == ["opener"]
    why = await house.says("/why")
    assert why is not None
    assert "The room waits for a conversation of its own that opener opened." in why.text


async def test_c39_a_new_message_is_answered_by_those_who_do_not_wait():
    agents = [chatty("writer"), user_proxy("boss"), chatty("critic")]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_turns(2)))
    await house.hears("t")
    await house.hears("And what else?", BOB)
    assert await house.speakers() == ["writer", "boss", "critic", "writer"]
    assert len((await house.transcript()).open_questions) == 1


async def test_c39_whoever_can_only_wait_is_passed_over_though_it_is_addressed():
    house = House(Team(agents=[chatty("writer"), user_proxy("boss")], speakers=round_robin, termination=max_turns(1)))
    await house.says("@boss look")
    await house.run()
    await house.hears("@boss are you there?", BOB)
    assert await house.speakers() == ["boss", "writer"]


async def test_c39_an_agent_that_asked_with_a_tool_can_still_answer_others():
    model = [calls(("ask_person", '{"question": "Which city?"}')), "Four."]
    team = Team(agents=[assistant("a"), chatty("b")], speakers=round_robin, termination=max_turns(1))
    house = House(team, models=model)
    await house.hears("plan a trip")
    assert await house.speakers() == ["a"]
    await house.says("@a what is 2+2?", BOB)
    await house.run()
    assert (await house.speakers())[1] == "a"


def refunds_team(model: list[object], **more: object) -> House:
    agents = [assistant("refunds", hands_over_to=["Ana"]), function_agent("triage", lambda t: "T")]
    speakers = first(mentioned, handed_over, round_robin)
    return House(Team(agents=agents, speakers=speakers, termination=max_turns(3)), models=model)


async def test_c43_plain_words_after_a_handoff_go_back_to_whoever_handed_over():
    house = refunds_team([calls(("transfer_to_Ana", "{}"), text="need you"), "thanks", "bye"])
    await house.hears("t")
    assert await house.speakers() == ["refunds"]
    why = await house.says("/why")
    assert why is not None
    assert "The room waits for Ana, to whom refunds handed over." in why.text
    status = await house.says("/status")
    assert status is not None
    assert "The room waits for Ana" in status.text
    await house.hears("order 123")
    assert (await house.speakers())[:2] == ["refunds", "refunds"]
    turn = (await house.transcript()).floor.past[1]
    assert (turn.rung, turn.reason) == ("handoff", "Ana answered refunds")


async def test_c43_two_messages_of_that_person_are_both_for_whoever_handed_over():
    house = refunds_team([calls(("transfer_to_Ana", "{}"), text="need you"), "thanks", "bye"])
    await house.hears("t")
    await house.says("order 123")
    await house.hears("and it is red")
    assert (await house.speakers())[:3] == ["refunds", "refunds", "triage"]


async def test_c43_what_somebody_else_writes_is_no_answer_to_the_handoff():
    house = refunds_team([calls(("transfer_to_Ana", "{}"), text="need you"), "thanks"])
    await house.hears("t")
    await house.hears("hello", BOB)
    assert (await house.speakers())[1] == "triage"


async def test_c43_a_mention_in_the_answer_comes_first():
    house = refunds_team([calls(("transfer_to_Ana", "{}"), text="need you"), "thanks"])
    await house.hears("t")
    await house.hears("@triage order 123")
    assert (await house.speakers())[1] == "triage"


async def test_c43_an_answer_is_not_given_twice_to_whoever_passed():
    async def over(turn: Turn) -> Acts:
        if not any(one.by == turn.profile.id for one in turn.transcript.messages):
            yield Said(text="Yours.", handoff=ANA.id)

    house = House(Team(agents=[Plain("giver", over), says("other", "O")], speakers=first(handed_over, round_robin)))
    await house.hears("go")
    await house.hears("here it is")
    assert await house.speakers() == ["giver", "giver", "other", "giver"]


@pytest.mark.parametrize(
    ("name", "target"),
    [("Ana", ANA.id), ("@Ana", ANA.id), (ANA.id, ANA.id), ("@coder", "agent:coder"), ("stop", "stop")],
)
async def test_c44_a_handoff_is_offered_to_whoever_is_here(name: str, target: ParticipantId):
    tool = f"transfer_to_{name.removeprefix('@')}".replace(":", "_").replace("/", "_")
    agents = [assistant("planner", hands_over_to=[name, "@Bob"]), says("coder")]
    house = House(Team(agents=agents, speakers=handed_over), models=[calls((tool, "{}"), text="yours")])
    await house.hears("go")
    assert [one.name for one in house.model.requests[0].tools if one.name.startswith("transfer")] == [tool]
    said = [one for one in await house.events(Said) if isinstance(one, Said) and one.handoff]
    assert [one.handoff for one in said] == [target]


async def test_c44_a_handoff_to_an_agent_that_was_sent_away_is_not_offered():
    agents = [assistant("planner", hands_over_to=["coder"]), says("coder")]
    house = House(Team(agents=agents, speakers=handed_over))
    await house.says("/agents leave coder")
    await house.hears("go")
    assert [one.name for one in house.model.requests[0].tools if one.name.startswith("transfer")] == []


async def test_c44_a_handoff_to_an_agent_that_leaves_meanwhile_hands_nothing_over():
    class Slow(FakeModel):
        async def stream(self, request: ModelRequest) -> Stream:
            await house.says("/agents leave coder")
            await let_others()
            async for item in super().stream(request):
                yield item

    agents = [assistant("planner", hands_over_to=["coder"]), says("coder")]
    model = Slow([calls(("transfer_to_coder", "{}")), "I go on."])
    house = House(Team(agents=agents, speakers=handed_over), models={"default": model})
    assert await house.hears("go") == [("planner", "I go on.")]
