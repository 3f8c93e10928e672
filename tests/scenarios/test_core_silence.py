"""Nobody speaks without a reason: what is written down, and what people are told (C45, C53)."""

import pytest

from agents import (
    STOP,
    Team,
    along,
    assistant,
    first,
    function_agent,
    handed_over,
    mentioned,
    model_chooses,
    round_robin,
)
from agents.log.events import Asked, Rested, Said, Stopped, TurnStarted, Usage
from agents.ports import ModelMessage, ModelRequest
from agents.team.attention import Attention
from agents.team.binding import Binding
from agents.team.custom_policy import Speakers
from agents.team.situation import Choice, Decision, Nobody, Situation, Wait
from agents.team.termination import max_turns
from agents.turn.ready_made import user_proxy
from agents.turn.turn import Acts, Turn
from tests.unit.house import BOB, Bell, House, Plain, let_others, priced, says

HOW = "To ask somebody, write a name: @ana."
CHOSE_NOBODY = "The model that chooses who speaks named nobody."


async def rests(house: House) -> list[Rested]:
    return [one for one in await house.events(Rested) if isinstance(one, Rested)]


async def why(house: House) -> str:
    told = await house.says("/why")
    assert told is not None
    return told.text


def three(*answers: str, ana: str = "", turns: int = 1) -> House:
    """Ana, who may have something to say, Ben and Cid; the model answers who speaks."""
    agents = [says("ana", *filter(None, [ana])), says("ben", "Ben."), says("cid", "Cid.")]
    return House(Team(agents=agents, speakers=model_chooses(), termination=max_turns(turns)), models=answers)


async def test_c45_a_model_that_names_nobody_over_a_persons_task_is_asked_once_more_saying_so():
    house = three("nobody", "ben")
    assert await house.hears("print ten squares") == [("ben", "Ben.")]
    assert house.model.requests[1].messages[-1].text.endswith("name the role that answers best.")
    assert await rests(house) == []


async def test_c45_then_the_first_in_order_answers():
    house = three("nobody", '{"speaker": "nobody"}', ana="Ten squares.")
    assert await house.hears("print ten squares") == [("ana", "Ten squares.")]
    (turn,) = (await house.transcript()).floor.past
    assert (turn.rung, turn.choosing) == ("auto", Usage(input_tokens=20, output_tokens=10, usd=0.0))
    assert turn.reason == "the first in order, because the model named nobody over a person's message"


async def test_c45_if_that_one_passes_people_read_why_and_how_to_name_somebody():
    house = three("nobody", "nobody", "nobody")
    assert await house.hears("print ten squares") == []
    (rested,) = await rests(house)
    assert rested.unanswered
    assert rested.reason == f"Nobody answers. {CHOSE_NOBODY} {HOW}"
    assert rested.choosing == Usage(input_tokens=10, output_tokens=5, usd=0.0)
    assert await why(house) == f"Nobody spoke, decided by auto: {rested.reason}\nChoosing cost 15 tokens ($0.0000)."
    before = await house.log()
    house.restart()
    await house.run()
    assert await house.log() == before


async def test_c45_where_agents_have_spoken_nobody_is_what_the_model_says():
    house = three("ben", "nobody", turns=9)
    await house.hears("print ten squares")
    (rested,) = await rests(house)
    assert (rested.rung, rested.reason, rested.unanswered) == ("auto", CHOSE_NOBODY, False)
    assert (await why(house)).startswith(f"Nobody spoke, decided by auto: {CHOSE_NOBODY}")


async def test_c45_an_unreadable_choice_after_that_falls_back_to_the_order():
    house = three("nobody", "Hm.", "Hm?", ana="Ten squares.")
    assert await house.hears("print ten squares") == [("ana", "Ten squares.")]


async def test_c53_what_choosing_cost_never_stands_on_a_later_turn():
    house = three("nobody", "nobody", "nobody")
    await house.hears("a message nobody takes")
    assert await house.hears("@ben hello") == [("ben", "Ben.")]
    started = [one for one in await house.events(TurnStarted) if isinstance(one, TurnStarted)][-1]
    assert (started.rung, started.choosing) == ("mentioned", None)
    assert "Choosing cost" not in await why(house)


async def test_c53_what_a_choice_cost_that_came_too_late_is_written_down_before_the_next():
    bell = Bell()

    class Slow:
        async def choose(self, situation: Situation) -> Decision:
            await situation.think("default", ModelRequest(messages=[ModelMessage(role="user", text="Who?")]))
            if not bell.rung.is_set():
                await bell.wait()
            return Choice(speaker="ana", rung="slow")

    house = House(Team(agents=[says("ana", "A")], speakers=Slow()), models={"default": priced("x", "x", "x", "x")})
    await house.says("one")
    async with house.running():
        await bell.rung.wait()
        await house.says("two")
        await let_others()
        bell.go_on.set()
    rested, started = (await house.events(Rested, TurnStarted))[:2]
    assert isinstance(rested, Rested)
    assert isinstance(started, TurnStarted)
    assert (rested.rung, rested.reason) == ("", "Somebody spoke up while a speaker was being chosen.")
    assert rested.choosing == started.choosing == Usage(input_tokens=500, output_tokens=500, usd=0.6)


async def test_c53_what_choosing_cost_before_a_stop_or_a_question_is_written_down():
    class Ends:
        async def choose(self, situation: Situation) -> Decision:
            await situation.think("default", ModelRequest(messages=[ModelMessage(role="user", text="Who?")]))
            return STOP if situation.transcript.last.text == "stop" else Asked(text="Who?", kind="speaker")

    house = House(Team(agents=[says("ana", "A")], speakers=Ends()), models={"default": priced("x", "x")})
    await house.hears("stop")
    await house.hears("ask")
    costs = [one.choosing is not None for one in await rests(house)]
    assert costs == [True, True]
    kinds = [type(one) for one in await house.events(Rested, Stopped, Asked)]
    assert kinds == [Rested, Stopped, Rested, Asked]


async def test_c53_what_a_wait_cost_is_written_down_and_the_answer_is_followed_though_nothing_was_said():
    class Waits:
        """Waits once for the person who is asked, at a cost, and then gives the floor to the critic."""

        async def choose(self, situation: Situation) -> Decision:
            await situation.think("default", ModelRequest(messages=[ModelMessage(role="user", text="Who?")]))
            if situation.transcript.open_questions:
                return Wait(reason="boss is asked")
            return None if situation.last_speaker == "agent:critic" else Choice(speaker="critic")

    team = Team(agents=[user_proxy("boss"), says("critic", "C")], speakers=Waits())
    house = House(team, models={"default": priced(*"xxxx")})
    await house.says("@boss look")
    await house.says("and the others?")
    await house.run()
    (rested,) = await rests(house)
    assert (rested.reason, rested.unanswered) == ("boss is asked", False)
    await house.run()
    assert len(await rests(house)) == 1
    await house.answers(await house.question(), option="Go on")
    await house.run()
    assert (await house.speakers())[:3] == ["boss", "boss", "critic"]


async def test_c45_a_judge_that_finds_nothing_to_answer_is_no_news_to_people():
    team = Team(agents=[says("planner", "Noon.")])
    house = House(Binding(team=team, attention="judged"), models={"default": priced('{"answer": "no"}')})
    await house.hears("nice weather")
    (rested,) = await rests(house)
    assert (rested.rung, rested.unanswered) == ("judged", False)
    assert (await why(house)).startswith("Nobody spoke, decided by judged: The judging model found that nobody has to")


async def test_c45_people_who_chose_by_button_need_no_second_judge():
    team = Team(agents=[says("planner", "P"), says("coder", "C")], speakers="manual")
    house = House(Binding(team=team, attention="judged"), models={"default": priced('{"answer": "yes"}')})
    await house.hears("who knows?")
    await house.answers(await house.question(), option="coder")
    await house.run()
    assert ("coder", "C") in await house.talk()
    assert len(await rests(house)) == 1


@pytest.mark.parametrize(
    ("speakers", "reason"),
    [
        (lambda transcript: None, "No rule of the team chose anybody."),
        (first(mentioned), "No rule of the team chose anybody."),
        (mentioned, "No rule of the team chose anybody."),
        (lambda transcript: Nobody(rung="mine", reason="It is night."), "It is night."),
    ],
)
async def test_c45_a_rule_that_gives_a_persons_message_to_nobody_says_so_once(speakers: Speakers, reason: str):
    house = House(Team(agents=[says("ana", "A")], speakers=speakers))
    await house.hears("go")
    await house.run()
    assert [(one.reason, one.unanswered) for one in await rests(house)] == [(f"Nobody answers. {reason} {HOW}", True)]
    await house.edits((await house.transcript()).last.seq, "go!")
    await house.run()
    assert [one.unanswered for one in await rests(house)] == [True]


async def test_c45_an_empty_room_names_nobody_to_ask():
    house = House(Team(agents=[says("ana", "A")], speakers=round_robin))
    await house.says("/agents leave ana")
    await house.hears("anybody?")
    assert [one.reason for one in await rests(house)] == ["Nobody answers. No rule of the team chose anybody."]


async def test_c45_where_all_assistants_have_passed_people_are_told():
    house = House(Team(agents=[assistant("ana"), says("ben")]), models=lambda request: "")
    await house.hears("anyone?")
    (rested,) = await rests(house)
    assert (rested.rung, rested.unanswered, rested.choosing) == ("passed", True, None)
    assert rested.reason == f"Nobody answers. Everybody who could answer has passed. {HOW}"
    assert (await house.log())[-1].event == rested


async def test_c45_where_plain_functions_have_passed_silence_is_their_meaning():
    house = House(Team(agents=[function_agent("ana", lambda t: None), says("ben")]))
    await house.hears("anyone?")
    assert await house.outcomes() == ["passed", "passed"]
    assert await rests(house) == []


async def test_c45_while_a_person_is_asked_nobody_is_told_that_nobody_answers():
    house = House(Team(agents=[user_proxy("boss"), assistant("ana")], speakers=lambda t: "boss"), models=lambda r: "")
    await house.hears("look")
    assert await rests(house) == []


@pytest.mark.parametrize("attention", ["mentioned", "thread", "judged"])
async def test_c45_a_message_that_wanted_no_answer_gets_no_reason(attention: Attention):
    house = House(Binding(team=Team(agents=[says("ana", "A")]), attention=attention), models=lambda request: "no")
    await house.hears("nice weather")
    await house.hears("@bob lunch?")
    assert not any(one.unanswered for one in await rests(house))


async def test_c45_talk_between_people_that_a_model_lets_pass_gets_no_reason():
    house = House(Team(agents=[assistant("ana"), says("ben", "B")]), models=["Hm?", ""])
    await house.hears("hello")
    await house.says("hello", BOB)
    await house.hears("@bob lunch?")
    assert await rests(house) == []


async def test_c45_what_was_answered_while_more_was_said_leaves_only_the_rest_unanswered():
    bell = Bell()

    async def slow(turn: Turn) -> Acts:
        await bell.wait()
        yield Said(text="Done.")

    def once(transcript: object) -> str | None:
        return None if bell.go_on.is_set() else "ana"

    house = House(Team(agents=[Plain("ana", slow)], speakers=once))
    await house.says("one")
    async with house.running():
        await bell.rung.wait()
        await house.says("two", BOB)
        await let_others()
        bell.go_on.set()
    (rested,) = await rests(house)
    transcript = await house.transcript()
    assert (rested.unanswered, rested.upto) == (True, transcript.last.seq)
    assert transcript.last.text == "Done."


@pytest.mark.parametrize("speakers", [handed_over, along({"a": ["b"], "b": []}), first(mentioned, handed_over)])
async def test_c45_a_message_that_no_rule_gives_to_anybody_is_for_the_first_agent(speakers: Speakers):
    house = House(Team(agents=[says("a", "A", "A2"), says("b", "B")], speakers=speakers))
    assert (await house.hears("t"))[0] == ("a", "A")
    assert (await house.transcript()).floor.past[0].rung == "beginning"
    assert (await house.hears("more"))[0] == ("a", "A2")


async def test_c45_an_ended_graph_says_once_that_it_ended():
    house = House(Team(agents=[says("a", "A"), says("b", "B")], speakers=along({"a": ["b"], "b": []})))
    assert await house.hears("t") == [("a", "A"), ("b", "B")]
    await house.run()
    assert await house.stops() == ["b has no successor in the transition graph."]
    assert await rests(house) == []


async def test_c45_of_several_successors_and_no_further_rule_the_next_in_order_speaks():
    graph = along({"a": ["b", "c"], "b": [], "c": []})
    house = House(Team(agents=[says("a", "A"), says("b", "B"), says("c", "C")], speakers=graph))
    assert await house.hears("t") == [("a", "A"), ("b", "B")]


async def test_c45_where_teams_go_by_handoffs_whoever_had_the_floor_goes_on():
    async def over(turn: Turn) -> Acts:
        yield Said(text="Yours.", handoff="agent:refunds")

    house = House(Team(agents=[Plain("triage", over), says("refunds", "R1", "R2")], speakers=handed_over))
    await house.hears("I want my money back")
    assert await house.hears("order 123") == [("refunds", "R2")]


async def test_c45_an_agent_that_was_chosen_and_has_passed_is_not_chosen_for_ever():
    house = House(Team(agents=[says("a")], speakers=lambda transcript: Choice(speaker="a")))
    await house.hears("t")
    assert await house.outcomes() == ["passed"]
