"""A room that is awake: who sits in it, who is chosen, what choosing costs (C9, C11, C12, C13, P7, P11, P41)."""

from collections.abc import Sequence

import pytest

from agents import (
    STOP,
    Choice,
    Limits,
    Team,
    Transcript,
    assistant,
    manual,
    model_chooses,
)
from agents.errors import ModelFailed, StoreFailed
from agents.log.events import Asked, Joined, Rested, Said, TurnStarted, Usage
from agents.log.records import Entry
from agents.ports import ModelAnswer, ModelRequest, Slept
from agents.team.binding import Binding
from agents.team.situation import Situation, Wait
from agents.testing import FakeModel
from agents.turn.turn import Acts, Turn
from tests.unit.house import BOB, LOBBY, Bell, House, Plain, asking, let_others, priced, says

HI = says("planner", "Hi.")


async def test_the_agents_sit_down_once_and_a_changed_face_is_told():
    house = House(Team(agents=[HI]))
    await house.hears("hello")
    await house.run()
    house.restart()
    await house.run()
    joined = [one for one in await house.events(Joined) if one.participant == "agent:planner"]
    assert [one.role for one in joined] == [""]
    house.bind(LOBBY, Team(agents=[assistant("planner", "Plans.")]))
    await house.run()
    assert (await house.transcript()).present["agent:planner"].role == "Plans."


async def test_c13_an_agent_that_was_sent_away_stays_away_until_it_is_called_back():
    house = House(Team(agents=[says("planner", "P1", "P2"), says("coder", "C1", "C2")]))
    await house.says("/agents leave coder")
    assert await house.hears("hello") == [("planner", "P1")]
    house.restart()
    assert await house.hears("hello") == [("planner", "P2")]
    await house.says("/agents join coder")
    assert await house.hears("hello") == [("coder", "C1")]


async def test_c13_a_guest_takes_part_once_it_was_brought_in():
    guest = says("guest", "Thanks for having me.")
    house = House(Binding(team=Team(agents=[HI]), guests={"guest": guest}))
    assert await house.hears("hello") == [("planner", "Hi.")]
    await house.says("/agents join guest")
    assert await house.hears("welcome") == [("guest", "Thanks for having me.")]


async def test_c13_leaving_takes_effect_when_the_turn_is_over():
    bell = Bell()

    async def acts(turn: Turn) -> Acts:
        await bell.wait()
        yield Said(text="My last words.")

    house = House(Team(agents=[Plain("coder", acts), says("planner", "P")]))
    await house.says("hello")
    async with house.running():
        await bell.rung.wait()
        await house.says("/agents leave coder")
        await let_others()
        bell.go_on.set()
    assert await house.talk() == [("Ana", "hello"), ("coder", "My last words."), ("planner", "P")]
    await house.says("@coder more")
    await house.run()
    assert (await house.speakers()).count("coder") == 1


async def test_c13_what_was_said_before_a_newcomer_came_is_read_but_not_answered():
    seen: list[list[str]] = []

    async def acts(turn: Turn) -> Acts:
        seen.append([message.text for message in turn.transcript.unheard("agent:late")])
        yield Said(text="I see.")

    house = House(Binding(team=Team(agents=[HI]), guests={"late": Plain("late", acts)}))
    await house.hears("old news")
    await house.says("/agents join late")
    await house.hears("fresh news")
    assert seen == [["Hi.", "fresh news"]]
    assert (await house.talk())[-1] == ("late", "I see.")


async def test_c13_another_team_takes_the_seats_of_the_former_one():
    house = House(Team(agents=[says("planner", "P"), says("coder", "C", "C2")]))
    guests = {"planner": says("planner", "P"), "coder": says("coder", "C", "C2")}
    await house.hears("hello")
    await house.says("/agents leave coder")
    await house.says("/agents join coder")
    house.bind(LOBBY, Binding(team=Team(agents=[says("pair", "Pair.")]), guests=guests))
    assert set(await house.hears("hello")) == {("pair", "Pair."), ("coder", "C2")}
    assert [one.handle for one in (await house.transcript()).agents] == ["coder", "pair"]
    house.bind(LOBBY, Team(agents=[says("planner", "P", "Back.")]))
    assert ("planner", "Back.") in await house.hears("hello")


async def test_agents_of_a_former_team_get_no_floor_any_more():
    house = House(Team(agents=[asking(Asked(text="Which?"))]))
    await house.says("go")
    await house.run()
    question = await house.question()
    house.bind(LOBBY, Team(agents=[HI]))
    await house.answers(question, "red")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Hi.")
    assert await house.stops() == []


async def test_p11_silence_is_an_outcome():
    house = House(Team(agents=[says("planner"), says("coder")]))
    assert await house.hears("anyone?") == []
    assert await house.outcomes() == ["passed", "passed"]
    assert (await house.transcript()).stopped is None


async def test_a_room_in_which_nobody_has_spoken_sleeps():
    house = House(Team(agents=[HI]))
    assert await house.run() == Slept(upto=1)
    assert await house.speakers() == []


async def test_p3_running_again_without_news_does_nothing():
    house = House(Team(agents=[HI, says("coder", "Yo.")]))
    await house.hears("hello")
    before = await house.log()
    await house.run()
    house.restart()
    await house.run()
    assert await house.log() == before


async def test_c12_what_choosing_cost_is_told_with_the_turn_failed_attempts_and_price_included():
    cost = Usage(input_tokens=10, output_tokens=5)
    chooser = FakeModel(["Hm.", ModelAnswer(text="planner", usage=cost)], name="chooser", usage=cost, price=0.25)
    team = Team(agents=[HI, says("coder")], speakers=model_chooses(model="chooser"))
    house = House(team, models={"chooser": chooser})
    await house.hears("hello")
    (started, *_) = await house.events(TurnStarted)
    assert isinstance(started, TurnStarted)
    assert started.choosing == Usage(input_tokens=20, output_tokens=10, usd=0.5)


async def test_c12_what_a_failed_choice_cost_is_told_too():
    lost = ModelFailed("Cut off.", kind="disconnected", usage=Usage(input_tokens=9, output_tokens=1, usd=0.5))
    team = Team(agents=[HI, says("coder")], speakers=model_chooses())
    house = House(team, models=[lost, "nobody"])
    await house.hears("hello")
    (started, *_) = await house.events(TurnStarted)
    assert isinstance(started, TurnStarted)
    assert started.choosing == Usage(input_tokens=9, output_tokens=1, usd=0.5)


async def test_p7_why_tells_speaker_rung_reason_and_cost():
    house = House(Team(agents=[HI, says("coder")], speakers=model_chooses()), models=["planner", "nobody"])
    await house.hears("hello")
    note = await house.says("/why")
    assert note is not None
    assert note.text.startswith("planner was chosen by auto: chosen by the model.")
    assert "Choosing cost 15 tokens ($0.0000)." in note.text


async def test_c9_a_policy_of_ones_own_may_name_someone_who_is_not_here_and_the_room_says_so():
    house = House(Team(agents=[HI], speakers=lambda transcript: Choice(speaker="agent:ghost", rung="mine")))
    await house.hears("hello")
    assert await house.stops() == ["agent:ghost was chosen to speak and is not here; these agents are: planner."]


async def test_c9_a_wrong_name_is_an_error_that_names_the_valid_ones_and_is_said_once():
    house = House(Team(agents=[HI], speakers=lambda transcript: "plannr"))
    await house.hears("hello")
    (reason,) = await house.stops()
    assert "'plannr'" in reason
    assert "planner" in reason


@pytest.mark.parametrize("speakers", [lambda transcript: STOP])
async def test_c9_stop_ends_at_once_even_the_very_first_message(speakers: object):
    house = House(Team(agents=[HI], speakers=speakers))  # type: ignore[arg-type]
    await house.hears("hello")
    assert await house.stops() == ["The speaker policy ended the conversation."]
    await house.hears("hello again")
    assert len(await house.stops()) == 2


async def test_choosing_that_takes_too_long_pauses_the_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agents.runtime.conversation.CHOOSING_SECONDS", 0.01)

    async def forever(transcript: Transcript) -> str | None:
        await Bell().wait()
        return None

    house = House(Team(agents=[HI], speakers=forever))
    await house.hears("hello")
    assert await house.stops() == ["Choosing who speaks took more than 0 s."]


async def test_a_bug_in_a_policy_pauses_the_room():
    def bug(transcript: Transcript) -> str:
        raise ZeroDivisionError

    house = House(Team(agents=[HI], speakers=bug))
    await house.hears("hello")
    assert "ZeroDivisionError" in (await house.stops())[0]


async def test_c11_a_person_chooses_by_button_each_time():
    house = House(Team(agents=[says("planner", "P1", "P2"), says("coder", "C1")], speakers=manual))
    await house.hears("hello")
    (question,) = (await house.transcript()).open_questions
    assert question.asked == Asked(text="Who speaks next?", kind="speaker", options=("planner", "coder"))
    await house.answers(question.seq, option="coder")
    await house.run()
    assert (await house.talk())[-1] == ("coder", "C1")
    await house.says("planner")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "P1")


async def test_a_policy_that_narrows_to_nobody_is_silence():
    class Nobody:
        async def choose(self, situation: Situation) -> Situation:
            return situation

    house = House(Team(agents=[HI], speakers=Nobody()))
    assert await house.hears("hello") == []


async def test_p41_a_judge_decides_once_for_each_message_and_its_cost_is_told():
    judge = FakeModel(['{"answer": "no"}', '{"answer": "yes"}'], usage=Usage(input_tokens=5, output_tokens=1, usd=0.1))
    house = House(
        Binding(team=Team(agents=[says("planner", "Yes?")]), attention="judged", judge="judge"), models={"judge": judge}
    )
    assert await house.hears("nice weather") == []
    assert await house.hears("does anybody know how late it is?") == [("planner", "Yes?")]
    assert len(judge.requests) == 2
    (started, *_) = await house.events(TurnStarted)
    assert isinstance(started, TurnStarted)
    assert started.choosing == Usage(input_tokens=5, output_tokens=1, usd=0.1)
    (rested,) = await house.events(Rested)
    assert isinstance(rested, Rested)
    assert (rested.rung, rested.choosing, rested.unanswered) == ("judged", started.choosing, False)


async def test_p41_a_judge_is_asked_once_for_a_message_however_often_the_room_runs_and_again_after_an_edit():
    judge = FakeModel(['{"answer": "no"}', '{"answer": "yes"}'])
    house = House(
        Binding(team=Team(agents=[says("planner", "Noon.")]), attention="judged", judge="judge"),
        models={"judge": judge},
    )
    await house.says("nice weather")
    for _ in range(3):
        await house.run()
    assert len(judge.requests) == 1
    await house.edits((await house.transcript()).last.seq, "how late is it?")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Noon.")


async def test_c53_what_it_cost_to_find_that_nobody_speaks_is_told_where_it_arose():
    judge = priced('{"answer": "no"}', '{"answer": "no"}', '{"answer": "yes"}')
    house = House(
        Binding(team=Team(agents=[says("planner", "Noon.")]), attention="judged", judge="judge"),
        models={"judge": judge},
    )
    for text in ("nice weather", "indeed", "how late is it?"):
        await house.hears(text)
    costs = [one.choosing for one in await house.events(Rested, TurnStarted) if isinstance(one, Rested | TurnStarted)]
    assert costs == [Usage(input_tokens=500, output_tokens=500, usd=0.6)] * 3


async def test_c53_what_it_cost_to_choose_somebody_who_got_no_floor_is_told_and_the_choice_is_made_anew():
    bell = Bell()

    async def chooses(transcript: Transcript) -> str:
        if not bell.rung.is_set():
            await bell.wait()
        return "planner"

    house = House(
        Binding(team=Team(agents=[HI], speakers=chooses), attention="judged"),
        models={"default": priced('{"answer": "yes"}', '{"answer": "yes"}')},
    )
    await house.says("how late is it?")
    async with house.running():
        await bell.rung.wait()
        await house.says("/halt")
        await let_others()
        bell.go_on.set()
    assert await house.events(TurnStarted) == []
    await house.says("/resume")
    await house.run()
    rested, started, *_ = await house.events(Rested, TurnStarted)
    assert isinstance(rested, Rested)
    assert isinstance(started, TurnStarted)
    assert (rested.rung, rested.reason) == ("", "The room was stopped or halted while a speaker was being chosen.")
    assert rested.choosing == started.choosing == Usage(input_tokens=500, output_tokens=500, usd=0.6)


async def test_a_crash_between_what_choosing_cost_and_what_came_of_it_loses_neither():
    failed: list[str] = []

    async def fail_once(room: str, entries: Sequence[Entry]) -> None:
        if any(isinstance(one.event, Asked) for one in entries) and not failed:
            failed.append(room)
            raise StoreFailed("The disk is full.")

    team = Team(agents=[HI, says("coder", "Hello.")], speakers=manual)
    answers = ['{"answer": "yes"}'] * 2
    house = House(Binding(team=team, attention="judged"), models={"default": priced(*answers)})
    house.before_append(fail_once)
    await house.says("hello")
    await house.run()
    assert failed
    house.restart()
    await house.run()
    assert await house.question()


async def test_c45_people_are_told_once_that_nobody_answers_however_often_that_is_decided():
    decisions: list[Wait | None] = [None, Wait(reason="The oven heats up."), None]

    class Costly:
        async def choose(self, situation: Situation) -> Wait | None:
            await situation.think("default", ModelRequest(messages=[]))
            return decisions.pop(0)

    team = Team(agents=[HI], speakers=Costly())
    house = House(Binding(team=team, guests={"guest": says("guest")}), models={"default": priced()})
    await house.hears("how late is it?")
    for verb in ("join", "leave", "join"):
        await house.says(f"/agents {verb} guest")
        await house.run()
        house.restart()
    assert decisions == []
    told = [one.unanswered for one in await house.events(Rested) if isinstance(one, Rested)]
    assert told == [True, False, False]


async def test_p41_a_judge_is_not_asked_again_when_an_agent_lets_the_message_pass():
    judge = FakeModel(['{"answer": "yes"}'])
    team = Team(agents=[says("planner"), says("coder", "Half past three.")])
    house = House(Binding(team=team, attention="judged", judge="judge"), models={"judge": judge})
    assert await house.hears("how late is it?") == [("coder", "Half past three.")]
    assert len(judge.requests) == 1


async def test_p41_who_addresses_an_agent_needs_no_judge():
    house = House(Binding(team=Team(agents=[says("planner", "Yes?")]), attention="judged", judge="judge"), models={})
    assert await house.hears("@planner hello") == [("planner", "Yes?")]


async def test_p41_a_judge_that_nobody_configured_pauses_the_room_with_its_reason():
    house = House(Binding(team=Team(agents=[HI]), attention="judged", judge="judge"), models={})
    await house.hears("hello")
    assert await house.stops() == ["There is no model 'judge'; the configured ones are: none."]


async def test_p41_a_judge_without_budget_asks_for_it():
    team = Team(agents=[HI], limits=Limits(usd_per_day=0.5))
    house = House(Binding(team=team, attention="judged"), models={"default": priced('{"answer": "yes"}')})
    await house.hears("hello")
    assert (await house.transcript()).open_questions[0].asked.kind == "budget"


async def test_p41_two_people_talking_to_each_other_are_left_alone():
    house = House(Team(agents=[says("planner", "P1", "P2", "P3")]))
    await house.hears("hello")
    await house.hears("hello", BOB)
    before = await house.speakers()
    assert await house.hears("@bob lunch?") == []
    assert await house.speakers() == before
