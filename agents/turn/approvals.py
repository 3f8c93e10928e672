"""What needs a person's approval, what the approval is bound to, and what an answer means (P26).

Pure decisions: the question is an `Asked` in the log, and the `ToolCalled` that names it uses it up.
"""

import hashlib
import json
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from agents.log.code_blocks import RUN_CODE, CodeBlock, code_blocks, from_arguments, to_arguments
from agents.log.events import Pending
from agents.log.participants import ParticipantId
from agents.log.transcript import Answer, Question
from agents.ports import ToolCall
from agents.turn.turn import ApprovalMode

APPROVE = "Approve"
EDIT = "Edit"
REJECT = "Reject"
OPTIONS = (APPROVE, EDIT, REJECT)
"""The buttons of an approval. `EDIT` comes with the new text, `REJECT` may come with a reason."""


class Approved(Struct, frozen=True, kw_only=True):
    """It may run once, with these arguments: those that were asked about, or the approver's own."""

    arguments: str


class Rejected(Struct, frozen=True, kw_only=True):
    """It may not run; ``reason`` is a sentence for the model."""

    reason: str


Verdict: TypeAlias = Approved | Rejected


def needs_approval(mode: ApprovalMode, risk: Literal["safe", "risky"]) -> bool:
    """Whether a call of this risk waits for an approver."""
    return mode == "always" or (mode == "risky" and risk == "risky")


def digest(*, room: str, agent: ParticipantId, tool: str, arguments: str, image: str = "", state: str = "") -> str:
    """What an approval is bound to, as 64 hexadecimal digits; anything else that is to run needs another approval.

    The arguments of code hold every block with its language and file name (`agents.code.to_arguments`); ``state`` names
    what it would find of earlier runs (`agents.ports.Sandbox.state`).
    """
    parts = [room, agent, tool, arguments, image, *([state] if state else [])]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def pending(room: str, agent: ParticipantId, call: ToolCall, *, image: str = "", state: str = "") -> Pending:
    """The call as it waits for approval in an `Asked`."""
    bound = digest(room=room, agent=agent, tool=call.tool, arguments=call.arguments, image=image, state=state)
    return Pending(call=call.id, tool=call.tool, arguments=call.arguments, digest=bound)


def still_bound(waiting: Pending, *, room: str, agent: ParticipantId, image: str = "", state: str = "") -> bool:
    """Whether what would run now, here, is what was asked about: false after the image was changed, say."""
    call = {"tool": waiting.tool, "arguments": waiting.arguments}
    return waiting.digest == digest(room=room, agent=agent, **call, image=image, state=state)


def verdict(question: Question, *, room: str, image: str = "", state: str = "") -> Verdict:
    """What an answered approval question allows here and now. Raises ValueError for a question of another kind."""
    waiting, answer = question.asked.pending, question.answer
    if waiting is None or answer is None:
        raise ValueError(f"question {question.seq} is no answered approval")
    if not still_bound(waiting, room=room, agent=question.by, image=image, state=state):
        return Rejected(reason="It was not run, because what would run now is not what was asked about.")
    return decide(waiting, answer)


def decide(waiting: Pending, answer: Answer) -> Verdict:
    """What the answer to an approval question means. Only the option, or its very name as text, approves."""
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
    """Plain text approves or rejects by the word alone: terminals have no buttons."""
    return next((one for one in (APPROVE, REJECT) if text.strip().casefold() == one.casefold()), "")


def _edited(waiting: Pending, text: str) -> Verdict:
    try:
        arguments = _edited_code(from_arguments(waiting.arguments), text) if waiting.tool == RUN_CODE else _object(text)
    except (ValueError, RecursionError) as error:
        return Rejected(reason=f"It was not run, because the edited text cannot be: {error}")
    return Approved(arguments=arguments)


def _edited_code(before: tuple[CodeBlock, ...], text: str) -> str:
    """Fenced blocks stand for themselves; bare text replaces the code of the one block that was asked about."""
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
