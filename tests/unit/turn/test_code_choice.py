"""Which code is run, and what an approval of it holds for (C34, C36)."""

from collections.abc import Callable

import pytest

from agents import STOP, Team, Transcript, code_runner, function_agent, mentioned, round_robin
from agents.errors import WrongUse
from agents.log.code_blocks import RUN_CODE, code_blocks, to_arguments
from agents.log.events import Answered, Asked, Said
from agents.log.files import FileRef
from agents.log.records import Entry
from agents.ports import ToolCall
from agents.team.binding import Binding
from agents.team.policies import Policy
from agents.testing import FakeSandbox
from agents.turn import approvals
from agents.turn.code_reply import LONG_TEXT
from agents.turn.turn import ApprovalMode, Brief
from tests.unit.house import ANA, BOB, LOBBY, House, says

RUNNER = "agent:runner"


def python(code: str) -> str:
    return f"```python\n{code}\n```"


OLD, NEW = python("old"), python("new")


def a_team(
    *texts: str,
    approval: ApprovalMode = "never",
    sources: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
) -> House:
    """A coder that says these texts, a reviewer that says ``more``, and a runner; who is mentioned speaks."""
    agents = [says("coder", *texts), says("reviewer", *more), code_runner("runner", sources=sources)]
    team = Team(agents=agents, speakers=mentioned)
    return House(Binding(team=team, brief=Brief(approval=approval)), sandbox=FakeSandbox())


def ran(house: House) -> list[list[str]]:
    assert isinstance(house.ports.sandbox, FakeSandbox)
    return [[block.code for block in run.blocks] for run in house.ports.sandbox.runs]


async def spoken(house: House, *names: str) -> None:
    """These agents get the floor one after the other, because Ana mentions them."""
    for name in names:
        await house.hears(f"@{name} your turn")


# Which code runs


async def test_c34_what_was_refused_is_not_run_with_what_was_let_pass():
    refused, safe = python("import os; os.remove('x')"), python("print('safe')")

    def write(t: Transcript) -> str:
        return safe if any(one.text == "DANGER" for one in t.messages) else refused

    def judge(t: Transcript) -> str:
        return "DANGER" if "os.remove" in t.last.text else "SAFE"

    def pick(t: Transcript) -> object:
        if t.last.by.startswith("person") or t.last.text == "DANGER":
            return "writer"
        if t.last.by == "agent:writer":
            return "safeguard"
        return "runner" if t.last.text == "SAFE" else STOP

    agents = [function_agent("writer", write), function_agent("safeguard", judge), code_runner("runner")]
    house = House(Team(agents=agents, speakers=pick), sandbox=FakeSandbox())  # type: ignore[arg-type]
    await house.hears("go")
    assert ran(house) == [["print('safe')"]]


async def test_c34_a_sketch_in_the_plan_of_one_is_not_run_with_the_code_of_another():
    house = a_team(NEW, more=(OLD,))
    await spoken(house, "reviewer", "coder", "runner")
    assert ran(house) == [["new"]]


async def test_c34_words_after_the_code_do_not_keep_it_from_running():
    house = a_team(NEW, more=("Looks good. See `x`.\n```json\n{}\n```",))
    await spoken(house, "coder", "reviewer", "runner", "runner")
    assert ran(house) == [["new"]]


async def test_c34_code_that_its_author_has_begun_anew_is_not_run():
    house = a_team(OLD, "Better:\n```python\nnew")
    await spoken(house, "coder", "coder", "runner")
    assert ran(house) == []
    assert "its fence is not closed" in (await house.talk())[-1][1]


async def test_c34_code_that_its_author_has_taken_back_by_an_edit_is_not_run():
    house = a_team(sources=(ANA.id,))
    await house.hears(f"@reviewer {OLD}")
    await house.edits((await house.transcript()).last.seq, "@reviewer never mind")
    await spoken(house, "runner")
    assert ran(house) == []


async def test_c34_code_that_was_edited_is_run_as_it_is_now():
    house = a_team(sources=(ANA.id,))
    await house.hears(f"@reviewer look\n{OLD}")
    message = next(one for one in (await house.transcript()).messages if one.by == ANA.id)
    await house.edits(message.seq, f"@reviewer look\n{NEW}")
    await spoken(house, "runner")
    assert ran(house) == [["new"]]


async def test_c34_a_person_who_asks_what_code_does_has_nothing_run():
    house = House(Team(agents=[says("coder", "It deletes all."), code_runner("runner")]), sandbox=FakeSandbox())
    await house.hears(f"what does this do?\n{python('import shutil')}")
    assert ran(house) == []


@pytest.mark.parametrize("sources", [(), (ANA.id,), ("person:web/ana", "coder")])
async def test_c34_a_persons_code_runs_where_the_runner_is_told_or_the_person_is_a_source(sources: tuple[str, ...]):
    house = a_team(sources=sources)
    await house.hears(f"@runner please\n{NEW}")
    assert ran(house) == [["new"]]


async def test_c34_a_reply_to_the_runner_tells_it_to_run():
    house = a_team(OLD)
    await spoken(house, "coder", "runner")
    await house.hears(f"and this\n{NEW}", reply_to=(await house.transcript()).last.seq)
    assert ran(house) == [["old"], ["new"]]


async def test_c34_named_sources_are_all_that_is_run():
    house = a_team(sources=("coder",), more=(OLD,))
    await spoken(house, "reviewer")
    await house.hears(f"@runner please\n{NEW}")
    assert ran(house) == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("```ruby\nputs 1\n```", "ruby is not run here"),
        ("```js\nalert(1)\n```", "js is not run here"),
        ("```\nls -l\n```", "it names no language"),
        ("```sh\nls", "its fence is not closed"),
        (f"> {OLD}".replace("\n", "\n> "), "it is quoted"),
        ("- > ```sh\n  > ls\n  > ```", "it is quoted"),
        ("```python\n# filename: ../x.py\nx\n```", "which is not in the workspace"),
    ],
)
async def test_c34_where_no_code_can_be_run_the_runner_says_why(code: str, why: str):
    agents = [says("coder", code), code_runner("runner")]
    house = House(Team(agents=agents, speakers=round_robin), sandbox=FakeSandbox())
    said = await house.hears("go")
    assert [name for name, _ in said[:2]] == ["coder", "runner"]
    assert why in said[1][1]
    assert "\n" not in said[1][1]
    assert ran(house) == []


async def test_c34_long_messages_are_searched_for_code_too():
    house = a_team(f"{'words ' * LONG_TEXT}\n\n{NEW}")
    await spoken(house, "coder", "runner")
    assert ran(house) == [["new"]]


# Newer code while an approval is open


def on_code(t: Transcript) -> str | None:
    """The runner after code, else the coder after a person."""
    return "runner" if t.last.code else "coder" if t.last.by.startswith("person") else None


def numpy_team(policy: Policy | Callable[[Transcript], str | None] = on_code) -> House:
    coder = function_agent("coder", lambda t: NEW if "numpy" in t.last.text else OLD)
    team = Team(agents=[coder, code_runner("runner")], speakers=policy)
    return House(Binding(team=team, brief=Brief(approval="always")), sandbox=FakeSandbox())


async def test_c36_newer_code_makes_the_open_card_void_and_is_asked_about_itself():
    house = numpy_team()
    await house.hears("go")
    old = await house.question()
    await house.hears("no, use numpy")
    new = (await house.transcript()).open_questions
    assert [NEW in one.asked.text for one in new] == [True]
    with pytest.raises(WrongUse, match=r"out of date\. There is newer code now\."):
        await house.answers(old, option="Approve")
    await house.answers(new[0].seq, option="Approve")
    await house.run()
    assert ran(house) == [["new"]]
    assert (await house.transcript()).open_questions == ()


async def test_c36_code_that_came_just_before_the_approval_of_the_old_is_asked_about():
    house = a_team(OLD, NEW, approval="always")
    await spoken(house, "coder", "runner", "coder")
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert ran(house) == []
    assert (await house.talk())[-1] == (
        "runner", "The code was not run. There is newer code than what was approved.",
    )  # fmt: skip
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert ran(house) == [["new"]]


async def test_c36_code_that_came_just_before_the_rejection_of_the_old_is_asked_about():
    house = a_team(OLD, NEW, approval="always")
    await spoken(house, "coder", "runner", "coder")
    await house.answers(await house.question(), "use numpy", option="Reject")
    await house.run()
    assert (await house.talk())[-1] == ("runner", "The code was not run. It was rejected: use numpy")
    (question,) = (await house.transcript()).open_questions
    assert NEW in question.asked.text


@pytest.mark.parametrize(("again", "said"), [(OLD, []), ("Well?", []), ("```ruby\nx\n```", ["ruby"])])
async def test_c36_what_is_no_newer_program_leaves_the_card_open(again: str, said: list[str]):
    house = a_team(OLD, again, approval="always")
    await spoken(house, "coder", "runner", "coder")
    question, before = await house.question(), (await house.transcript()).seq
    await spoken(house, "runner")
    assert await house.question() == question
    notes = [text for name, text in await house.talk(after=before) if name == "runner"]
    assert [word in note for word, note in zip(said, notes, strict=True)] == [True] * len(said)
    await house.answers(question, option="Approve")
    await house.run()
    assert ran(house) == [["old"]]


async def test_c36_a_withdrawn_question_counts_as_nobodys_act():
    house = numpy_team()
    await house.hears("go")
    await house.hears("no, use numpy")
    withdrawn = [one for one in await house.events(Answered) if isinstance(one, Answered)]
    assert [one.withdrawn for one in withdrawn] == [True]
    assert [name for name, _ in await house.talk()] == ["Ana", "coder", "Ana", "coder"]
    assert (await house.transcript()).exchange.since_person == 1


# Files that an approval covers


async def attaches(house: House, name: str, content: bytes) -> None:
    sha256 = await house.ports.store.files.put(content)
    file = FileRef(sha256=sha256, name=name, media_type="text/x-python", size=len(content))
    await house.says(f"here is {name}", BOB, files=(file,))


def files_of_runs(house: House) -> list[dict[str, bytes]]:
    assert isinstance(house.ports.sandbox, FakeSandbox)
    return [{file.name: file.content for file in run.files} for run in house.ports.sandbox.runs]


async def test_c34_a_file_that_came_after_the_question_is_not_there_in_the_approved_run():
    house = a_team(NEW, approval="always")
    await attaches(house, "data.csv", b"1")
    await spoken(house, "coder", "runner")
    await attaches(house, "matplotlib.py", b"print('code of Bob')")
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert files_of_runs(house) == [{"data.csv": b"1"}]


@pytest.mark.parametrize("before", [1, 25])
async def test_c34_a_file_that_changed_after_the_question_keeps_the_code_from_running(before: int):
    house = a_team(NEW, approval="always")
    await attaches(house, "helper.py", b"old")
    await spoken(house, "coder", "runner")
    await attaches(house, "helper.py", b"new")
    for number in range(before):
        await attaches(house, f"{number}.csv", b"1")
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert ran(house) == []
    assert "the file helper.py has changed since it was asked about" in (await house.talk())[-1][1]


async def test_c34_a_file_that_was_deleted_after_the_question_keeps_the_code_from_running():
    house = a_team(NEW, approval="always")
    await attaches(house, "helper.py", b"old")
    message = (await house.transcript()).last.seq
    await spoken(house, "coder", "runner")
    await house.deletes(message, BOB)
    await house.answers(await house.question(), option="Approve")
    await house.run()
    assert ran(house) == []
    assert "the file helper.py is gone" in (await house.talk())[-1][1]


async def test_an_approval_that_the_first_version_asked_for_stays_bound():
    house = a_team(approval="always")
    call = ToolCall(id="run_code-2", tool=RUN_CODE, arguments=to_arguments(code_blocks(NEW).blocks))
    pending = approvals.pending(LOBBY, RUNNER, call)
    assert pending.files is None
    await attaches(house, "data.csv", b"1")
    asked = Asked(text="May it?", kind="approval", options=approvals.OPTIONS, pending=pending)
    coded = Entry(event=Said(text=NEW), by="agent:coder")
    (_, question) = await house.ports.store.log.append(LOBBY, [coded, Entry(event=asked, by=RUNNER)])
    await house.run()
    await house.answers(question.seq, option="Approve")
    await house.run()
    assert files_of_runs(house) == [{"data.csv": b"1"}]
