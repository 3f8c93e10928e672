"""Human involvement, as in AutoGen's table (C3, C4, C5, C20)."""

import pytest

from agents import Team, user_proxy
from agents.log.events import Asked, Said, Stopped
from agents.ports import RunResult
from agents.testing import FakeSandbox
from agents.turn.conversable import Conversable
from agents.turn.function_reply import answering_with
from agents.turn.human_input import END, GO_ON, HumanInputMode, check_with_people, is_terminate
from agents.turn.ready_made import profile_of
from tests.unit.house import ANA, BOB, House, says

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
    return {"agent:proxy": "auto", ANA.id: "text"}[transcript.last.by]


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
async def test_c4_at_the_limit_terminate_asks(answer: str, outcome: str):
    house = await house_after("hello", "TERMINATE", max_consecutive_auto_reply=0)
    assert await outcome_of(house, None) == "asked"
    assert await outcome_of(house, answer) == outcome


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
    assert ("Ana", "Do not run that.") in await house.talk()


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
