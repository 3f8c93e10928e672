"""Tool calls, questions to people, approvals (C3, C5, C22, P26)."""

import asyncio

import pytest

from agents import Team, Tool, ToolContext, ToolResult, assistant, round_robin
from agents.log.events import UNKNOWN, Asked, ToolCalled, ToolReturned, TurnStarted
from agents.log.files import NamedFile
from agents.log.records import Entry
from agents.team.binding import Binding
from agents.turn.turn import ApprovalMode, Brief
from tests.unit.house import ANA, BOB, LOBBY, Bell, House, calls, let_others, says, tool

DELETE = tool("delete", "deleted", risk="risky")


def one(*answers: object, tools: tuple[Tool, ...], approval: ApprovalMode = "risky") -> House:
    """A room with one assistant that has these tools, and people in it."""
    team = Team(agents=[assistant("planner", tools=tools)])
    return House(Binding(team=team, brief=Brief(approval=approval)), models=answers)


async def test_c22_a_safe_tool_runs_at_once_and_its_result_is_read_by_the_model():
    house = one(calls(("search", '{"q": "x"}')), "Found: 42.", tools=(tool("search", lambda text: f"got {text}"),))
    assert await house.hears("go") == [("planner", "Found: 42.")]
    assert await house.called() == [("search", '{"q": "x"}')]
    assert house.prompts[1][1:] == [("assistant", ""), ("tool", 'got {"q": "x"}')]


async def test_c22_parallel_calls_are_started_first_and_run_side_by_side():
    bells = Bell(), Bell()
    tools = (tool("one", "1", bell=bells[0]), tool("two", "2", bell=bells[1]))
    house = one(calls(("one", "{}"), ("two", "{}")), "Both.", tools=tools)
    await house.says("go")
    async with house.running():
        for bell in bells:
            await bell.rung.wait()
        assert [tool for tool, _ in await house.called()] == ["one", "two"]
        assert await house.returned() == []
        for bell in reversed(bells):
            bell.go_on.set()
    assert await house.returned() == ["1", "2"]


async def test_c22_an_unknown_tool_and_bad_arguments_come_back_to_the_model_as_errors():
    async def picky(arguments: str, context: ToolContext) -> ToolResult:
        return ToolResult(text=f"{arguments!r} is no JSON object; write one.", failed=True)

    search = Tool(name="search", description="", parameters={}, call=picky)
    house = one(calls(("serch", "{}")), calls(("search", "nonsense"), prefix="again"), "Sorry.", tools=(search,))
    assert await house.hears("go") == [("planner", "Sorry.")]
    assert await house.returned() == [
        "There is no tool 'serch'; use one of those you were offered.",
        "'nonsense' is no JSON object; write one.",
    ]
    assert all(run.failed for run in (await house.transcript()).runs)


async def test_c22_a_tool_that_takes_too_long_has_failed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agents.turn.tool_calls.TOOL_SECONDS", 0.01)
    house = one(calls(("search", "{}")), "Never mind.", tools=(tool("search", bell=Bell()),))
    assert await house.hears("go") == [("planner", "Never mind.")]
    assert await house.returned() == ["search did not finish within 0 seconds."]


async def test_c22_files_of_a_tool_are_kept_before_an_event_names_them():
    async def plot(arguments: str, context: ToolContext) -> ToolResult:
        return ToolResult(text="drawn", files=(NamedFile(name="a.png", media_type="image/png", content=b"png"),))

    house = one(calls(("plot", "{}")), "Look.", tools=(Tool(name="plot", description="", parameters={}, call=plot),))
    await house.hears("go")
    (returned,) = await house.events(ToolReturned)
    assert isinstance(returned, ToolReturned)
    (file,) = returned.files
    assert (file.name, file.media_type, file.size) == ("a.png", "image/png", 3)
    assert await house.ports.store.files.get(file.sha256) == b"png"


# Approvals


@pytest.mark.parametrize(("mode", "asks"), [("never", []), ("risky", ["delete"]), ("always", ["search", "delete"])])
async def test_p26_approval_is_asked_by_risk(mode: ApprovalMode, asks: list[str]):
    house = one(calls(("search", "{}"), ("delete", "{}")), "Done.", tools=(tool("search"), DELETE), approval=mode)
    await house.hears("go")
    questions = (await house.transcript()).open_questions
    assert [one.asked.pending.tool for one in questions if one.asked.pending] == asks
    assert all(one.asked.options == ("Approve", "Edit", "Reject") for one in questions)


async def test_p26_an_approved_call_runs_once_and_names_the_approval_it_used_up():
    house = one(calls(("delete", '{"id": 7}')), "Gone.", tools=(DELETE,))
    await house.hears("go")
    assert (await house.called(), await house.outcomes()) == ([], ["asked"])
    question = await house.question()
    await house.answers(question, option="Approve")
    await house.run()
    (called,) = await house.events(ToolCalled)
    assert called == ToolCalled(call="call-1", tool="delete", arguments='{"id": 7}', approval=question)
    assert (await house.talk())[-1] == ("planner", "Gone.")


async def test_p26_an_edited_call_runs_as_edited():
    house = one(calls(("delete", '{"id": 7}')), "Gone.", tools=(DELETE,))
    await house.hears("go")
    await house.answers(await house.question(), '{"id": 8}', option="Edit")
    await house.run()
    assert await house.called() == [("delete", '{"id": 8}')]


async def test_c3_text_over_a_pending_call_rejects_it_with_that_reason():
    house = one(calls(("delete", "{}")), "I will not.", tools=(DELETE,))
    await house.hears("go")
    await house.answers(await house.question(), "not that one", option="Reject")
    await house.run()
    assert await house.returned() == ["It was rejected: not that one"]
    assert (await house.talk())[-1] == ("planner", "I will not.")
    assert house.prompts[1][-1] == ("tool", "It was rejected: not that one")


async def test_p26_two_approvals_of_one_answer_are_decided_one_by_one():
    house = one(calls(("delete", '{"id": 1}'), ("delete", '{"id": 2}')), "Done.", tools=(DELETE,))
    await house.hears("go")
    first, second = (await house.transcript()).open_questions
    await house.answers(second.seq, option="Approve")
    await house.run()
    assert await house.called() == [("delete", '{"id": 2}')]
    assert len(house.model.requests) == 1
    await house.answers(first.seq, option="Reject")
    await house.run()
    assert await house.returned() == ["deleted", "It was rejected."]
    assert (await house.talk())[-1] == ("planner", "Done.")


async def test_p26_safe_calls_of_the_same_answer_do_not_wait():
    house = one(calls(("search", "{}"), ("delete", "{}")), "Done.", tools=(tool("search"), DELETE))
    await house.hears("go")
    assert await house.called() == [("search", "{}")]


async def test_p26_an_approval_for_a_tool_that_is_gone_does_nothing():
    house = one(calls(("delete", "{}")), "Fine.", tools=(DELETE,))
    await house.hears("go")
    house.bind(LOBBY, Team(agents=[assistant("planner")]))
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert await house.called() == []
    assert (await house.talk())[-1] == ("planner", "Fine.")


async def test_p26_an_approval_survives_a_restart_and_is_used_up_once():
    house = one(calls(("delete", "{}")), "Gone.", "Hello.", tools=(DELETE,))
    await house.hears("go")
    house.restart()
    await house.answers(await house.question(), option="Approve")
    await house.run()
    house.restart()
    await house.hears("and?")
    assert await house.called() == [("delete", "{}")]


# After a crash


async def crashed(house: House, *events: object, upto: int = 2) -> int:
    """Somebody's words, then a turn of the planner that did this and never ended."""
    await house.says("go")
    started = TurnStarted(speaker="agent:planner", upto=upto, rung="r")
    (record,) = await house.ports.store.log.append(LOBBY, [Entry(event=started, by="agent:planner")])
    entries = [Entry(event=event, by="agent:planner", turn=record.seq) for event in events]  # type: ignore[arg-type]
    await house.ports.store.log.append(LOBBY, entries)
    return record.seq


STARTED = ToolCalled(call="c", tool="search", arguments="{}")


async def test_a_call_that_a_crash_cut_off_is_not_repeated_and_the_model_decides():
    house = one("It is not known.", tools=(tool("search"),))
    await crashed(house, STARTED)
    await house.run()
    assert await house.returned() == [UNKNOWN]
    assert house.prompts[0][-1] == ("tool", UNKNOWN)


async def test_an_idempotent_call_is_repeated_with_the_same_id():
    house = one("Found.", tools=(tool("search", "found", idempotent=True),))
    await crashed(house, STARTED)
    await house.run()
    assert await house.events(ToolCalled) == [STARTED, STARTED]
    assert await house.returned() == [UNKNOWN, "found"]
    assert house.prompts[0][1:] == [("assistant", ""), ("tool", "found")]


async def test_p26_after_a_crash_a_risky_call_is_not_repeated_without_a_new_approval():
    house = one("It is not known.", tools=(tool("search", risk="risky", idempotent=True),))
    await crashed(house, STARTED)
    await house.run()
    assert await house.returned() == [UNKNOWN]


async def test_p26_an_approved_call_that_a_crash_cut_off_is_not_run_again():
    house = one(calls(("delete", "{}")), "It is not known.", tools=(DELETE,))
    await house.hears("go")
    question = await house.question()
    await house.answers(question, option="Approve")
    seq = (await house.transcript()).seq
    started = TurnStarted(speaker="agent:planner", upto=seq, rung="answered")
    called = ToolCalled(call="call-1", tool="delete", arguments="{}", approval=question)
    await house.ports.store.log.append(
        LOBBY, [Entry(event=started, by="agent:planner"), Entry(event=called, by="agent:planner", turn=seq + 1)]
    )
    await house.run()
    assert await house.returned() == [UNKNOWN]
    assert (await house.talk())[-1] == ("planner", "It is not known.")


# Questions to people


async def test_c5_an_agent_asks_and_goes_on_with_the_answer():
    house = one(
        calls(("ask_person", '{"question": "Which city?", "options": ["Madrid", "Rome"]}')), "Madrid!", tools=()
    )
    await house.hears("go")
    (question,) = (await house.transcript()).open_questions
    assert (question.asked.text, question.asked.options, question.asked.of) == ("Which city?", ("Madrid", "Rome"), ())
    await house.answers(question.seq, option="Madrid")
    await house.run()
    assert house.prompts[1][1:] == [("assistant", ""), ("tool", "Ana: Madrid")]
    assert (await house.talk())[-2:] == [("Ana", "Madrid"), ("planner", "Madrid!")]


async def test_c5_a_single_option_may_be_given_as_a_text():
    house = one(calls(("ask_person", '{"question": "Ready?", "options": "Yes"}')), tools=())
    await house.hears("go")
    (question,) = (await house.transcript()).open_questions
    assert question.asked.options == ("Yes",)


@pytest.mark.parametrize("person", ["Bob", "bob", BOB.id])
async def test_c5_an_agent_asks_one_named_person(person: str):
    house = one(calls(("ask_person", f'{{"question": "Well?", "person": "{person}"}}')), tools=())
    await house.says("hello", BOB)
    await house.hears("go")
    (question,) = (await house.transcript()).open_questions
    assert question.asked.of == (BOB.id,)


async def test_c5_asking_somebody_who_is_not_here_is_an_error_that_names_who_is():
    house = one(calls(("ask_person", '{"question": "Well?", "person": "Zoe"}')), "Nobody, then.", tools=())
    assert await house.hears("go") == [("planner", "Nobody, then.")]
    assert await house.returned() == ["Nobody called 'Zoe' is here; the people present are: Ana."]


@pytest.mark.parametrize(
    "arguments", ["nonsense", "{}", '{"question": " "}', "[]", '{"question": "x", "options": 3}', '{"question": 3}']
)
async def test_c5_a_question_that_cannot_be_read_is_an_error_that_shows_how(arguments: str):
    house = one(calls(("ask_person", arguments)), "Never mind.", tools=())
    assert await house.hears("go") == [("planner", "Never mind.")]
    assert await house.returned() == ['Give {"question": "...", "options": ["..."]} as a JSON object.']


async def test_c5_several_open_questions_of_one_agent_wait_for_all_answers():
    asked = calls(("ask_person", '{"question": "One?"}'), ("ask_person", '{"question": "Two?"}'))
    house = one(asked, "Thanks for both.", tools=())
    await house.hears("go")
    first, second = (await house.transcript()).open_questions
    await house.answers(second.seq, "2")
    await house.run()
    assert len(house.model.requests) == 1
    await house.answers(first.seq, "1")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Thanks for both.")
    assert [text for name, text in house.prompts[1] if name == "tool"] == ["Ana: 2", "Ana: 1"]


async def test_c35_while_an_agent_waits_others_go_on_and_it_answers_them():
    agents = [assistant("planner"), says("coder", "I go on.", "And on.")]
    answers = [calls(("ask_person", '{"question": "Well?"}')), "Fine.", "Still fine."]
    house = House(Team(agents=agents, speakers=round_robin(while_waiting="go_on")), models=answers)
    await house.says("hello", BOB)
    assert ("coder", "I go on.") in await house.hears("go")
    await house.hears("and?", BOB)
    assert isinstance((await house.transcript()).open_questions[0].asked, Asked)
    assert ("coder", "And on.") in await house.talk()
    assert ("planner", "Fine.") in await house.talk()


async def test_p5_tools_that_run_are_cancelled_by_a_stop():
    bell = Bell()
    cancelled = asyncio.Event()

    async def slow(arguments: str, context: ToolContext) -> ToolResult:
        try:
            await bell.wait()
        finally:
            cancelled.set()
        return ToolResult(text="never")

    house = one(calls(("slow", "{}")), tools=(Tool(name="slow", description="", parameters={}, call=slow),))
    await house.says("go")
    async with house.running():
        await bell.rung.wait()
        await house.says("/stop", ANA)
        await let_others()
    assert cancelled.is_set()
