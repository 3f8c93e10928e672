"""Requirement P26: approvals are bound to the exact call and decided by the answer alone."""

import json

import pytest
from msgspec.structs import replace

from agents.log.code_blocks import RUN_CODE, CodeBlock, to_arguments
from agents.log.events import Asked, Pending
from agents.log.transcript import Answer, Question
from agents.ports import ToolCall
from agents.turn.approvals import (
    OPTIONS,
    Approved,
    Rejected,
    decide,
    digest,
    needs_approval,
    pending,
    still_bound,
    verdict,
)

ROOM, AGENT = "web:lobby", "agent:runner"
PROGRAM = CodeBlock(language="python", code="print(1)", filename="one.py")
CODE = pending(ROOM, AGENT, ToolCall(id="1", tool=RUN_CODE, arguments=to_arguments((PROGRAM,))), image="sandbox:1")
TOOL = pending(ROOM, AGENT, ToolCall(id="2", tool="delete", arguments='{"name":"x"}'))


def answer(option: str | None = None, text: str = "", *, expired: bool = False) -> Answer:
    return Answer(seq=9, by="person:web/ana", text=text, option=option, expired=expired)


@pytest.mark.parametrize(
    ("mode", "safe", "risky"), [("never", False, False), ("risky", False, True), ("always", True, True)]
)
def test_p26_approval_is_tiered_by_risk(mode: str, safe: bool, risky: bool) -> None:
    assert needs_approval(mode, "safe") is safe
    assert needs_approval(mode, "risky") is risky


def test_p26_the_same_call_has_the_same_digest_for_ever() -> None:
    assert digest(room="r", agent="agent:a", tool="t", arguments="{}", image="i") == (
        "3ebda573ba2425094e089e58e43e7bf666731249847c01781db0a8c19ce7547a"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"room": "web:other"},
        {"agent": "agent:other"},
        {"tool": "other"},
        {"image": "sandbox:2"},
        {"state": "session/1"},
        {"arguments": to_arguments((CodeBlock(language="python", code="print(2)", filename="one.py"),))},
        {"arguments": to_arguments((CodeBlock(language="sh", code="print(1)", filename="one.py"),))},
        {"arguments": to_arguments((CodeBlock(language="python", code="print(1)", filename="two.py"),))},
        {"arguments": to_arguments((PROGRAM, PROGRAM))},
    ],
)
def test_p26_an_approval_is_bound_to_every_part_of_the_call(other: dict[str, str]) -> None:
    same = {"room": ROOM, "agent": AGENT, "tool": RUN_CODE, "arguments": CODE.arguments, "image": "sandbox:1"}
    assert digest(**same) == CODE.digest
    assert digest(**{**same, **other}) != CODE.digest


def test_p26_neighbouring_parts_cannot_be_shifted_into_each_other() -> None:
    one = digest(room="r", agent="agent:a", tool="ab", arguments="c")
    assert one != digest(room="r", agent="agent:a", tool="a", arguments="bc")


def test_p26_an_approval_does_not_outlive_a_run_that_changed_the_state() -> None:
    bound = digest(room=ROOM, agent=AGENT, tool=CODE.tool, arguments=CODE.arguments, image="i", state="session/1")
    waiting = replace(CODE, digest=bound)
    assert still_bound(waiting, room=ROOM, agent=AGENT, image="i", state="session/1")
    assert not still_bound(waiting, room=ROOM, agent=AGENT, image="i", state="session/2")
    assert not still_bound(waiting, room=ROOM, agent=AGENT, image="i")


def test_p26_an_approval_does_not_outlive_a_change_of_the_image() -> None:
    assert still_bound(CODE, room=ROOM, agent=AGENT, image="sandbox:1")
    assert not still_bound(CODE, room=ROOM, agent=AGENT, image="sandbox:2")


@pytest.mark.parametrize("given", [answer("Approve"), answer(text=" approve "), answer("Approve", "looks good")])
def test_p26_approving_runs_exactly_what_was_asked(given: Answer) -> None:
    assert decide(CODE, given) == Approved(arguments=CODE.arguments)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer("Reject"), "It was rejected."),
        (answer(text="REJECT"), "It was rejected."),
        (answer("Reject", "too slow"), "It was rejected: too slow"),
        (answer(text="approve it, I think"), "It was rejected: approve it, I think"),
        (answer("Reject", "approve"), "It was rejected: approve"),
        (answer(), "It was rejected."),
        (answer("Approve", expired=True), "Nobody approved it in time."),
    ],
)
def test_p26_everything_but_a_clear_yes_rejects_with_its_reason(given: Answer, reason: str) -> None:
    assert decide(CODE, given) == Rejected(reason=reason)


def test_p26_bare_text_replaces_the_code_of_the_one_block() -> None:
    edited = to_arguments((CodeBlock(language="python", code="s = '''\n```\n'''", filename="one.py"),))
    assert decide(CODE, answer("Edit", "s = '''\n```\n'''")) == Approved(arguments=edited)


def test_p26_fenced_text_replaces_all_blocks() -> None:
    edited = to_arguments((CodeBlock(language="sh", code="ls"), CodeBlock(language="python", code="x")))
    assert decide(CODE, answer("Edit", "\n```sh\nls\n```\n```py\nx\n```")) == Approved(arguments=edited)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "```python\nx", "```python\n```", "```js\nx\n```", "```python\n# filename: ../x\n1\n```"],
)
def test_p26_an_edit_that_cannot_run_as_a_whole_is_a_rejection_that_says_why(text: str) -> None:
    verdict = decide(CODE, answer("Edit", text))
    assert isinstance(verdict, Rejected)
    assert verdict.reason.startswith("It was not run, because the edited text cannot be: ")


def test_p26_bare_text_cannot_stand_for_several_blocks() -> None:
    two = pending(ROOM, AGENT, ToolCall(id="1", tool=RUN_CODE, arguments=to_arguments((PROGRAM, PROGRAM))))
    assert isinstance(decide(two, answer("Edit", "x")), Rejected)


def test_p26_a_tools_arguments_are_edited_as_a_json_object() -> None:
    assert decide(TOOL, answer("Edit", '{"name": "y"}')) == Approved(arguments='{"name": "y"}')


@pytest.mark.parametrize("text", ["", "y", "[1]", "[" * 100_000])
def test_p26_other_text_is_no_edit_of_a_tools_arguments(text: str) -> None:
    assert isinstance(decide(TOOL, answer("Edit", text)), Rejected)


def test_p26_a_damaged_record_of_code_is_not_run() -> None:
    damaged = Pending(call="1", tool=RUN_CODE, arguments="{}", digest="")
    assert isinstance(decide(damaged, answer("Edit", "x")), Rejected)


def test_p26_the_buttons_are_approve_edit_and_reject() -> None:
    assert OPTIONS == ("Approve", "Edit", "Reject")


def test_p26_arguments_of_a_call_stay_as_the_model_wrote_them() -> None:
    assert json.loads(TOOL.arguments) == {"name": "x"}
    assert TOOL.call == "2"


def question(waiting: Pending | None, given: Answer | None, *, by: str = AGENT) -> Question:
    return Question(seq=7, by=by, turn=5, asked=Asked(text="Run it?", kind="approval", pending=waiting), answer=given)


def test_p26_an_approved_call_may_run_in_its_room_and_image() -> None:
    allowed = verdict(question(CODE, answer("Approve")), room=ROOM, image="sandbox:1")
    assert allowed == Approved(arguments=CODE.arguments)


@pytest.mark.parametrize(
    ("by", "room", "image"),
    [(AGENT, ROOM, "sandbox:2"), (AGENT, "web:other", "sandbox:1"), ("agent:other", ROOM, "sandbox:1")],
)
def test_p26_an_approval_of_something_else_allows_nothing(by: str, room: str, image: str) -> None:
    refused = verdict(question(CODE, answer("Approve"), by=by), room=room, image=image)
    assert refused == Rejected(reason="It was not run, because what would run now is not what was asked about.")


@pytest.mark.parametrize(("waiting", "given"), [(None, answer("Approve")), (CODE, None)])
def test_p26_only_an_answered_approval_has_a_verdict(waiting: Pending | None, given: Answer | None) -> None:
    with pytest.raises(ValueError, match="question 7 is no answered approval"):
        verdict(question(waiting, given), room=ROOM)
