"""An open question silences nobody: its asker answers others, and gives way to whoever writes instead (C35, C3)."""

import pytest
from msgspec.structs import replace

from agents import Team, assistant, handed_over, round_robin
from agents.errors import WrongUse
from agents.log.events import Answered, Asked, OnDeadline, Said, ToolCalled, ToolReturned
from agents.log.participants import Profile
from agents.log.transcript import Transcript
from agents.ports import ModelAnswer
from agents.team.binding import Binding
from agents.team.policies import first, mentioned, random
from agents.team.situation import Policy
from agents.turn.turn import Acts, Brief, Turn
from agents.turn.view import INTERRUPTED
from tests.unit.house import ANA, BOB, EVA, PEOPLE, House, Plain, calls, says, tool

WHICH = '{"question": "Which year?", "person": "Ana"}'
ASKS = calls(("ask_person", WHICH))


async def asked(*answers: object, question: str = WHICH, people: tuple[Profile, ...] = (BOB, ANA)) -> House:
    """A room in which the only agent has asked a question for the last of these people, and waits."""
    house = House(Team(agents=[assistant("a")]), models=[calls(("ask_person", question)), *answers])
    for person in people:
        await house.says("write the report" if person is people[-1] else "hello", person)
    await house.run()
    assert await house.question()
    return house


def heard(house: House) -> list[tuple[str, str]]:
    """The conversation as the model read it last, with speakers in small letters."""
    return [(who.casefold(), text) for who, text in house.prompts[-1]]


def system(house: House) -> str:
    """What the model was told before the conversation, the last time it was asked."""
    return house.model.requests[-1].messages[0].text


async def test_c35_who_waits_for_one_person_answers_another_and_the_question_stays_open():
    house = await asked("4", "yes", "I am")
    for said, answer in (("@a what is 2+2?", "4"), ("@a hello?", "yes"), ("@a are you there?", "I am")):
        assert await house.hears(said, BOB) == [("a", answer)]
    assert await house.question()
    assert await house.speakers() == ["a", "a", "a", "a"]


async def test_c35_the_model_reads_whom_it_waits_for_and_since_when():
    house = await asked("4")
    await house.hears("@a what is 2+2?", BOB)
    assert "You wait for Ana to answer “Which year?”, since 2026-05-28 20:26 UTC." in system(house)
    assert "You wait for" not in house.model.requests[0].messages[0].text


async def test_c35_a_question_for_anybody_is_noted_as_one_and_a_long_one_is_shortened():
    long = f'{{"question": "{"Which year? " * 60}"}}'
    house = await asked("4", question=long)
    await house.hears("@a what is 2+2?", EVA)
    (line,) = [line for line in system(house).splitlines() if line.startswith("You wait for a person to answer")]
    assert "…”, since" in line
    assert len(line) < 400


async def test_c35_who_waits_keeps_silent_as_long_as_nothing_new_is_said():
    house = House(Team(agents=[assistant("a"), says("b")], speakers=lambda t: "a"), models=[ASKS, "never"])
    await house.says("hello", BOB)
    await house.hears("write the report")
    house.restart()
    await house.run()
    assert len(house.model.requests) == 1


@pytest.mark.parametrize("speakers", [round_robin(while_waiting="go_on"), random(seed=1, while_waiting="go_on")])
async def test_c35_who_waits_asks_no_model_while_other_agents_talk_among_themselves(speakers: Policy):
    team = Team(agents=[assistant("a"), says("b", "one", "two"), says("c", "three")], speakers=speakers)
    house = House(team, models=[ASKS, "The report of 2024."])
    await house.says("hello", BOB)
    await house.hears("@a write the report")
    assert len(house.model.requests) == 1
    assert [text for _, text in await house.talk()][2:] == ["one", "three", "two"]
    await house.answers(await house.question(), "2024")
    await house.run()
    assert ("a", "The report of 2024.") in await house.talk()
    assert [text for who, text in house.prompts[1] if who in ("b", "c")] == ["one", "three", "two"]


@pytest.mark.parametrize("said", [Said(text="@a what is 2+2?"), Said(text="Over to you.", handoff="agent:a")])
async def test_c35_who_waits_answers_an_agent_that_speaks_to_it(said: Said):
    async def talk(turn: Turn) -> Acts:
        if len(turn.transcript.messages) == 2:
            yield said

    team = Team(
        agents=[assistant("a"), Plain("b", talk)],
        speakers=first(handed_over(while_waiting="go_on"), mentioned, round_robin(while_waiting="go_on")),
    )
    house = House(team, models=[ASKS, "4"])
    await house.says("hello", BOB)
    await house.hears("@a write the report")
    assert (await house.talk())[-1] == ("a", "4")


async def test_c35_the_answer_is_the_calls_result_after_what_was_said_meanwhile():
    house = await asked("4", "The report of 2024.")
    await house.hears("@a what is 2+2?", BOB)
    await house.answers(await house.question(), "2024")
    await house.run()
    assert heard(house)[-4:] == [
        ("bob", "@a what is 2+2?"), ("assistant", "4"), ("assistant", ""), ("tool", "Ana: 2024"),
    ]  # fmt: skip
    assert (await house.talk())[-1] == ("a", "The report of 2024.")


async def test_c35_a_tool_of_the_turn_in_between_is_used_and_its_result_answered_with():
    search = tool("search", "found")
    team = Team(agents=[assistant("a", tools=[search])])
    house = House(team, models=[ASKS, calls(("search", "{}"), prefix="again"), "Found it."])
    await house.says("hello", BOB)
    await house.hears("write the report")
    assert await house.hears("@a search", BOB) == [("a", "Found it.")]


@pytest.mark.parametrize("again", [WHICH, '{"question": "Which year?", "person": "Ana"}'])
async def test_c35_what_is_asked_already_is_not_asked_again(again: str):
    house = await asked(calls(("ask_person", again), prefix="again"), "I still wait for Ana.")
    assert await house.hears("@a hello?", BOB) == [("a", "I still wait for Ana.")]
    assert await house.question()
    assert await house.returned() == ["You have asked for this already, and nobody has answered yet."]


async def test_c35_another_question_may_be_asked_meanwhile_and_each_has_its_own_answer():
    when = calls(("ask_person", '{"question": "When?", "person": "Bob"}'), prefix="when")
    house = await asked(when, "Friday then.", "2024 then.")
    await house.hears("@a what about me?", BOB)
    one, two = (await house.transcript()).open_questions
    for question, answer, by in ((two, "Friday", BOB), (one, "2024", ANA)):
        await house.answers(question.seq, answer, by=by)
        await house.run()
        assert (await house.talk())[-1] == ("a", f"{answer} then.")


async def test_c35_several_questions_of_one_turn_are_all_answered_before_it_goes_on():
    when = ("ask_person", '{"question": "When?", "person": "Bob"}')
    house = House(Team(agents=[assistant("a")]), models=[calls(("ask_person", WHICH), when), "Thanks, both."])
    await house.says("hello", BOB)
    await house.hears("write the report")
    one, two = (await house.transcript()).open_questions
    await house.answers(two.seq, "Friday", by=BOB)
    await house.run()
    assert await house.outcomes() == ["asked", "passed"]
    await house.answers(one.seq, "2024")
    await house.run()
    assert (await house.talk())[-1] == ("a", "Thanks, both.")


async def test_c35_who_gets_an_approval_hears_what_came_of_it_while_another_question_is_open():
    team = Team(agents=[assistant("a", tools=[RISKY])])
    models = [ASKS, calls(("send", "{}"), prefix="send"), "Sent it."]
    house = House(Binding(team=team, brief=Brief(approval="risky")), models=models)
    await house.says("hello", BOB)
    await house.hears("write the report")
    await house.hears("@a send it", BOB)
    await house.answers((await house.transcript()).open_questions[1].seq, option="Approve")
    await house.run()
    assert (await house.talk())[-1] == ("a", "Sent it.")


def planner_first(transcript: Transcript) -> str | None:
    return "planner" if len(transcript.messages) == 1 else None


RISKY = tool("send", "sent", risk="risky")


async def approval(*answers: object, people: tuple[Profile, ...] = (BOB, ANA)) -> House:
    """A room in which the only agent wants to send something, which waits for approval."""
    team = Team(agents=[assistant("a", tools=[RISKY])])
    house = House(Binding(team=team, brief=Brief(approval="risky")), models=[calls(("send", "{}")), *answers])
    for person in people:
        await house.says("send it" if person is people[-1] else "hello", person)
    await house.run()
    return house


async def test_c35_who_waits_for_approval_answers_others():
    house = await approval("4", "Sent.")
    assert await house.hears("@a what is 2+2?", BOB) == [("a", "4")]
    assert "You wait for a person to answer “a wants to use send with {}”" in system(house)
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert await house.returned() == ["sent"]
    assert (await house.talk())[-1] == ("a", "Sent.")


async def test_c35_a_call_that_waits_for_approval_is_not_put_to_people_twice():
    house = await approval(calls(("send", "{}"), prefix="again"), "I wait.")
    assert await house.hears("@a hello?", BOB) == [("a", "I wait.")]
    assert await house.question()


async def test_c3_text_over_a_call_that_waits_for_approval_answers_it_with_user_interrupted():
    house = await approval("As you like.")
    question = await house.question()
    assert await house.hears("no, wait with that") == [("a", "As you like.")]
    (withdrawn,) = await house.events(Answered)
    assert withdrawn == Answered(question=question, withdrawn=True, text="Ana wrote something else instead.")
    assert await house.returned() == [f"{INTERRUPTED}: Ana wrote something else instead."]
    assert heard(house)[-2:] == [
        ("assistant", ""), ("tool", f"{INTERRUPTED}: Ana wrote something else instead."),
    ]  # fmt: skip
    with pytest.raises(WrongUse, match="out of date"):
        await house.answers(question, option="Approve")
    assert not [one for one in await house.events(ToolCalled) if one != ToolCalled(
        call="call-1", tool="send", arguments="{}", approval=question,
    )]  # fmt: skip


async def test_c3_text_over_several_questions_answers_each_of_them_with_user_interrupted():
    two = calls(("ask_person", WHICH), ("ask_person", '{"question": "When?", "person": "Ana"}'))
    house = House(Team(agents=[assistant("a")]), models=[two, "Never mind then."])
    await house.hears("write the report")
    assert await house.hears("forget it") == [("a", "Never mind then.")]
    assert (await house.transcript()).open_questions == ()
    told = ("tool", f"{INTERRUPTED}: Ana wrote something else instead.")
    assert heard(house)[-5:] == [
        ("ana", "forget it"), ("assistant", ""), told, ("assistant", ""), told,
    ]  # fmt: skip


async def test_c3_a_question_for_anybody_is_interrupted_by_whom_the_asker_had_answered():
    house = await asked("From 2024 then.", question='{"question": "Which year?"}')
    assert await house.hears("take 2024") == [("a", "From 2024 then.")]
    assert (await house.transcript()).open_questions == ()


async def test_c3_what_was_written_in_private_is_not_told_on_the_card_that_it_makes_void():
    house = await approval("As you like.")
    await house.hears("the password is swordfish", audience=("agent:a",))
    (withdrawn,) = await house.events(Answered)
    assert isinstance(withdrawn, Answered)
    assert withdrawn.text == "Ana wrote something else instead."
    assert await house.returned() == [f"{INTERRUPTED}: Ana wrote something else instead."]


async def test_c3_what_was_written_instead_and_is_deleted_stands_nowhere_any_more():
    house = await approval("As you like.")
    await house.says("no, the password is swordfish")
    await house.run()
    (written,) = [one for one in (await house.transcript()).messages if "swordfish" in one.text]
    await house.deletes(written.seq)
    await house.run()
    assert "swordfish" not in str(await house.log())


async def test_c35_the_model_reads_of_two_people_of_one_name_for_which_it_waits():
    other = Profile(id="person:web/ana2", name="Ana")
    house = House(Team(agents=[assistant("a")]), models=[calls(("ask_person", WHICH.replace("Ana", "Ana (2)"))), "4"])
    house.permissions_of = lambda room: replace(PEOPLE, users=PEOPLE.users | {other.id})
    await house.says("hello", other)
    await house.says("hello", ANA)
    await house.says("write the report", BOB)
    await house.run()
    await house.hears("@a what is 2+2?", BOB)
    assert "You wait for Ana (2) to answer" in system(house)


async def test_c3_what_the_one_who_is_asked_says_to_another_agent_neither_answers_nor_interrupts():
    agents = [assistant("a"), says("b", "Hi Ana.")]
    house = House(Team(agents=agents), models=[ASKS, "I wait."])
    await house.says("@a write the report")
    await house.run()
    assert ("b", "Hi Ana.") in await house.hears("@b hello")
    assert await house.question()


async def test_c3_what_was_written_before_the_question_came_interrupts_it_once_it_is_there():
    house = House(Team(agents=[assistant("a")]), models=lambda request: answers.pop(0))
    answers: list[ModelAnswer | str] = [ASKS, "From 2024 then."]

    async def meanwhile(room: str, entries: object) -> None:
        if any(isinstance(entry.event, Asked) for entry in entries):  # type: ignore[attr-defined]
            house.before_append(nothing)
            await house.says("take 2024")

    async def nothing(room: str, entries: object) -> None:
        pass

    await house.says("hello", BOB)
    await house.says("write the report")
    house.before_append(meanwhile)
    await house.run()
    await house.run()
    assert (await house.talk())[-1] == ("a", "From 2024 then.")


async def test_c35_asking_a_person_and_handing_over_at_once_asks_and_keeps_the_floor():
    planner = assistant("planner", hands_over_to=["coder"])
    team = Team(agents=[planner, says("coder", "Mine.")], speakers=first(handed_over, planner_first))
    both = calls(("transfer_to_coder", "{}"), ("ask_person", WHICH), text="Over to you.")
    house = House(team, models=[both, calls(("transfer_to_coder", "{}"), text="Now you.", prefix="again")])
    assert await house.hears("go") == [("planner", "Over to you.")]
    assert await house.returned() == ["Not handed over: you ask a person first. Hand over once you have the answer."]
    await house.answers(await house.question(), "2024")
    await house.run()
    assert (await house.talk())[-2:] == [("planner", "Now you."), ("coder", "Mine.")]


async def test_c35_an_approval_and_a_handoff_at_once_wait_for_the_approval():
    planner = assistant("planner", hands_over_to=["coder"], tools=[RISKY])
    team = Team(agents=[planner, says("coder", "Mine.")], speakers=first(handed_over, planner_first))
    house = House(team, models=[calls(("send", "{}"), ("transfer_to_coder", "{}"))])
    assert await house.hears("go") == []
    assert (await house.transcript()).open_questions[0].asked.kind == "approval"


async def test_c35_a_question_that_cannot_be_put_holds_no_handoff():
    planner = assistant("planner", hands_over_to=["coder"])
    team = Team(agents=[planner, says("coder", "Mine.")], speakers=first(handed_over, planner_first))
    wrong = calls(("ask_person", '{"question": "?", "person": "Zoe"}'), ("transfer_to_coder", "{}"))
    house = House(team, models=[wrong])
    assert ("coder", "Mine.") in await house.hears("go")


async def test_c35_people_have_a_day_to_answer_a_model_unless_its_team_says_otherwise():
    house = await asked()
    assert (await house.transcript()).open_questions[0].asked.deadline == house.clock.now() + 86400
    for minutes, deadline in ((30.0, house.clock.now() + 1800), (None, None)):
        team = Team(agents=[assistant("a", answer_minutes=minutes)])
        other = House(team, models=[calls(("ask_person", '{"question": "?"}'))])
        await other.hears("go")
        assert (await other.transcript()).open_questions[0].asked.deadline == deadline


@pytest.mark.parametrize("on_deadline", ["skip", "auto_reply"])
async def test_c35_a_model_whose_question_nobody_answers_in_time_reads_that_and_goes_on(on_deadline: OnDeadline):
    team = Team(agents=[assistant("a", answer_minutes=60, on_deadline=on_deadline)])
    house = House(team, models=[ASKS, "I took last year."])
    await house.hears("write the report")
    house.restart()
    house.clock.advance(3600)
    await house.run()
    assert heard(house)[-1] == ("tool", "Nobody answered in time.")
    assert (await house.talk())[-1] == ("a", "I took last year.")
    assert (await house.run()).wake_at is None


async def test_c35_a_question_may_end_the_conversation_when_its_time_is_up():
    house = House(Team(agents=[assistant("a", answer_minutes=60, on_deadline="stop")]), models=[ASKS])
    await house.hears("write the report")
    house.clock.advance(3600)
    await house.run()
    assert await house.stops() == ["Nobody answered in time."]


async def test_an_assistant_that_is_not_to_ask_people_is_not_offered_to():
    house = House(Team(agents=[assistant("a", asks_people=False)]), models=["Fine."])
    await house.hears("go")
    assert house.model.requests[0].tools == ()


async def test_c35_an_answer_that_its_writer_changes_before_it_is_read_is_read_as_changed():
    house = await asked("The report of 2024.")
    await house.says("2023")
    answer = (await house.transcript()).last
    await house.edits(answer.seq, "2024")
    await house.run()
    assert heard(house)[-1] == ("tool", "Ana: 2024")


async def test_c35_an_answer_that_is_corrected_after_it_was_read_is_read_as_a_correction():
    house = await asked("The report of 2023.", "The report of 2024.")
    await house.hears("2023")
    await house.edits((await house.transcript()).questions[0].answer.seq, "2024")  # type: ignore[union-attr]
    await house.run()
    assert heard(house)[-1] == ("ana", "(correcting an earlier message) 2024")


async def test_c35_an_answer_begins_no_exchange_and_counts_in_the_one_it_belongs_to():
    house = await asked("The report.")
    begun = (await house.transcript()).exchange
    await house.hears("2024")
    after = (await house.transcript()).exchange
    assert (after.start, after.messages) == (begun.start, begun.messages + 2)


async def test_a_question_in_the_middle_of_a_round_is_read_by_the_others_with_its_answer():
    house = House(
        Team(agents=[assistant("a"), assistant("b")], speakers=round_robin(while_waiting="go_on")),
        models=[ASKS, "B", "A"],
    )
    await house.says("hello", BOB)
    await house.says("@a write the report")
    await house.run()
    assert ("a", "Which year?") in house.prompts[1]
    assert await house.events(ToolReturned) == []
