"""Human involvement, as in AutoGen's table (C3, C4, C5, C20)."""

import pytest

from agents import (
    Team,
    Termination,
    assistant,
    first,
    max_messages,
    max_turns,
    mentioned,
    model_chooses,
    round_robin,
    said,
    two_agent_chat,
    user_proxy,
)
from agents.errors import NotAllowed, WrongUse
from agents.log.events import Asked, Said, Stopped
from agents.log.records import Entry
from agents.ports import RunResult
from agents.team.termination import last_speaker_is
from agents.testing import FakeSandbox
from agents.turn.conversable import Conversable
from agents.turn.function_reply import answering_with
from agents.turn.human_input import END, GO_ON, HumanInputMode, check_with_people, is_terminate
from agents.turn.ready_made import profile_of
from tests.unit.house import ANA, BOB, House, calls, says

AUTO = answering_with(lambda transcript: "automatic")


def checked(mode: HumanInputMode, **check: object) -> Conversable:
    """An agent with a human check and an automatic reply."""
    return Conversable(profile=profile_of("proxy"), replies=(check_with_people(mode, **check), AUTO))  # type: ignore[arg-type]


async def house_after(text: str, mode: HumanInputMode, **check: object) -> House:
    """``other`` has said the text, and the proxy is to reply."""
    agents = [says("other", text), checked(mode, **check)]
    house = House(Team(agents=agents, speakers=lambda t: {"person": "other", "agent:other": "proxy"}.get(_who(t))))
    await house.says("go")
    await house.run()
    return house


def _who(transcript: object) -> str:
    by = transcript.last.by  # type: ignore[attr-defined]
    return "person" if by.startswith("person:") else by


async def outcome_of(house: House, answer: str | None) -> str:
    """What came of it: auto, stop, text, or asked."""
    transcript = await house.transcript()
    if transcript.open_questions:
        if answer is None:
            return "asked"
        await house.answers(transcript.open_questions[0].seq, answer)
        await house.run()
    transcript = await house.transcript()
    if transcript.stopped is not None:
        return "stop"
    assert transcript.last.by == "agent:proxy"
    return "text" if transcript.last.spoken_by == ANA.id else "auto"


TABLE = [
    ("ALWAYS", "hello", "", "auto"),
    ("ALWAYS", "hello", "exit", "stop"),
    ("ALWAYS", "hello", "my own words", "text"),
    ("ALWAYS", "TERMINATE", "", "stop"),
    ("ALWAYS", "TERMINATE", "exit", "stop"),
    ("ALWAYS", "TERMINATE", "my own words", "text"),
    ("TERMINATE", "hello", None, "auto"),
    ("TERMINATE", "TERMINATE", "", "stop"),
    ("TERMINATE", "TERMINATE", "exit", "stop"),
    ("TERMINATE", "TERMINATE", "my own words", "text"),
    ("NEVER", "hello", None, "auto"),
    ("NEVER", "TERMINATE", None, "stop"),
]


@pytest.mark.parametrize(("mode", "message", "answer", "outcome"), TABLE)
async def test_c3_every_cell_of_the_table(mode: HumanInputMode, message: str, answer: str | None, outcome: str):
    house = await house_after(message, mode)
    asked = bool((await house.transcript()).open_questions)
    assert asked == (mode == "ALWAYS" or (mode == "TERMINATE" and message == "TERMINATE"))
    assert await outcome_of(house, answer) == outcome


@pytest.mark.parametrize(("answer", "outcome"), [("", "stop"), ("exit", "stop"), ("my own words", "text")])
async def test_c4_a_stand_in_that_never_replies_by_itself_asks_and_nothing_ends(answer: str, outcome: str):
    house = await house_after("hello", "TERMINATE", max_consecutive_auto_reply=0)
    assert await outcome_of(house, None) == "asked"
    assert await outcome_of(house, answer) == outcome


@pytest.mark.parametrize(("option", "outcome"), [(GO_ON, "auto"), (END, "stop")])
async def test_c4_at_the_limit_people_let_it_reply_once_more_or_end(option: str, outcome: str):
    agents = [says("other", *"12345678"), checked("TERMINATE", max_consecutive_auto_reply=1)]
    house = House(Team(agents=agents))
    await house.hears("@other go")
    for asked in (1, 2):
        before = (await house.transcript()).seq
        await house.answers(await house.question(), option=option)
        await house.run()
        assert (("proxy", "automatic") in await house.talk(after=before)) == (outcome == "auto")
        if outcome == "stop":
            assert (await house.transcript()).stopped is not None
            return
        assert len((await house.transcript()).questions) == asked + 1  # asked again at the next message


async def test_c4_at_the_limit_never_stops_and_says_how_to_go_on():
    house = await house_after("hello", "NEVER", max_consecutive_auto_reply=0)
    (stopped,) = await house.events(Stopped)
    assert stopped == Stopped(
        reason="proxy has replied 0 times in a row to other without a person; write something to go on.", kind="limit"
    )


async def test_c4_replies_are_counted_per_sender_and_begin_anew_after_a_person_or_a_stop():
    agents = [says("other", *"12345678"), checked("NEVER", max_consecutive_auto_reply=2)]
    house = House(Team(agents=agents))
    for _ in range(2):
        said = await house.hears("@other go")
        assert said.count(("proxy", "automatic")) == 2
    assert len(await house.stops()) == 2


@pytest.mark.parametrize(("text", "ends"), [("TERMINATE", True), ("TERMINATE ", False), ("So: TERMINATE", False)])
async def test_c20_only_the_whole_word_ends(text: str, ends: bool):
    house = await house_after(text, "NEVER")
    assert (await outcome_of(house, None) == "stop") == ends


async def test_c3_what_ends_a_conversation_can_be_told():
    house = await house_after("We are DONE.", "NEVER", is_termination=lambda text: "DONE" in text)
    assert await house.stops() == ["other ended the conversation."]


@pytest.mark.parametrize(
    ("message", "option", "outcome"), [("hello", GO_ON, "auto"), ("hello", END, "stop"), ("TERMINATE", END, "stop")]
)
async def test_c3_buttons_do_the_same(message: str, option: str, outcome: str):
    house = await house_after(message, "ALWAYS")
    (question,) = (await house.transcript()).open_questions
    assert option in question.asked.options
    await house.answers(question.seq, option=option)
    await house.run()
    assert await outcome_of(house, None) == outcome


async def test_c5_the_question_names_who_may_answer_and_how_long_they_have():
    house = await house_after("hello", "ALWAYS", of=(BOB.id,), minutes=2.0, on_deadline="stop")
    (question,) = (await house.transcript()).open_questions
    assert question.asked == Asked(
        text="Reply to other for proxy, let it go on by itself, or end the conversation.",
        of=(BOB.id,),
        options=(GO_ON, END),
        deadline=house.clock.now() + 120,
        on_deadline="stop",
        stands_in=True,
    )


@pytest.mark.parametrize(("on_deadline", "said"), [("skip", []), ("auto_reply", ["automatic"]), ("stop", [])])
async def test_c5_when_time_is_up(on_deadline: str, said: list[str]):
    house = await house_after("hello", "ALWAYS", minutes=1.0, on_deadline=on_deadline)
    house.clock.advance(60)
    await house.run()
    assert [text for name, text in await house.talk() if name == "proxy"] == said
    assert bool(await house.stops()) == (on_deadline == "stop")


async def test_c5_while_the_question_is_open_the_agent_keeps_silent_and_others_go_on():
    house = await house_after("hello", "ALWAYS")
    await house.says("well?", BOB)
    house.bind("web:lobby", Team(agents=[checked("ALWAYS"), says("third", "I am here.")]))
    await house.run()
    assert len((await house.transcript()).questions) == 1
    assert (await house.talk())[-1] == ("third", "I am here.")


async def test_c3_an_agent_that_has_received_nothing_is_not_checked():
    house = House(Team(agents=[checked("ALWAYS")], speakers=lambda t: "proxy" if len(t.messages) == 1 else None))
    await house.says("psst", audience=(BOB.id,))
    await house.run()
    assert (await house.talk())[-1] == ("proxy", "automatic")


async def test_c2_a_user_proxy_asks_people_and_runs_code_where_they_let_it_go_on():
    sandbox = FakeSandbox({"print(1)": "1\n"})
    coder = says("coder", "```python\nprint(1)\n```")
    team = Team(agents=[coder, user_proxy("proxy", runs_code=True)], speakers=lambda t: _next(t))
    house = House(team, sandbox=sandbox)
    await house.hears("go")
    assert sandbox.runs == []
    await house.answers(await house.question(), option=GO_ON)
    await house.run()
    assert (await house.talk())[-1] == ("proxy", "exitcode: 0 (execution succeeded)\nCode output: 1\n")
    assert [block.code for block in sandbox.runs[0].blocks] == ["print(1)"]


def _next(transcript: object) -> str | None:
    return {"person": "coder", "agent:coder": "proxy"}.get(_who(transcript))


async def test_c2_a_user_proxy_whose_person_speaks_runs_no_code():
    sandbox = FakeSandbox(lambda block: RunResult(status="ok", exit_code=0, output="ran"))
    team = Team(agents=[says("coder", "```python\nprint(1)\n```"), user_proxy("proxy", runs_code=True)])
    house = House(team, sandbox=sandbox)
    await house.hears("go")
    for question in (await house.transcript()).open_questions:
        await house.answers(question.seq, "Do not run that.")
    await house.run()
    assert sandbox.runs == []
    assert ("proxy", "Do not run that.") in await house.talk()


async def test_c2_a_user_proxy_without_code_passes_when_it_may_go_on():
    house = House(Team(agents=[says("other", "hello"), user_proxy("proxy", asks=[ANA.id])], speakers=_after_other))
    await house.hears("go")
    (question,) = (await house.transcript()).open_questions
    assert question.asked.of == (ANA.id,)
    await house.answers(question.seq, option=GO_ON)
    await house.run()
    assert not [one for one in await house.events(Said) if isinstance(one, Said) and one.text == "automatic"]
    assert (await house.outcomes())[-1] == "passed"


def _after_other(transcript: object) -> str | None:
    return {"person": "other", "agent:other": "proxy"}.get(_who(transcript))


@pytest.mark.parametrize(
    "text", ["TERMINATE ", " TERMINATE", "TERMINATE.", "terminate", "I TERMINATE", "", "TERMINATE\n"]
)
def test_c20_the_default_termination_message_is_the_very_word_and_nothing_more(text: str) -> None:
    assert is_terminate("TERMINATE")
    assert not is_terminate(text)


async def test_c3_an_open_check_silences_its_agent_only_for_what_would_need_another_one():
    house = await house_after("TERMINATE", "TERMINATE")
    house.bind("web:lobby", Team(agents=[checked("TERMINATE")]))
    await house.hears("@proxy what is 2+2?", BOB)
    assert (await house.talk())[-1] == ("proxy", "automatic")
    assert len((await house.transcript()).open_questions) == 1


async def test_c3_an_open_check_is_not_asked_twice_where_another_end_comes_meanwhile():
    house = await house_after("TERMINATE", "TERMINATE")
    house.bind("web:lobby", Team(agents=[checked("TERMINATE")]))
    await house.hears("TERMINATE", BOB)
    assert len((await house.transcript()).questions) == 1
    assert (await house.talk())[-1] == ("Bob", "TERMINATE")


async def test_c42_words_for_a_stand_in_are_one_message_of_its_own_and_give_nobody_an_empty_turn():
    house = await house_after("hello", "ALWAYS")
    await house.answers(await house.question(), "my own words")
    await house.run()
    last = (await house.transcript()).last
    assert (last.by, last.spoken_by, last.person, last.text) == ("agent:proxy", ANA.id, ANA.id, "my own words")
    assert await house.speakers() == ["other", "proxy"]
    assert [one for one in await house.events(Said) if isinstance(one, Said) and one.text == "my own words"] == []


@pytest.mark.parametrize("press", [{"option": GO_ON}, {"option": END}, {"text": "exit"}, {"text": " go on "}])
async def test_c42_a_press_and_exit_are_answers_and_no_messages(press: dict[str, str]):
    house = await house_after("hello", "ALWAYS")
    before = (await house.transcript()).exchange.messages
    house.bind("web:lobby", Team(agents=[user_proxy("proxy")]))
    await house.answers(await house.question(), press.get("text", ""), option=press.get("option"))
    await house.run()
    assert [text for _, text in await house.talk()] == ["go", "hello"]
    assert (await house.transcript()).judged.exchange.messages in (before, 0)


async def test_c42_a_press_on_a_check_that_an_earlier_version_asked_does_what_it_did():
    # Such questions are not marked: what a person wrote stands as their own message, and the agent says nothing.
    team = Team(agents=[says("other", "hello"), checked("ALWAYS")], speakers=_after_other)
    house = House(team)
    await house.hears("go")
    asked = await house.question()
    old = Asked(text="Reply to other for proxy.", options=(GO_ON, END))
    await house.ports.store.log.append("web:lobby", [Entry(event=old, by="agent:proxy")])
    await house.answers(asked, option=GO_ON)
    await house.answers((await house.transcript()).questions[-1].seq, "my own words")
    await house.run()
    assert ("Ana", "my own words") in await house.talk()


async def test_c42_words_for_a_stand_in_reset_the_counters_and_count_once_as_its_reply():
    team = Team(agents=[says("a", "A1", "A2"), user_proxy("boss")], speakers=round_robin)
    house = House(team)
    await house.hears("t")
    counted = (await house.transcript()).exchange
    await house.answers(await house.question(), "more please")
    after = (await house.transcript()).exchange
    assert (after.agent_turns, after.messages) == (counted.agent_turns + 1, counted.messages + 1)
    assert (after.since_person, dict(after.replies), after.start) == (0, {}, counted.start)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        (said("APPROVED", by="boss"), "boss said APPROVED."),
        (last_speaker_is("boss"), "boss has spoken."),
        (max_turns(2), "The limit of 2 turns is reached."),
        (max_messages(3), "The limit of 3 messages is reached."),
    ],
)
async def test_c42_the_end_of_a_conversation_is_judged_on_a_stand_ins_words(ends: Termination, reason: str):
    agents = [says("a", "A1", "A2"), user_proxy("boss")]
    house = House(Team(agents=agents, speakers=round_robin, termination=ends))
    await house.hears("t")
    await house.answers(await house.question(), "APPROVED")
    await house.run()
    assert await house.stops() == [reason]


async def test_c42_models_read_a_stand_ins_words_as_its_own_and_nothing_of_its_card():
    team = Team(agents=[assistant("a"), user_proxy("boss")], speakers=round_robin)
    house = House(team, models=["A1", "A2"])
    await house.hears("t")
    await house.answers(await house.question(), "more please")
    await house.run()
    assert house.prompts[-1][-1] == ("boss", "more please")
    assert "Reply to" not in str(house.prompts)


async def test_c42_a_model_that_chooses_reads_nothing_of_a_card_and_the_stand_ins_words():
    agents = [says("a", "A1", "A2"), user_proxy("boss"), says("c", "C")]
    house = House(Team(agents=agents, speakers=first(mentioned, model_chooses())), models=_choosing("a", "boss", "c"))
    await house.hears("t")
    await house.answers(await house.question(), "more please")
    await house.run()
    assert ("boss", "more please") in house.prompts[-1]
    assert "Reply to" not in str(house.prompts)


def _choosing(*names: str) -> list[str]:
    return [f'{{"speaker": "{name}"}}' for name in (*names, "nobody", "nobody", "nobody")]


async def test_c42_a_real_question_of_a_model_stays_visible_to_the_others():
    house = House(
        Team(agents=[assistant("a"), assistant("b")], speakers=round_robin(while_waiting="go_on")),
        models=[calls(("ask_person", '{"question": "Which year?", "person": "Ana"}')), "B", "A"],
    )
    await house.hears("t")
    assert ("a", "Which year?") in house.prompts[1]


async def test_c42_who_was_let_go_on_and_has_nothing_to_say_lets_the_others_go_on():
    house = House(two_agent_chat(user_proxy("boss"), says("a", "A1", "A2")))
    await house.hears("t")
    await house.answers(await house.question(), option=GO_ON)
    await house.run()
    assert [text for name, text in await house.talk() if name == "a"] == ["A1", "A2"]


async def test_c42_the_words_of_a_stand_in_address_whom_they_name():
    agents = [says("a", "A1", "A2"), user_proxy("boss"), says("critic", "C1")]
    house = House(Team(agents=agents, speakers=first(mentioned, round_robin)))
    await house.hears("@a t")
    for question in (await house.transcript()).open_questions:
        await house.answers(question.seq, "@critic what do you think?")
    assert (await house.transcript()).last.addressed == ("agent:critic",)


async def test_c42_edits_and_deletions_of_what_a_person_wrote_follow_into_the_stand_ins_message():
    house = House(Team(agents=[says("a", "A1"), user_proxy("boss")], speakers=round_robin))
    await house.hears("t")
    await house.says("more please")
    said_for = (await house.transcript()).last
    assert (said_for.by, said_for.text) == ("agent:boss", "more please")
    with pytest.raises(NotAllowed):
        await house.edits(said_for.seq, "less please", BOB)
    await house.edits(said_for.seq, "much more please")
    assert (await house.transcript()).last.text == "much more please"
    await house.deletes(said_for.seq)
    assert [text for _, text in await house.talk()] == ["t", "A1"]
    assert "more please" not in str(await house.log())


@pytest.mark.parametrize("stands_in", [True, False])
@pytest.mark.parametrize("wrong", [{"answer_minutes": 0}, {"answer_minutes": -1.0}, {"on_deadline": "later"}])
def test_c35_a_deadline_that_cannot_be_meant_is_refused_when_the_agent_is_made(stands_in: bool, wrong: dict[str, str]):
    with pytest.raises(WrongUse, match=r"minutes; give more than 0|choose one of skip, auto_reply, stop"):
        user_proxy("boss", **wrong) if stands_in else assistant("a", **wrong)  # type: ignore[arg-type]


async def test_c35_a_user_proxy_whose_time_is_up_does_what_it_was_told():
    team = Team(agents=[says("a", "A1"), user_proxy("boss", answer_minutes=30, on_deadline="stop")])
    house = House(team)
    await house.hears("t")
    (question,) = (await house.transcript()).open_questions
    assert question.asked.deadline == house.clock.now() + 1800
    house.clock.advance(1800)
    await house.run()
    assert await house.stops() == ["Nobody answered in time."]
