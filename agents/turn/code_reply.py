"""Reply by running the code that others wrote, in the sandbox and nowhere else.

What comes out is said in the two lines that AutoGen's models know (``exitcode: 0 (execution succeeded)``, then the
output), so prompts that were written for AutoGen work.
"""

from collections.abc import Sequence
from typing import assert_never

from agents.errors import SandboxUnavailable
from agents.log.code_blocks import RUN_CODE, CodeBlock, code_blocks, from_arguments, to_arguments
from agents.log.events import UNKNOWN, Asked, Said, ToolCalled, ToolReturned
from agents.log.files import FileRef, NamedFile
from agents.log.participants import agent_id
from agents.log.transcript import Message, Question
from agents.ports import CodeRun, RunResult, ToolCall, read_result
from agents.turn import approvals
from agents.turn.conversable import ReplyFunction
from agents.turn.open_questions import waiting
from agents.turn.tool_calls import keep, used
from agents.turn.turn import SILENCE, Acts, Turn

MAX_INPUT_FILES = 20
"""How many of the room's newest files lie in the workspace of a run."""


def run_code(*, sources: Sequence[str] = ()) -> ReplyFunction:
    """Run the code blocks of the messages that are new to this agent, in order, as one program run.

    ``sources`` names the participants whose code is run; none means everybody's. Code in a sealed sandbox does not
    count as *risky*, so people are asked first only where the approval mode is ``always``. The reply function raises
    `SandboxUnavailable` after it has recorded the run as failed.

        runner = Conversable(profile=profile_of("runner"), replies=(run_code(sources=["coder"]),))
    """
    wanted = {agent_id(name) if ":" not in name else name for name in sources}

    async def reply(turn: Turn) -> Acts:
        for question in turn.answers:
            # An approval whose code a turn has started, before it crashed say, is used up and not decided again.
            if question.asked.kind == "approval" and not used(turn.transcript, question):
                async for event in _decided(turn, question):
                    yield event
                return
        if waiting(turn):
            yield SILENCE
            return
        blocks, notes = _new_code(turn, wanted)
        if notes and not blocks:
            yield Said(text="\n".join(notes))
        if not blocks:
            return
        call = ToolCall(id=f"{RUN_CODE}-{turn.upto}", tool=RUN_CODE, arguments=to_arguments(blocks))
        before = _run_before(turn, call)
        if before is not None:
            yield before
            return
        if approvals.needs_approval(turn.brief.approval, "safe"):
            yield _approval(turn, call, blocks)
            return
        async for event in _run(turn, call, notes):
            yield event

    return reply


def _new_code(turn: Turn, wanted: set[str]) -> tuple[tuple[CodeBlock, ...], tuple[str, ...]]:
    blocks: list[CodeBlock] = []
    notes: list[str] = []
    for message in turn.news:
        if message.code and (not wanted or message.by in wanted):
            found = code_blocks(message.text)
            blocks += found.blocks
            notes += found.notes
    return tuple(blocks), tuple(notes)


def _approval(turn: Turn, call: ToolCall, blocks: Sequence[CodeBlock]) -> Asked:
    shown = "\n".join(f"```{block.language}\n{block.code}\n```" for block in blocks)
    room, image = turn.transcript.room, turn.brief.image
    pending = approvals.pending(room, turn.profile.id, call, image=image, state=_state(turn))
    text = f"{turn.profile.name} wants to run this code:\n{shown}"
    return Asked(text=text, kind="approval", options=approvals.OPTIONS, pending=pending)


def _run_before(turn: Turn, call: ToolCall) -> Said | None:
    """What to say of this very code where a turn that crashed had started it already; None where none had.

    Code may have had effects before the crash, so it is not run again by itself.
    """
    crashed = {past.seq for past in turn.transcript.floor.past if past.outcome == "crashed"}
    heard = turn.transcript.floor.heard.get(turn.profile.id, 0)
    for run in reversed(turn.transcript.runs):
        if run.by == turn.profile.id and run.turn in crashed and run.seq > heard and run.arguments == call.arguments:
            if run.output == UNKNOWN:
                return Said(text=f"The code was started before, and how it ended is {UNKNOWN}.")
            ended = RunResult(status="error" if run.failed else "ok", exit_code=run.exit_code or 0, output=run.output)
            return Said(text=read_result(ended), files=run.files)
    return None


async def _decided(turn: Turn, question: Question) -> Acts:
    pending = question.asked.pending
    assert pending is not None, "an approval question holds its call"
    verdict = approvals.verdict(question, room=turn.transcript.room, image=turn.brief.image, state=_state(turn))
    match verdict:
        case approvals.Approved(arguments=arguments):
            call = ToolCall(id=pending.call, tool=RUN_CODE, arguments=arguments)
            async for event in _run(turn, call, (), approval=question.seq):
                yield event
        case approvals.Rejected(reason=reason):
            yield Said(text=f"The code was not run. {reason}")
        case _:
            assert_never(verdict)


async def _run(turn: Turn, call: ToolCall, notes: Sequence[str], *, approval: int | None = None) -> Acts:
    yield ToolCalled(call=call.id, tool=RUN_CODE, arguments=call.arguments, approval=approval)
    try:
        result = await _in_sandbox(turn, from_arguments(call.arguments))
    except SandboxUnavailable as error:
        yield ToolReturned(call=call.id, output=f"Not run. {error}", exit_code=None, files=(), failed=True)
        raise
    files = await keep(turn.ports.store.files, result.files)
    failed = result.status != "ok"
    yield ToolReturned(call=call.id, output=result.output, exit_code=result.exit_code, files=files, failed=failed)
    yield Said(text="\n".join([*notes, read_result(result)]), files=files)


def _state(turn: Turn) -> str:
    sandbox = turn.ports.sandbox
    return sandbox.state(turn.transcript.room) if sandbox is not None else ""


async def _in_sandbox(turn: Turn, blocks: tuple[CodeBlock, ...]) -> RunResult:
    sandbox = turn.ports.sandbox
    if sandbox is None:
        raise SandboxUnavailable(
            "Code is shown, not run, because no Docker engine is configured; start Docker and restart Tertulia."
        )
    files = await _workspace(turn)
    timeout = turn.brief.code_timeout
    return await sandbox.run(CodeRun(room=turn.transcript.room, blocks=blocks, files=files, timeout=timeout))


async def _workspace(turn: Turn) -> tuple[NamedFile, ...]:
    """The room's newest files, the newest of each name: later code finds what people sent and earlier code made."""
    found: dict[str, FileRef] = {}
    for message in _visible(turn):
        for file in reversed(message.files):
            if len(found) < MAX_INPUT_FILES:
                found.setdefault(file.name, file)
    return tuple(
        [
            NamedFile(name=file.name, media_type=file.media_type, content=await turn.ports.store.files.get(file.sha256))
            for file in found.values()
        ]
    )


def _visible(turn: Turn) -> list[Message]:
    transcript = turn.transcript
    return [
        message
        for message in reversed(transcript.messages)
        if message.seq > transcript.start and not message.deleted and message.visible_to(turn.profile.id)
    ]
