"""C55: a team is run in memory, with a scripted model and scripted people."""

from collections.abc import Callable, Sequence

import pytest

from agents import (
    Agent,
    Asked,
    Limits,
    Said,
    Team,
    Tool,
    ToolContext,
    Transcript,
    Turn,
    WrongUse,
    assistant,
    function_agent,
    max_turns,
    nested,
    risky,
    round_robin,
    said,
    user_proxy,
)
from agents.log.events import Usage
from agents.log.files import NamedFile
from agents.ports import CodeRun, ModelAnswer, ModelRequest, RunResult
from agents.team.model_choice import model_chooses
from agents.testing import FakeModel, FakeSandbox, calling, plain_tool, run_team, scripted, tool_context
from agents.turn.conversable import Conversable
from agents.turn.human_input import check_with_people
from agents.turn.ready_made import code_runner, profile_of
from agents.turn.turn import Acts


def texts(run: object) -> list[tuple[str, str]]:
    return [(message.name, message.text) for message in run.messages]  # type: ignore[attr-defined]


async def test_c55_a_run_tells_who_said_what_why_it_ended_and_what_it_cost():
    team = Team(agents=[assistant("a"), assistant("b")], speakers=round_robin, termination=said("DONE"))
    run = await run_team(team, "Begin.", model=scripted(["One.", "DONE"]))
    assert texts(run) == [("ana", "Begin."), ("a", "One."), ("b", "DONE")]
    assert run.speakers == ("a", "b")
    assert run.stop_reason == "b said DONE."
    assert run.usage == Usage(input_tokens=20, output_tokens=10, usd=0.0)
    assert run.notes == {}
    assert (run.files, run.questions) == ((), ())
    assert [record.seq for record in run.records] == list(range(1, len(run.records) + 1))


async def test_c55_choosing_a_speaker_is_part_of_what_it_cost():
    answers = ['{"speaker": "a"}', "One.", '{"speaker": "nobody"}', '{"speaker": "nobody"}']
    team = Team(agents=[assistant("a"), assistant("b")], speakers=model_chooses(), termination=max_turns(1))
    run = await run_team(team, "Begin.", model=scripted(answers))
    assert run.usage.tokens == 30


async def test_c55_a_team_that_has_nothing_left_to_say_has_no_reason_to_stop():
    run = await run_team(Team(agents=[function_agent("a", lambda t: None)]), "Begin.")
    assert (run.speakers, run.stop_reason, texts(run)) == ((), "", [("ana", "Begin.")])


async def test_c55_one_model_serves_every_name_that_the_agents_use_or_each_has_its_own():
    team = Team(agents=[assistant("a", model="small"), assistant("b")], speakers=round_robin, termination=max_turns(2))
    assert (await run_team(team, "Go.", model=scripted(["A", "B"]))).speakers == ("a", "b")
    run = await run_team(team, "Go.", model={"small": scripted(["small"]), "default": scripted(["default"])})
    assert texts(run)[1:] == [("a", "small"), ("b", "default")]


def only_answers(texts: Sequence[str]) -> Callable[[ModelRequest], ModelAnswer]:
    remaining = list(texts)
    return lambda request: ModelAnswer(text=remaining.pop(0))


async def test_c55_the_model_may_be_a_function_of_the_request():
    run = await run_team(Team(agents=[assistant("a")]), "Hello.", model=scripted(only_answers(["Hi."])))
    assert texts(run)[1] == ("a", "Hi.")


BOSS = Team(agents=[assistant("coder"), user_proxy("boss")], speakers=round_robin, termination=said("DONE"))


async def test_c55_a_reply_answers_what_a_user_proxy_asks():
    run = await run_team(BOSS, "Begin.", model=scripted(["Shall I?", "DONE"]), replies=["Yes, please."])
    assert "Yes, please." in [message.text for message in run.messages]
    (question,) = run.questions
    assert question.answer is not None
    assert question.answer.words == "Yes, please."
    assert run.stop_reason == "coder said DONE."


async def test_c55_speakers_are_those_who_spoke_turn_by_turn_and_a_stand_in_once_it_has_its_words():
    run = await run_team(BOSS, "Begin.", model=scripted(["Shall I?", "DONE"]), replies=["Yes, please."])
    assert run.speakers == ("coder", "boss", "coder")
    twice = function_agent("twice", lambda t: ["One.", "Two."])
    silent = function_agent("silent", lambda t: None)
    team = Team(agents=[twice, silent], speakers=round_robin, termination=max_turns(2))
    assert (await run_team(team, "Begin.", replies=["Again."])).speakers == ("twice", "twice")


async def test_c55_a_reply_that_is_an_option_presses_its_button():
    run = await run_team(BOSS, "Begin.", model=scripted(["Shall I?"]), replies=["End"])
    assert run.questions[0].answer is not None
    assert run.questions[0].answer.option == "End"
    assert run.stop_reason == "A person ended the conversation."


async def test_c55_an_unanswered_question_is_why_it_ended():
    run = await run_team(BOSS, "Begin.", model=scripted(["Shall I?"]))
    assert run.stop_reason == "boss waits for an answer."
    assert run.questions[0].answer is None


async def test_c55_with_no_question_open_a_reply_is_a_message():
    run = await run_team(
        Team(agents=[assistant("a")], termination=max_turns(1)), "One.", model=scripted(["A", "B"]), replies=["Two."]
    )
    assert texts(run) == [("ana", "One."), ("a", "A"), ("ana", "Two."), ("a", "B")]


async def test_c55_a_said_is_a_message_also_while_a_question_is_open():
    asker = asking(of=("person:web/eva",))
    run = await run_team(Team(agents=[asker]), "Go.", replies=[Said(text="What is 2+2?")])
    assert texts(run)[-1] == ("ana", "What is 2+2?")
    assert run.questions[0].answer is None


def asking(**asked: object) -> Conversable:
    """An agent that asks once and then tells the answer."""

    async def ask(turn: Turn) -> Acts:
        if not turn.transcript.questions:
            yield Asked(text="Well?", **asked)  # type: ignore[arg-type]
        for question in turn.answers:
            assert question.answer is not None
            yield Said(text=f"{question.answer.by}: {question.answer.words or question.answer.expired}")

    return Conversable(profile=profile_of("asker"), replies=(ask,))


async def test_c55_whoever_may_answer_answers():
    run = await run_team(Team(agents=[asking(of=("person:web/eva",))]), "Go.", replies=["Yes."])
    assert texts(run)[-1] == ("asker", "person:web/eva: Yes.")


async def test_c55_with_none_nobody_answers_until_it_is_too_late():
    check = check_with_people("ALWAYS", minutes=10, on_deadline="stop")
    boss = Conversable(profile=profile_of("boss"), replies=(check,))
    run = await run_team(Team(agents=[boss]), "Go.", replies=[None])
    assert run.stop_reason == "Nobody answered in time."
    assert run.questions[0].answer is not None
    assert run.questions[0].answer.expired


@pytest.mark.parametrize("agent", [asking(), function_agent("a", lambda t: None)])
async def test_c55_where_nothing_has_a_deadline_no_time_can_pass(agent: Conversable):
    with pytest.raises(WrongUse, match="nobody was asked anything that has a deadline"):
        await run_team(Team(agents=[agent]), "Go.", replies=[None])


def weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


async def rain(city: str, context: ToolContext) -> dict[str, object]:
    return {"city": city, "for": context.person}


def broken(city: str) -> str:
    raise ValueError(city)


@pytest.mark.parametrize(
    ("function", "output", "failed"),
    [
        (weather, "sunny in Madrid", False),
        (rain, '{"city": "Madrid", "for": "person:web/ana"}', False),
        (broken, "broken failed: ValueError: Madrid", True),
    ],
)
async def test_c55_plain_functions_are_tools(function: Callable[..., object], output: str, failed: bool):
    model = scripted([calling(function.__name__, city="Madrid"), "Done."])
    run = await run_team(Team(agents=[assistant("a", tools=[function])]), "Weather?", model=model)
    assert texts(run)[-1] == ("a", "Done.")
    (returned,) = [one for one in model.requests[1].messages if one.role == "tool"]
    assert returned.text == output
    called = await plain_tool(function).call('{"city": "Madrid"}', tool_context())
    assert (called.text, called.failed) == (output, failed)


async def test_c55_a_plain_tool_keeps_its_description_its_marks_and_its_own_results():
    @risky
    def drop(city: str) -> str:
        "Tell the weather."
        return f"{city} is gone"

    tool = plain_tool(drop)
    assert (tool.description, tool.risk, tool.idempotent) == ("Tell the weather.", "risky", False)
    assert tool.parameters == {"type": "object", "properties": {"city": {}}}
    made = await tool.call('{"city": "x"}', tool_context())
    assert await plain_tool(lambda: made).call("", tool_context()) == made


async def test_c55_calls_of_a_script_have_ids_of_their_own():
    twice = scripted([calling("weather", city="Rome"), calling("weather", city="Rome"), "Done."])
    await run_team(Team(agents=[assistant("a", tools=[weather])]), "Weather?", model=twice)
    ids = [call.id for one in twice.requests[-1].messages for call in one.calls]
    assert len(set(ids)) == 2


async def test_c55_files_come_with_their_content_and_each_once():
    plot = NamedFile(name="plot.png", media_type="image/png", content=b"png")
    result = RunResult(status="ok", exit_code=0, output="", files=(plot,))
    seen: list[CodeRun] = []

    def code(request: CodeRun) -> RunResult:
        seen.append(request)
        return result

    team = Team(agents=[assistant("coder"), code_runner("runner")], speakers=round_robin, termination=max_turns(2))
    model = scripted(["```python\nprint(1)\n```"])
    run = await run_team(team, "Plot.", model=model, sandbox=FakeSandbox(code))  # type: ignore[arg-type]
    assert run.files == (plot,)
    assert len(seen) == 1


async def test_c55_more_messages_than_a_transcript_holds_are_all_there():
    def count_on(transcript: Transcript) -> str:
        return str(len(transcript.messages))

    agents = [function_agent("a", count_on), function_agent("b", count_on)]
    team = Team(
        agents=agents, speakers=round_robin, termination=max_turns(800), limits=Limits(agent_turns_without_a_person=900)
    )
    run = await run_team(team, "Count.")
    assert len(run.messages) == 801
    assert len(run.speakers) == 800


@pytest.mark.parametrize("words", ["/where", "/status", "/help"])
async def test_c55_commands_are_answered_and_are_no_messages(words: str):
    run = await run_team(Team(agents=[function_agent("a", lambda t: None)]), "Hello.", replies=[words])
    assert texts(run) == [("ana", "Hello.")]


async def test_c55_the_team_of_a_run_cannot_be_changed_but_commands_work():
    run = await run_team(Team(agents=[function_agent("a", lambda t: "Hi.")], name="mine"), "Hello.", replies=["/stop"])
    assert "stopped" in run.stop_reason
    for words in ("/use other", "/leave"):
        with pytest.raises(WrongUse, match="stays the one that it was given"):
            await run_team(Team(agents=[function_agent("a", lambda t: "Hi.")]), "Hello.", replies=[words])


def test_a_scripted_model_is_a_fake_model():
    assert isinstance(scripted([]), FakeModel)
    assert isinstance(plain_tool(weather), Tool)


async def test_one_model_serves_the_agents_of_nested_teams_and_functions_beside_them():
    inner = Team(agents=[assistant("inner", model="other")])
    run = await run_team(Team(agents=[nested("society", inner), echoing()]), "Hi.", model=scripted(["Inner words."]))
    assert [message.text for message in run.messages][:2] == ["Hi.", "Inner words."]


def echoing() -> Agent:
    class Echo:
        profile = profile_of("echo")

        async def act(self, turn: Turn) -> Acts:
            if turn.transcript.last.by == "agent:society":
                yield Said(text=turn.transcript.last.text)

    return Echo()
