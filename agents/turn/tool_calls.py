"""How a model's calls are carried out: tools are run, people are asked, the floor is handed over.

Whatever is wrong with a call comes back to the model as a failed result that says what to change.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from agents.log.events import Asked, Pending, ToolReturned
from agents.log.files import FileRef, NamedFile
from agents.log.names import name_in, person_called, unique_names
from agents.log.participants import ParticipantId, agent_id, is_person
from agents.log.transcript import Question, Transcript, is_news
from agents.ports import Files, Tool, ToolCall, ToolContext, ToolResult, ToolSchema, call_of, schema
from agents.turn import approvals
from agents.turn.open_questions import Patience, asked_already
from agents.turn.turn import Acts, Turn

ASK_PERSON = "ask_person"
"""The name of the tool with which a model asks a person."""

HAND_OVER = "transfer_to_"
"""How the tools begin that hand over the floor; the receiver's name follows, as in OpenAI's Swarm."""

MOST_LETTERS = 48
"""How much of a receiver's name is in the name of the tool; OpenAI's API takes 64 letters, digits, ``_`` and ``-``."""

_REFUSED = re.compile(r"[^a-zA-Z0-9_-]")

TOOL_SECONDS = 120.0
"""How many seconds one tool may take."""


def offered(
    transcript: Transcript, tools: Mapping[str, Tool], hands_over_to: Sequence[str], *, asks: bool
) -> tuple[ToolSchema, ...]:
    """What the model may call: the agent's tools, handoffs, and a question to people where there are any."""
    schemas = [schema(tool) for tool in tools.values()]
    here = [name for name in hands_over_to if receiver(transcript, name) is not None]
    schemas += [_hand_over_schema(tool, name, transcript) for tool, name in handoffs(here).items()]
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


def handoffs(hands_over_to: Sequence[str]) -> dict[str, str]:
    """Whom an agent may hand over to, by the name of the tool that does it.

    People's names may have blanks and letters that endpoints refuse in the name of a tool.
    """
    found: dict[str, str] = {}
    for name in hands_over_to:
        plain = tool = HAND_OVER + _REFUSED.sub("_", name.removeprefix("@"))[:MOST_LETTERS]
        while found.get(tool, name) != name:
            tool = f"{plain}_{len(found) + 1}"
        found[tool] = name
    return found


def _hand_over_schema(tool: str, name: str, transcript: Transcript) -> ToolSchema:
    profile = transcript.known.get(agent_id(name))
    about = f" {profile.role}" if profile and profile.role else ""
    return ToolSchema(
        name=tool,
        description=f"Give the floor to {name}.{about}",
        parameters={"type": "object", "properties": {}},
    )


def receiver(transcript: Transcript, name: str) -> ParticipantId | None:
    """Whom an agent may give the floor to under this name: an agent or a person of the room, or ``stop``.

    None for anybody else: an agent that was sent away, say, or a guest that nobody has brought in yet.
    """
    if name == "stop":
        return name
    plain = name.removeprefix("@")
    if agent_id(plain) in transcript.present:
        return agent_id(plain)
    return person_called(transcript, plain)


def _handoff_in(calls: Sequence[ToolCall], names: Set[str]) -> ToolCall | None:
    """The first handoff among the calls, if there is one and it was offered."""
    return next((call for call in calls if call.tool.startswith(HAND_OVER) and call.tool in names), None)


def receiver_of(handoff: ToolCall) -> str:
    """The name of whoever a handoff gives the floor to, or ``stop``."""
    return handoff.tool.removeprefix(HAND_OVER)


class Plan(Struct, frozen=True, kw_only=True):
    """What the calls of one answer come to.

    refused: calls with results that are known without doing anything: refusals, and the handoff.
    runnable: calls that run at once.
    asking: questions about the calls that wait for people.
    handoff: the call that gives the floor away; none where anything is asked, because whoever asks goes on first.
    """

    refused: tuple[tuple[ToolCall, ToolResult], ...] = ()
    runnable: tuple[tuple[ToolCall, Tool], ...] = ()
    asking: tuple[Asked, ...] = ()
    handoff: ToolCall | None = None


NO_PLAN = Plan()


def plan(
    turn: Turn,
    calls: Sequence[ToolCall],
    tools: Mapping[str, Tool],
    offers: Sequence[ToolSchema],
    patience: Patience,
) -> Plan:
    """Sort out what the calls of an answer come to; ``patience`` is for the questions that the model asks."""
    if not calls:
        return NO_PLAN
    names = {one.name for one in offers}
    handoff = _handoff_in(calls, names)
    refused: list[tuple[ToolCall, ToolResult]] = []
    runnable: list[tuple[ToolCall, Tool]] = []
    asking: list[Asked] = []
    for call in calls:
        tool = tools.get(call.tool)
        result = _asked_for(turn, call, tool, names, patience)
        if isinstance(result, Asked):
            asking.append(result)
        elif tool is not None and result is None:
            runnable.append((call, tool))
        else:
            refused.append((call, result or _IGNORED))
    if handoff is not None:
        told = _ASKS_FIRST if asking else ToolResult(text=f"The floor goes to {receiver_of(handoff)}.")
        refused = [(call, told if call is handoff else result) for call, result in refused]
    return Plan(
        refused=tuple(refused),
        runnable=tuple(runnable),
        asking=tuple(asking),
        handoff=None if asking else handoff,
    )


async def act_on(turn: Turn, planned: Plan) -> Acts:
    """Write down what is refused, run the calls that may run, then ask about the others.

    The questions come last: the turn ends with them, and a later one goes on with the answers.
    """
    for call, result in planned.refused:
        yield call.started()
        yield ToolReturned(call=call.id, output=result.text, exit_code=None, files=(), failed=result.failed)
    if planned.runnable:
        async for event in run_all(turn, planned.runnable):
            yield event
    for question in planned.asking:
        yield question


_IGNORED = ToolResult(text="Ignored: only the first handoff of a turn counts.", failed=True)
_ASKS_FIRST = ToolResult(
    text="Not handed over: you ask a person first. Hand over once you have the answer.", failed=True
)


def _asked_for(
    turn: Turn, call: ToolCall, tool: Tool | None, names: Set[str], patience: Patience
) -> ToolResult | Asked | None:
    """The question that a call comes to, or why it cannot be; None for a tool that may run, and for a handoff."""
    approval = tool is not None and approvals.needs_approval(turn.brief.approval, tool.risk)
    if tool is None and call.tool not in names:
        return ToolResult(text=f"There is no tool {call.tool!r}; use one of those you were offered.", failed=True)
    if not approval and call.tool != ASK_PERSON:
        return None
    if asked_already(turn, call):
        return ToolResult(text="You have asked for this already, and nobody has answered yet.", failed=True)
    return _approval(turn, call) if approval else _question(turn, call, patience)


def _question(turn: Turn, call: ToolCall, patience: Patience) -> ToolResult | Asked:
    wanted, transcript = _question_of(call.arguments), turn.transcript
    if wanted is None:
        return ToolResult(text='Give {"question": "...", "options": ["..."]} as a JSON object.', failed=True)
    text, options, person = wanted
    asked = person_called(transcript, person) if person else None
    if person and asked is None:
        names = unique_names(transcript.known.values())
        present = ", ".join(name_in(names, one.id) for one in transcript.people)
        return ToolResult(text=f"Nobody called {person!r} is here; the people present are: {present}.", failed=True)
    return Asked(
        text=text,
        of=(asked,) if asked else (),
        options=options,
        deadline=patience.until(turn.ports.clock.now()),
        on_deadline=patience.on_deadline,
        pending=Pending(call=call.id, tool=call.tool, arguments=call.arguments, digest="", echo=call.echo),
    )


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
            if run.by == turn.profile.id and run.unknown and tool is not None and _repeats(turn, tool):
                yield run_all(turn, [(call_of(run), tool)], since=run.seq)


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
            call = replace(call_of(pending), arguments=arguments)
            async for event in run_all(turn, [(call, tool)], approval=question.seq, since=question.seq):
                yield event
        case approvals.Rejected(reason=reason):
            yield call_of(pending).started(question.seq)
            yield ToolReturned(call=pending.call, output=reason, exit_code=None, files=(), failed=True)
        case _:
            assert_never(verdict)


async def run_all(
    turn: Turn, calls: Sequence[tuple[ToolCall, Tool]], *, approval: int | None = None, since: int | None = None
) -> Acts:
    """Write down that every call starts, then run them side by side, then write down every result.

    All starts come first, so that whatever a crash cuts off is known to have been begun. ``since`` is the seq of what
    an earlier turn left to do; None means that the model has asked for the calls just now.
    """
    context = context_of(turn, turn.upto if since is None else since)
    for call, _ in calls:
        yield call.started(approval)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(tool, call.arguments, context)) for call, tool in calls]
    for (call, _), task in zip(calls, tasks, strict=True):
        result = task.result()
        files = await keep(turn.ports.store.files, result.files)
        yield ToolReturned(call=call.id, output=result.text, exit_code=None, files=files, failed=result.failed)


async def _run(tool: Tool, arguments: str, context: ToolContext) -> ToolResult:
    try:
        async with asyncio.timeout(TOOL_SECONDS):
            return await tool.call(arguments, context)
    except TimeoutError:
        return ToolResult(text=f"{tool.name} did not finish within {TOOL_SECONDS:.0f} seconds.", failed=True)


def context_of(turn: Turn, upto: int) -> ToolContext:
    """What a tool is told of a turn; the person is whoever spoke last, up to that seq, to the agent."""
    transcript, me, files = turn.transcript, turn.profile.id, turn.ports.store.files
    # What an agent said of its own, in one of its turns, is passed over first: there may be very much of it.
    of_people = (one for one in reversed(transcript.messages) if one.turn is None or one.spoken_by is not None)
    heard = (one for one in of_people if one.seq <= upto and is_news(one) and one.visible_to(me))
    speakers = (one.spoken_by or one.by for one in heard)
    said = [one for one in transcript.messages if one.files and not one.deleted and one.visible_to(me)]
    made = [one for one in transcript.runs if one.files and one.by == me]
    attached = sorted((*said, *made), key=lambda one: one.seq)

    async def read(file: FileRef) -> bytes:
        return await files.get(file.sha256)

    return ToolContext(
        room=transcript.room,
        asker=me,
        person=next((one for one in speakers if is_person(one)), None),
        clock=turn.ports.clock,
        files=tuple(dict.fromkeys(file for one in attached for file in one.files)),
        read=read,
    )


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
