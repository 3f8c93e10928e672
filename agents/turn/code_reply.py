"""Reply by running the code that others wrote, in the sandbox and nowhere else.

What comes out is said in the two lines that AutoGen's models know (``exitcode: 0 (execution succeeded)``, then the
output), so prompts that were written for AutoGen work.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import SandboxUnavailable
from agents.log.code_blocks import (
    RUN_CODE,
    CodeBlock,
    CodeInText,
    code_blocks,
    from_arguments,
    to_arguments,
    to_markdown,
)
from agents.log.events import UNKNOWN, Answered, Asked, Said, ToolCalled, ToolReturned
from agents.log.files import FileRef, NamedFile
from agents.log.participants import agent_id
from agents.log.transcript import Message, Question
from agents.log.used_names import named, one_or_more
from agents.ports import CodeRun, RunResult, ToolCall, call_of, read_output, read_result
from agents.turn import approvals
from agents.turn.conversable import Naming, ReplyFunction
from agents.turn.tool_calls import keep, used
from agents.turn.turn import SILENCE, Acts, Turn

MAX_INPUT_FILES = 20
"""How many of the room's newest files lie in the workspace of a run."""

LONG_TEXT = 4_000
"""A text with more characters is searched for code in a thread, so that other rooms go on meanwhile."""


def run_code(*, sources: Sequence[str] = ()) -> ReplyFunction:
    """Run the code of the newest message that has any, as one program run.

    Code in older messages is not run: a sketch, or what somebody has refused, has been written anew since. Where the
    newest code cannot be run, the agent says why. What is new to the agent counts, up to when it got the floor.

    ``sources`` names the participants whose code is run. None means all agents, and people where their message
    addresses this agent. Code in a sealed sandbox does not count as *risky*, so people are asked first only where the
    approval mode is ``always``. While they think, newer code takes the place of what they were asked about. The reply
    function raises `SandboxUnavailable` after it has recorded the run as failed.

        runner = Conversable(profile=profile_of("runner"), replies=(run_code(sources=["coder"]),))
    """
    wanted = {agent_id(name) if ":" not in name else name for name in one_or_more(sources)}

    async def reply(turn: Turn) -> Acts:
        newest = await _newest_code(turn, wanted)
        card = _approved_or_not(turn) or _open_card(turn)
        if card is not None:
            newest = None if newest is None or _is_asked_about(newest, card) else newest
            async for event in _with_card(turn, card, newest):
                yield event
        if newest is not None and newest.found.notes:
            yield Said(text="\n".join(newest.found.notes))
        if newest is not None and newest.found.blocks:
            async for event in _new_run(turn, newest.found.blocks):
                yield event

    return Naming(reply, named("sources", sources))


class _Coded(Struct, frozen=True):
    """A message with blocks of code, by its seq, and what can be run of it."""

    seq: int
    found: CodeInText


async def _newest_code(turn: Turn, wanted: set[str]) -> _Coded | None:
    """The newest message whose code is to be run; where none is, the newest of which it can be said why."""
    corrected: set[int] = set()
    begun_anew: set[str] = set()
    refused: _Coded | None = None
    for message in reversed(turn.news):
        version_of = message.corrects or message.seq
        is_replaced = version_of in corrected or message.by in begun_anew
        corrected.add(version_of)
        if is_replaced or not _may_run(turn, message, wanted):
            continue
        coded = _Coded(message.seq, await _read(message.text))
        if coded.found.blocks:
            return coded
        if coded.found.notes:
            refused = refused or coded
            if message.code:  # with a fence that is not closed, say: what its author wrote before is no longer meant
                begun_anew.add(message.by)
    return refused


def _may_run(turn: Turn, message: Message, wanted: set[str]) -> bool:
    if wanted:
        return message.by in wanted or message.person in wanted
    return message.person is None or turn.profile.id in message.addressed


async def _read(text: str) -> CodeInText:
    if len(text) <= LONG_TEXT:
        return code_blocks(text)
    return await asyncio.to_thread(code_blocks, text)


def _approved_or_not(turn: Turn) -> Question | None:
    """The approval question whose answer gave this agent the floor."""
    # An approval whose code a turn has started, before it crashed say, is used up and not decided again.
    answered = (one for one in turn.answers if one.asked.kind == "approval" and not used(turn.transcript, one))
    return next(answered, None)


def _open_card(turn: Turn) -> Question | None:
    for question in turn.transcript.open_questions:
        pending = question.asked.pending
        if question.by == turn.profile.id and pending is not None and pending.tool == RUN_CODE:
            return question
    return None


def _is_asked_about(newest: _Coded, card: Question) -> bool:
    """Whether the card stands for the newest code, and not for something older."""
    pending = card.asked.pending
    same = pending is not None and pending.arguments == to_arguments(newest.found.blocks)
    return same or newest.seq < card.seq


async def _with_card(turn: Turn, card: Question, newer: _Coded | None) -> Acts:
    """Deal with what people are, or were, asked about; ``newer`` is code that has been written since."""
    is_replaced = newer is not None and newer.found.blocks
    if card.answer is None and is_replaced:
        yield Answered(question=card.seq, text="There is newer code now.", withdrawn=True)
    elif card.answer is None and newer is None:
        yield SILENCE
    elif card.answer is not None:
        verdict = _verdict(turn, card)
        if isinstance(verdict, approvals.Approved) and is_replaced:
            verdict = approvals.Rejected(reason="There is newer code than what was approved.")
        async for event in _decided(turn, card, verdict):
            yield event


async def _new_run(turn: Turn, blocks: tuple[CodeBlock, ...]) -> Acts:
    """Run the blocks, or ask whether they may be run."""
    call = ToolCall(id=f"{RUN_CODE}-{turn.upto}", tool=RUN_CODE, arguments=to_arguments(blocks))
    before = _run_before(turn, call)
    if before is not None:
        yield before
    elif approvals.needs_approval(turn.brief.approval, "safe"):
        yield _approval(turn, call, blocks)
    else:
        async for event in _run(turn, call):
            yield event


def _approval(turn: Turn, call: ToolCall, blocks: Sequence[CodeBlock]) -> Asked:
    files = tuple(_files(turn).values())[:MAX_INPUT_FILES]
    room, image = turn.transcript.room, turn.brief.image
    pending = approvals.pending(room, turn.profile.id, call, image=image, state=_state(turn), files=files)
    text = f"{turn.profile.name} wants to run this code:\n{to_markdown(blocks)}"
    return Asked(text=text, kind="approval", options=approvals.OPTIONS, pending=pending)


def _run_before(turn: Turn, call: ToolCall) -> Said | None:
    """What to say of this very code where a turn that crashed had started it already; None where none had.

    Code may have had effects before the crash, so it is not run again by itself.
    """
    crashed = {past.seq for past in turn.transcript.floor.past if past.outcome == "crashed"}
    heard = turn.transcript.floor.heard.get(turn.profile.id, 0)
    for run in reversed(turn.transcript.runs):
        if run.by == turn.profile.id and run.turn in crashed and run.seq > heard and run.arguments == call.arguments:
            if run.unknown:
                return Said(text=f"The code was started before, and how it ended is {UNKNOWN}.")
            ended = RunResult(status="error" if run.failed else "ok", exit_code=run.exit_code or 0, output=run.output)
            return Said(text=read_result(ended), files=run.files, result=run.call)
    return None


def _verdict(turn: Turn, question: Question) -> approvals.Verdict:
    room, image = turn.transcript.room, turn.brief.image
    return approvals.verdict(question, room=room, image=image, state=_state(turn), files=_files(turn))


async def _decided(turn: Turn, question: Question, verdict: approvals.Verdict) -> Acts:
    pending = question.asked.pending
    assert pending is not None, "an approval question holds its call"
    match verdict:
        case approvals.Approved(arguments=arguments):
            call = replace(call_of(pending), arguments=arguments)
            async for event in _run(turn, call, question):
                yield event
        case approvals.Rejected(reason=reason):
            yield Said(text=f"The code was not run. {reason}")
        case _:
            assert_never(verdict)


async def _run(turn: Turn, call: ToolCall, approval: Question | None = None) -> Acts:
    yield ToolCalled(
        call=call.id, tool=RUN_CODE, arguments=call.arguments, approval=approval.seq if approval is not None else None
    )
    pending = approval.asked.pending if approval is not None else None
    try:
        result = await _in_sandbox(turn, from_arguments(call.arguments), pending.files if pending is not None else None)
    except SandboxUnavailable as error:
        yield ToolReturned(call=call.id, output=f"Not run. {error}", exit_code=None, files=(), failed=True)
        raise
    files = await keep(turn.ports.store.files, result.files)
    failed, output = result.status != "ok", read_output(result)
    yield ToolReturned(call=call.id, output=output, exit_code=result.exit_code, files=files, failed=failed)
    yield Said(text=read_result(result), files=files, result=call.id)


def _state(turn: Turn) -> str:
    sandbox = turn.ports.sandbox
    return sandbox.state(turn.transcript.room) if sandbox is not None else ""


async def _in_sandbox(
    turn: Turn, blocks: tuple[CodeBlock, ...], approved_files: tuple[FileRef, ...] | None
) -> RunResult:
    sandbox = turn.ports.sandbox
    if sandbox is None:
        raise SandboxUnavailable(
            "Code is shown, not run, because no Docker engine is configured; start Docker and restart Tertulia."
        )
    # What came after the question lies in no workspace of approved code: nobody has approved it.
    refs = tuple(_files(turn).values())[:MAX_INPUT_FILES] if approved_files is None else approved_files
    files = tuple([await _with_content(turn, file) for file in refs])
    timeout = turn.brief.code_timeout
    return await sandbox.run(CodeRun(room=turn.transcript.room, blocks=blocks, files=files, timeout=timeout))


async def _with_content(turn: Turn, file: FileRef) -> NamedFile:
    content = await turn.ports.store.files.get(file.sha256)
    return NamedFile(name=file.name, media_type=file.media_type, content=content)


def _files(turn: Turn) -> Mapping[str, FileRef]:
    """The room's files, the newest of each name: later code finds what people sent and earlier code made."""
    found: dict[str, FileRef] = {}
    transcript = turn.transcript
    for message in reversed(transcript.messages):
        if message.seq > transcript.start and not message.deleted and message.visible_to(turn.profile.id):
            for file in reversed(message.files):
                found.setdefault(file.name, file)
    return found
