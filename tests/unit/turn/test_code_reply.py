"""Running code that others wrote, in the sandbox (C2, C23, P24, P26)."""

import pytest
from msgspec.structs import replace

from agents import Team, code_runner
from agents.log.code_blocks import RUN_CODE, CodeBlock
from agents.log.events import UNKNOWN, Said, ToolCalled, ToolReturned, TurnStarted
from agents.log.files import FileRef, NamedFile
from agents.log.records import Entry
from agents.ports import RunResult
from agents.team.binding import Binding
from agents.testing import FakeSandbox
from agents.turn.code_reply import MAX_INPUT_FILES
from agents.turn.turn import ApprovalMode, Brief
from tests.unit.house import ANA, BOB, LOBBY, House, says

PRINT = "```python\nprint(1)\n```"
RAN = "exitcode: 0 (execution succeeded)\nCode output: 1\n"
RUNNER = "agent:runner"


def runner(
    *texts: str, sandbox: FakeSandbox | None = None, approval: ApprovalMode = "risky", sources: tuple[str, ...] = ()
) -> House:
    """A room in which a coder says these texts and a runner runs them."""
    team = Team(agents=[says("coder", *texts), code_runner("runner", sources=sources)])
    return House(
        Binding(team=team, brief=Brief(approval=approval)), sandbox=sandbox or FakeSandbox(lambda block: "1\n")
    )


def ran(house: House) -> list[list[CodeBlock]]:
    assert isinstance(house.ports.sandbox, FakeSandbox)
    return [list(run.blocks) for run in house.ports.sandbox.runs]


async def test_c23_new_code_runs_once_and_what_came_of_it_is_said():
    house = runner(PRINT)
    assert await house.hears("go") == [("coder", PRINT), ("runner", RAN)]
    assert ran(house) == [[CodeBlock(language="python", code="print(1)")]]
    (called,), (returned,) = await house.events(ToolCalled), await house.events(ToolReturned)
    assert isinstance(called, ToolCalled)
    assert isinstance(returned, ToolReturned)
    assert (called.tool, returned.output, returned.exit_code, returned.failed) == (RUN_CODE, "1\n", 0, False)
    await house.hears("thanks")
    assert len(ran(house)) == 1


async def test_c23_all_blocks_of_a_message_run_in_order_as_one_run():
    house = runner("first this\n```py\na\n```\nthen\n```py\nb\n```")
    await house.hears("go")
    assert [[block.code for block in run] for run in ran(house)] == [["a", "b"]]


async def test_c23_a_failure_is_read_by_the_others_as_it_was():
    house = runner(PRINT, sandbox=FakeSandbox(lambda block: RunResult(status="error", exit_code=3, output="oops")))
    assert (await house.hears("go"))[-1] == ("runner", "exitcode: 3 (execution failed)\nCode output: oops")
    assert (await house.transcript()).runs[0].failed


async def test_c23_a_block_that_cannot_run_is_explained_with_or_without_others():
    house = runner("```python\nprint(1)")
    unclosed = "Block 1 was not run: its fence is not closed; write the whole block again."
    assert (await house.hears("go"))[-1] == ("runner", unclosed)
    assert ran(house) == []
    house = runner(f"```ruby\nputs 1\n```\n{PRINT}")
    (_, (_, note), result) = await house.hears("go")
    assert note.startswith("Block 1 was not run: ruby")
    assert result == ("runner", RAN)


@pytest.mark.parametrize("text", ["It is 42.", "```json\n{}\n```", "```text\n42\n```"])
async def test_c23_text_without_a_program_is_none_of_the_runners_business(text: str):
    house = runner(text)
    assert await house.hears("go") == [("coder", text)]


async def test_c2_only_named_sources_are_run():
    house = runner(PRINT, sources=("coder",))
    await house.hears("```py\nby_ana\n```")
    assert [[block.code for block in run] for run in ran(house)] == [["print(1)"]]
    house = runner(PRINT, sources=(ANA.id,))
    await house.hears("```py\nby_ana\n```")
    assert [[block.code for block in run] for run in ran(house)] == [["by_ana"]]


async def test_c23_without_an_engine_code_is_shown_not_run_and_the_room_says_how_to_enable_it():
    house = runner(PRINT)
    house.ports = replace(house.ports, sandbox=None)
    house.restart()
    await house.hears("go")
    (reason,) = await house.stops()
    assert reason.startswith("runner could not answer: Code is shown, not run, because no Docker engine is configured")
    (returned,) = await house.events(ToolReturned)
    assert isinstance(returned, ToolReturned)
    assert (returned.failed, returned.exit_code) == (True, None)


async def test_p24_the_rooms_files_lie_in_the_workspace_and_new_ones_are_kept():
    plot = NamedFile(name="plot.png", media_type="image/png", content=b"png")
    house = runner(
        PRINT, sandbox=FakeSandbox(lambda block: RunResult(status="ok", exit_code=0, output="", files=(plot,)))
    )
    old, new, hidden = [await house.ports.store.files.put(content) for content in (b"old", b"new", b"hidden")]

    def table(sha256: str, name: str = "data.csv") -> FileRef:
        return FileRef(sha256=sha256, name=name, media_type="text/csv", size=3)

    await house.says("one", files=(table(old),))
    await house.says("two", files=(table(new),))
    await house.says("psst", files=(table(hidden, "hidden.csv"),), audience=(BOB.id,))
    await house.run()
    assert isinstance(house.ports.sandbox, FakeSandbox)
    (run,) = house.ports.sandbox.runs
    assert [(file.name, file.content) for file in run.files] == [("data.csv", b"new")]
    assert (run.room, run.timeout) == (LOBBY, 30.0)
    (file,) = (await house.transcript()).last.files
    assert (file.name, await house.ports.store.files.get(file.sha256)) == ("plot.png", b"png")


async def test_the_workspace_holds_only_so_many_files_of_before():
    house = runner(PRINT)
    sha256 = await house.ports.store.files.put(b"x")
    many = tuple(FileRef(sha256=sha256, name=f"{n}", media_type="t/t", size=1) for n in range(MAX_INPUT_FILES + 5))
    await house.says("look", files=many)
    await house.run()
    assert isinstance(house.ports.sandbox, FakeSandbox)
    assert len(house.ports.sandbox.runs[0].files) == MAX_INPUT_FILES


# Approval


@pytest.mark.parametrize(("mode", "asks"), [("never", False), ("risky", False), ("always", True)])
async def test_p26_sealed_code_is_asked_about_only_where_everything_is(mode: ApprovalMode, asks: bool):
    house = runner(PRINT, approval=mode)
    await house.hears("go")
    assert bool((await house.transcript()).open_questions) == asks
    assert bool(ran(house)) != asks


async def test_p26_approved_code_runs_as_it_was_shown():
    house = runner(PRINT, approval="always")
    await house.hears("go")
    (question,) = (await house.transcript()).open_questions
    assert PRINT in question.asked.text
    await house.answers(question.seq, option="Approve")
    await house.run()
    assert (await house.talk())[-1] == ("runner", RAN)
    (called,) = await house.events(ToolCalled)
    assert isinstance(called, ToolCalled)
    assert called.approval == question.seq


async def test_p26_edited_code_runs_as_edited_and_rejected_code_does_not():
    house = runner(PRINT, approval="always")
    await house.hears("go")
    await house.answers(await house.question(), "print(2)", option="Edit")
    await house.run()
    assert ran(house) == [[CodeBlock(language="python", code="print(2)")]]
    house = runner(PRINT, approval="always")
    await house.hears("go")
    await house.answers(await house.question(), "too dangerous", option="Reject")
    await house.run()
    assert (await house.talk())[-1] == ("runner", "The code was not run. It was rejected: too dangerous")
    assert ran(house) == []


async def test_p26_while_the_question_is_open_nothing_else_is_run():
    house = runner(PRINT, approval="always")
    await house.hears("go")
    await house.hears("@runner what about this?\n```py\nother\n```")
    assert len((await house.transcript()).open_questions) == 1
    assert ran(house) == []


async def test_p26_another_image_needs_another_approval():
    house = runner(PRINT, approval="always")
    await house.hears("go")
    team = house.teams[LOBBY].team
    house.bind(LOBBY, Binding(team=team, brief=Brief(approval="always", image="other:1")))
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert ran(house) == []
    assert "what would run now is not what was asked about" in (await house.talk())[-1][1]


@pytest.mark.parametrize(("now", "runs"), [("session/1", 1), ("session/2", 0), ("", 0)])
async def test_p26_another_state_of_the_session_needs_another_approval(now: str, runs: int):
    sandbox = FakeSandbox(lambda block: "1\n")
    sandbox.states[LOBBY] = "session/1"
    house = runner(PRINT, approval="always", sandbox=sandbox)
    await house.hears("go")
    sandbox.states[LOBBY] = now
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert len(ran(house)) == runs


# After a crash


async def crashed(house: House, *events: object) -> None:
    """The runner's turn on the coder's words did this and never ended."""
    await house.ports.store.log.append(LOBBY, [Entry(event=Said(text=PRINT), by="agent:coder")])
    started = TurnStarted(speaker=RUNNER, upto=1, rung="r")
    entries = [Entry(event=event, by=RUNNER, turn=2) for event in events]  # type: ignore[arg-type]
    await house.ports.store.log.append(LOBBY, [Entry(event=started, by=RUNNER), *entries])


ARGUMENTS = '{"blocks": [{"language": "python", "code": "print(1)"}]}'
STARTED = ToolCalled(call="run_code-2", tool=RUN_CODE, arguments=ARGUMENTS)


async def test_code_that_a_crash_cut_off_is_not_run_again_and_the_room_is_told():
    house = runner()
    await crashed(house, STARTED)
    await house.run()
    assert ran(house) == []
    assert (await house.talk())[-1] == ("runner", f"The code was started before, and how it ended is {UNKNOWN}.")


async def test_code_whose_result_was_kept_before_the_crash_is_not_run_again_but_told():
    house = runner()
    await crashed(house, STARTED, ToolReturned(call="run_code-2", output="1\n", exit_code=0, files=()))
    await house.run()
    assert ran(house) == []
    assert (await house.talk())[-1] == ("runner", RAN)


async def test_code_of_which_nothing_was_started_before_the_crash_runs_now():
    house = runner()
    await crashed(house)
    await house.run()
    assert len(ran(house)) == 1


async def test_other_code_of_a_crashed_turn_does_not_keep_new_code_from_running():
    house = runner()
    await crashed(house, ToolCalled(call="run_code-2", tool=RUN_CODE, arguments='{"blocks": []}'))
    await house.run()
    assert len(ran(house)) == 1


async def test_p26_approved_code_that_a_crash_cut_off_needs_a_new_approval_and_the_room_is_told():
    house = runner(PRINT, approval="always")
    await house.hears("go")
    question = await house.question()
    await house.answers(question, option="Approve")
    seq = (await house.transcript()).seq
    (asked,) = [one for one in (await house.transcript()).questions if one.asked.pending]
    assert asked.asked.pending is not None
    called = ToolCalled(call="x", tool=RUN_CODE, arguments=asked.asked.pending.arguments, approval=question)
    started = TurnStarted(speaker=RUNNER, upto=seq, rung="answered")
    begun = [Entry(event=started, by=RUNNER), Entry(event=called, by=RUNNER, turn=seq + 1)]
    await house.ports.store.log.append(LOBBY, begun)
    await house.run()
    assert ran(house) == []
    assert (await house.talk())[-1] == ("runner", f"The code was started before, and how it ended is {UNKNOWN}.")


async def test_c23_the_same_code_in_a_new_message_runs_again():
    outputs = iter(["1\n", "2\n", "3\n"])
    team = Team(agents=[code_runner("runner")])
    house = House(Binding(team=team), sandbox=FakeSandbox(lambda block: next(outputs)))
    words_of_ana = ("@runner run it", "@runner data.csv is new, run it", "@runner again")
    said = [(await house.hears(f"{words}\n{PRINT}"))[-1][1] for words in words_of_ana]
    assert [text.split()[-1] for text in said] == ["1", "2", "3"]
