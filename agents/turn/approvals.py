"""What needs a person's approval, what the approval is bound to, and what an answer means.

The functions here only decide. The question itself is an `Asked` event in the log, and a `ToolCalled` event that names
it uses the approval up: a second start needs a second approval.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from agents.log.code_blocks import RUN_CODE, CodeBlock, code_blocks, from_arguments, to_arguments
from agents.log.events import Pending
from agents.log.files import FileRef
from agents.log.participants import ParticipantId
from agents.log.transcript import Answer, Question
from agents.ports import ToolCall
from agents.turn.turn import ApprovalMode

APPROVE = "Approve"
"""The option of an approval question that lets the call run."""

EDIT = "Edit"
"""The option of an approval question that lets the call run with the approver's own text in place of its arguments."""

REJECT = "Reject"
"""The option of an approval question that refuses the call; a reason may come with it."""

OPTIONS = (APPROVE, EDIT, REJECT)
"""The buttons of an approval question, in the order in which people see them."""


class Approved(Struct, frozen=True, kw_only=True):
    """The call may run once, with ``arguments``: those that were asked about, or what the approver made of them."""

    arguments: str


class Rejected(Struct, frozen=True, kw_only=True):
    """The call may not run; ``reason`` is a sentence for the model."""

    reason: str


Verdict: TypeAlias = Approved | Rejected


def needs_approval(mode: ApprovalMode, risk: Literal["safe", "risky"]) -> bool:
    """Whether a call of this risk waits for an approver."""
    return mode == "always" or (mode == "risky" and risk == "risky")


def digest(
    *,
    room: str,
    agent: ParticipantId,
    tool: str,
    arguments: str,
    image: str = "",
    state: str = "",
    files: Sequence[FileRef] | None = None,
) -> str:
    """What an approval is bound to, as 64 hexadecimal digits; anything else that is to run needs another approval.

    For code, ``arguments`` holds every block with its language and file name (`agents.log.code_blocks.to_arguments`),
    ``image`` is the sandbox image, ``state`` names what earlier runs left for this one (`agents.ports.Sandbox.state`),
    and ``files`` are those that lie in its workspace.
    """
    # No empty state and no files: approvals that were asked for before there were any stay bound.
    parts: list[object] = [room, agent, tool, arguments, image, *([state] if state else [])]
    if files is not None:
        parts.append([[file.name, file.sha256] for file in files])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def pending(
    room: str,
    agent: ParticipantId,
    call: ToolCall,
    *,
    image: str = "",
    state: str = "",
    files: tuple[FileRef, ...] | None = None,
) -> Pending:
    """The call as it waits for approval in an `Asked`; of code with the ``files`` that lie in its workspace."""
    asked = {"tool": call.tool, "arguments": call.arguments, "image": image, "state": state}
    bound = digest(room=room, agent=agent, **asked, files=files)
    return Pending(call=call.id, tool=call.tool, arguments=call.arguments, digest=bound, files=files, echo=call.echo)


def still_bound(waiting: Pending, *, room: str, agent: ParticipantId, image: str = "", state: str = "") -> bool:
    """Whether what would run here and now is what was asked about: false, for example, after the image was changed."""
    call = {"tool": waiting.tool, "arguments": waiting.arguments}
    return waiting.digest == digest(room=room, agent=agent, **call, image=image, state=state, files=waiting.files)


def verdict(
    question: Question,
    *,
    room: str,
    image: str = "",
    state: str = "",
    files: Mapping[str, FileRef] | None = None,
) -> Verdict:
    """What an answered approval question allows here and now, where the room has these ``files`` by their names.

    Raises ValueError for a question that has no answer yet, or that is not about a call.
    """
    waiting, answer = question.asked.pending, question.answer
    if waiting is None or answer is None:
        raise ValueError(f"question {question.seq} is no answered approval")
    if not still_bound(waiting, room=room, agent=question.by, image=image, state=state):
        return Rejected(reason="It was not run, because what would run now is not what was asked about.")
    for file in waiting.files or ():
        now = (files or {}).get(file.name)
        if now is None or now.sha256 != file.sha256:
            has = "is gone" if now is None else "has changed"
            return Rejected(reason=f"It was not run, because the file {file.name} {has} since it was asked about.")
    return decide(waiting, answer)


def decide(waiting: Pending, answer: Answer) -> Verdict:
    """What the answer to an approval question means.

    Only the option *Approve*, or a text that is exactly its name, approves. Any other text is a refusal and its reason.
    """
    if answer.expired:
        return Rejected(reason="Nobody approved it in time.")
    chosen = answer.option or _option_named(answer.text)
    if chosen == APPROVE:
        return Approved(arguments=waiting.arguments)
    if chosen == EDIT:
        return _edited(waiting, answer.text)
    said = answer.text.strip()
    plain_no = not said or said.casefold() == REJECT.casefold()
    return Rejected(reason="It was rejected." if plain_no else f"It was rejected: {said}")


def _option_named(text: str) -> str:
    """The option that plain text names. Terminals have no buttons, so the bare word counts as pressing one."""
    return next((one for one in (APPROVE, REJECT) if text.strip().casefold() == one.casefold()), "")


def _edited(waiting: Pending, text: str) -> Verdict:
    try:
        arguments = _edited_code(from_arguments(waiting.arguments), text) if waiting.tool == RUN_CODE else _object(text)
    except (ValueError, RecursionError) as error:
        return Rejected(reason=f"It was not run, because the edited text cannot be: {error}")
    return Approved(arguments=arguments)


def _edited_code(before: tuple[CodeBlock, ...], text: str) -> str:
    """The approver's code as arguments.

    Fenced blocks replace all that was asked about. Bare text replaces the code of the one block that was asked about;
    raises ValueError where there were several.
    """
    if text.lstrip().startswith(("```", "~~~")):
        found = code_blocks(text)
        if found.notes or not found.blocks:
            raise ValueError(" ".join(found.notes) or "it holds no code.")
        return to_arguments(found.blocks)
    if len(before) != 1 or not text.strip():
        raise ValueError("fence each block of code.")
    return to_arguments((replace(before[0], code=text),))


def _object(text: str) -> str:
    if not isinstance(json.loads(text), dict):
        raise ValueError("it is not a JSON object.")
    return text
