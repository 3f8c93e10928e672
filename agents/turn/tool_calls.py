"""How a model's calls are carried out: tools are run, people are asked, the floor is handed over.

Whatever is wrong with a call comes back to the model as a failed result that says what to change.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import assert_never

from agents.log.events import UNKNOWN, Asked, Pending, ToolCalled, ToolReturned
from agents.log.files import FileRef, NamedFile
from agents.log.participants import ParticipantId, agent_id, is_person
from agents.log.transcript import Question, Transcript
from agents.ports import Files, Tool, ToolCall, ToolResult, ToolSchema, schema
from agents.turn import approvals
from agents.turn.turn import Acts, Turn

ASK_PERSON = "ask_person"
"""The name of the tool with which a model asks a person."""

HAND_OVER = "transfer_to_"
"""How the tools begin that hand over the floor; the receiver's name follows, as in OpenAI's Swarm."""

TOOL_SECONDS = 120.0
"""How many seconds one tool may take."""


def offered(
    transcript: Transcript, tools: Mapping[str, Tool], hands_over_to: Sequence[str], *, asks: bool
) -> tuple[ToolSchema, ...]:
    """What the model may call: the agent's tools, handoffs, and a question to people where there are any."""
    schemas = [schema(tool) for tool in tools.values()]
    here = [name for name in hands_over_to if receiver(transcript, name) is not None]
    schemas += [_hand_over_schema(name, transcript) for name in here]
    if asks and transcript.people:
        schemas.append(_ASK_PERSON_SCHEMA)
    return tuple(schemas)


_ASK_PERSON_SCHEMA = ToolSchema(
    name=ASK_PERSON,
    description="Ask a person a question and wait for the answer. Offer options where a choice is enough.",
    parameters={
        "type": "object",
        "properties": {
            "question": {"type": "string"},
            "options": {"type": "array", "items": {"type": "string"}},
            "person": {"type": "string", "description": "The name of the one to ask; leave out to ask anybody."},
        },
        "required": ["question"],
    },
)


def _hand_over_schema(name: str, transcript: Transcript) -> ToolSchema:
    profile = transcript.known.get(agent_id(name))
    about = f" {profile.role}" if profile and profile.role else ""
    return ToolSchema(
        name=HAND_OVER + name.removeprefix("@"),
        description=f"Give the floor to {name}.{about}",
        parameters={"type": "object", "properties": {}},
    )


def receiver(transcript: Transcript, name: str) -> ParticipantId | None:
    """Whom an agent may give the floor to under this name: an agent of the room, a person known here, or ``stop``.

    None for anybody else: an agent that was sent away, say, or a guest that nobody has brought in yet.
    """
    if name == "stop":
        return name
    plain = name.removeprefix("@")
    if agent_id(plain) in transcript.present:
        return agent_id(plain)
    people = (one for one in transcript.known.values() if is_person(one.id))
    return next((one.id for one in people if plain in (one.id, one.handle, one.name)), None)


def handoff_in(calls: Sequence[ToolCall], offers: Sequence[ToolSchema]) -> ToolCall | None:
    """The first handoff among the calls, if there is one and it was offered."""
    names = {one.name for one in offers}
    return next((call for call in calls if call.tool.startswith(HAND_OVER) and call.tool in names), None)


def receiver_of(handoff: ToolCall) -> str:
    """The name of whoever a handoff gives the floor to, or ``stop``."""
    return handoff.tool.removeprefix(HAND_OVER)


async def act_on(
    turn: Turn, calls: Sequence[ToolCall], tools: Mapping[str, Tool], offers: Sequence[ToolSchema]
) -> Acts:
    """Run the calls that may run, refuse those that were not offered or make no sense, then ask about the others.

    The questions come last: the turn ends with them, and a later one goes on with the answers.
    """
    runnable: list[tuple[ToolCall, Tool]] = []
    asking: list[Asked] = []
    names, handoff = {one.name for one in offers}, handoff_in(calls, offers)
    for call in calls:
        tool = tools.get(call.tool)
        if tool is not None and approvals.needs_approval(turn.brief.approval, tool.risk):
            asking.append(_approval(turn, call))
        elif tool is not None:
            runnable.append((call, tool))
        elif isinstance(result := _without_tool(turn, call, names, handoff), Asked):
            asking.append(result)
        else:
            yield ToolCalled(call=call.id, tool=call.tool, arguments=call.arguments)
            yield ToolReturned(call=call.id, output=result.text, exit_code=None, files=(), failed=result.failed)
    if runnable:
        async for event in run_all(turn, runnable):
            yield event
    for question in asking:
        yield question


def _without_tool(turn: Turn, call: ToolCall, names: Set[str], handoff: ToolCall | None) -> ToolResult | Asked:
    """What a call comes to that is no tool of the agent: a question, a handoff, or a name that does not exist."""
    if call is handoff:
        return ToolResult(text=f"The floor goes to {receiver_of(call)}.")
    if call.tool not in names:
        return ToolResult(text=f"There is no tool {call.tool!r}; use one of those you were offered.", failed=True)
    if call.tool == ASK_PERSON:
        return _question(turn.transcript, call)
    return ToolResult(text="Ignored: only the first handoff of a turn counts.", failed=True)


def _question(transcript: Transcript, call: ToolCall) -> ToolResult | Asked:
    wanted = _question_of(call.arguments)
    if wanted is None:
        return ToolResult(text='Give {"question": "...", "options": ["..."]} as a JSON object.', failed=True)
    text, options, person = wanted
    of = tuple(one.id for one in transcript.people if person in (one.name, one.handle, one.id))
    if person and not of:
        names = ", ".join(one.name for one in transcript.people)
        return ToolResult(text=f"Nobody called {person!r} is here; the people present are: {names}.", failed=True)
    pending = Pending(call=call.id, tool=call.tool, arguments=call.arguments, digest="")
    return Asked(text=text, of=of, options=options, pending=pending)


def _approval(turn: Turn, call: ToolCall) -> Asked:
    pending = approvals.pending(turn.transcript.room, turn.profile.id, call)
    return Asked(
        text=f"{turn.profile.name} wants to use {call.tool} with {call.arguments}",
        kind="approval",
        options=approvals.OPTIONS,
        pending=pending,
    )


def _question_of(arguments: str) -> tuple[str, tuple[str, ...], str] | None:
    """The question, its options (models write a single one as a text too) and whom to ask; None for anything else."""
    try:
        match json.loads(arguments):
            case {"question": str(text), **more} if text.strip():
                options, person = more.get("options", []), more.get("person", "")
                offered = [options] if isinstance(options, str) else options
                return text.strip(), tuple(str(one) for one in offered if one), str(person)
            case _:
                return None
    except (ValueError, TypeError):
        return None


def waiting(turn: Turn) -> bool:
    """Whether this agent still waits for an answer about one of its calls: its model cannot go on without it."""
    return any(one.by == turn.profile.id and one.asked.pending for one in turn.transcript.open_questions)


def left_over(turn: Turn, tools: Mapping[str, Tool]) -> Iterator[Acts]:
    """What earlier turns of this agent left to do, as acts to carry out one after the other.

    Calls that people approved are run, those that they rejected get that as their result, and idempotent calls that a
    crash cut off are done again.
    """
    transcript = turn.transcript
    for question in turn.answers:
        pending = question.asked.pending
        if pending is not None and pending.tool in tools and not used(transcript, question):
            yield _decided(turn, question, pending, tools[pending.tool])
    if any(tool.idempotent for tool in tools.values()):
        for run in transcript.runs:
            tool = tools.get(run.tool)
            if run.by == turn.profile.id and run.output == UNKNOWN and tool is not None and _repeats(turn, tool):
                yield run_all(turn, [(ToolCall(id=run.call, tool=run.tool, arguments=run.arguments), tool)])


def _repeats(turn: Turn, tool: Tool) -> bool:
    """Whether a call of this tool that a crash cut off is done again; one that needs approval would need a new one."""
    return tool.idempotent and not approvals.needs_approval(turn.brief.approval, tool.risk)


def used(transcript: Transcript, question: Question) -> bool:
    """Whether a call has been started with the approval that this question asked for; a second start needs its own."""
    return any(run.approval == question.seq for run in transcript.runs)


async def _decided(turn: Turn, question: Question, pending: Pending, tool: Tool) -> Acts:
    verdict = approvals.verdict(question, room=turn.transcript.room)
    match verdict:
        case approvals.Approved(arguments=arguments):
            call = ToolCall(id=pending.call, tool=pending.tool, arguments=arguments)
            async for event in run_all(turn, [(call, tool)], approval=question.seq):
                yield event
        case approvals.Rejected(reason=reason):
            yield ToolCalled(call=pending.call, tool=pending.tool, arguments=pending.arguments, approval=question.seq)
            yield ToolReturned(call=pending.call, output=reason, exit_code=None, files=(), failed=True)
        case _:
            assert_never(verdict)


async def run_all(turn: Turn, calls: Sequence[tuple[ToolCall, Tool]], *, approval: int | None = None) -> Acts:
    """Write down that every call starts, then run them side by side, then write down every result.

    All starts come first, so that whatever a crash cuts off is known to have been begun.
    """
    for call, _ in calls:
        yield ToolCalled(call=call.id, tool=call.tool, arguments=call.arguments, approval=approval)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(tool, call.arguments)) for call, tool in calls]
    for (call, _), task in zip(calls, tasks, strict=True):
        result = task.result()
        files = await keep(turn.ports.store.files, result.files)
        yield ToolReturned(call=call.id, output=result.text, exit_code=None, files=files, failed=result.failed)


async def _run(tool: Tool, arguments: str) -> ToolResult:
    try:
        async with asyncio.timeout(TOOL_SECONDS):
            return await tool.call(arguments)
    except TimeoutError:
        return ToolResult(text=f"{tool.name} did not finish within {TOOL_SECONDS:.0f} seconds.", failed=True)


async def keep(store: Files, files: Sequence[NamedFile]) -> tuple[FileRef, ...]:
    """Store the files' bytes and return references to them, which is what events carry. Raises `StoreFailed`."""
    return tuple(
        [
            FileRef(
                sha256=await store.put(one.content), name=one.name, media_type=one.media_type, size=len(one.content)
            )
            for one in files
        ]
    )
