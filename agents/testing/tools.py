"""Tools in tests: functions as tools, and what a tool is told of a call."""

import inspect
import json
from collections.abc import Sequence
from hashlib import sha256

from agents.log.files import FileRef, NamedFile
from agents.log.participants import ParticipantId
from agents.ports import Clock, Tool, ToolContext, ToolFunction, ToolResult, is_idempotent, is_risky
from agents.testing.clock import FakeClock
from agents.turn.threads import call_aside


def tool_context(
    *,
    room: str = "web:lobby",
    asker: ParticipantId = "agent:helper",
    person: ParticipantId | None = "person:web/ana",
    clock: Clock | None = None,
    files: Sequence[NamedFile] = (),
) -> ToolContext:
    """What a tool is told of a call, in a room with these files; without a clock it has a `FakeClock`.

    context = tool_context(files=[NamedFile(name="a.csv", media_type="text/csv", content=b"1,2")])
    assert await context.read(context.files[0]) == b"1,2"
    """
    kept = {sha256(one.content).hexdigest(): one for one in files}

    async def read(file: FileRef) -> bytes:
        return kept[file.sha256].content

    return ToolContext(
        room=room,
        asker=asker,
        person=person,
        clock=clock or FakeClock(),
        files=tuple(
            FileRef(sha256=key, name=one.name, media_type=one.media_type, size=len(one.content))
            for key, one in kept.items()
        ),
        read=read,
    )


def plain_tool(function: ToolFunction) -> Tool:
    """Make a `Tool` of a function without looking at its types: what the model wrote is passed on as it is.

    It is for tests, which write both sides. `adapters.function_tools`, which a house uses, makes a schema of the types
    and checks arguments by it.

        def weather(city: str) -> str:
            return f"sunny in {city}"

        result = await plain_tool(weather).call('{"city": "Madrid"}', tool_context())
        assert result.text == "sunny in Madrid"
    """
    parameters = inspect.signature(function).parameters
    told = [one.name for one in parameters.values() if ToolContext.__name__ in str(one.annotation)]

    async def call(arguments: str, context: ToolContext) -> ToolResult:
        given: dict[str, object] = json.loads(arguments or "{}") | dict.fromkeys(told, context)
        try:
            result = await call_aside(lambda named: function(**named), given)
        except Exception as error:  # a failed tool is data for the model, in a house as here
            return ToolResult(text=f"{function.__name__} failed: {type(error).__name__}: {error}", failed=True)
        if isinstance(result, ToolResult):
            return result
        return ToolResult(text=result if isinstance(result, str) else json.dumps(result))

    shown: dict[str, object] = {name: {} for name in parameters if name not in told}
    return Tool(
        name=function.__name__,
        description=inspect.getdoc(function) or "",
        parameters={"type": "object", "properties": shown},
        call=call,
        risk="risky" if is_risky(function) else "safe",
        idempotent=is_idempotent(function),
    )
