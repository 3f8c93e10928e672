"""A tool as the core knows it: a value with a name, a schema and a call.

Users write plain typed functions; `adapters.function_tools` makes these values of them when a room is wired.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from agents.errors import WrongUse
from agents.log.files import FileRef, NamedFile
from agents.log.participants import ParticipantId
from agents.ports.clock import Clock
from agents.ports.model import ToolSchema


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a tool gave back: a text for the model, and files.

    ``failed``: the text says what went wrong and what to change, so that the model can try again.

        def look_up(name: str) -> ToolResult:
            "Look up a number."
            return ToolResult(text=f"{name} is not in the book; try the full name.", failed=True)
    """

    text: str
    failed: bool = False
    files: tuple[NamedFile, ...] = ()


class ToolContext(Struct, frozen=True, kw_only=True):
    """On whose behalf, and where, a tool is called.

    room: the room's name.
    asker: the id of the agent whose model called the tool.
    person: the id of the person on whose message the agent acts; None where no person has said anything.
    clock: what time it is.
    files: what is attached to messages and results that the agent may see, oldest first.
    read: gives the content of a file. Raises `StoreFailed` where it was erased.

    A typed function takes it as a parameter of that type, which models are not shown.

        async def first_line(context: ToolContext, name: str) -> str:
            "Tell how a file of this room begins."
            (file,) = [one for one in context.files if one.name == name]
            return (await context.read(file)).decode().splitlines()[0]
    """

    room: str
    asker: ParticipantId
    person: ParticipantId | None
    clock: Clock
    files: tuple[FileRef, ...] = ()
    read: Callable[[FileRef], Awaitable[bytes]]


class Tool(Struct, frozen=True, kw_only=True):
    """Something an agent can do besides speaking.

    name: what models call it by, ``^[a-zA-Z0-9_-]{1,64}$``.
    description: what it does, for models to read.
    parameters: its arguments, as a JSON Schema object.
    call: does it. It takes the arguments as the text that the model wrote, meant to be a JSON object and not checked,
        and the context; whatever is wrong with the arguments, or happens inside, comes back as a failed result.
    risk: each call of a ``risky`` one waits for a person's approval.
    idempotent: a call that a crash cut off may be made again.

        async def tell_time(arguments: str, context: ToolContext) -> ToolResult:
            return ToolResult(text=f"{context.clock.now():.0f} seconds since 1970")

        clock = Tool(name="clock", description="Tells the time.", parameters={"type": "object"}, call=tell_time)
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    call: Callable[[str, ToolContext], Awaitable[ToolResult]]
    risk: Literal["safe", "risky"] = "safe"
    idempotent: bool = False


ToolFunction: TypeAlias = Callable[..., object]
"""A typed Python function that becomes a `Tool` when it is used (`agents.ports.Ports.tool_of`)."""


def schema(tool: Tool) -> ToolSchema:
    """The tool as a model sees it."""
    return ToolSchema(name=tool.name, description=tool.description, parameters=tool.parameters)


_RISKY, _IDEMPOTENT = "tertulia_risky", "tertulia_idempotent"

F = TypeVar("F", bound=ToolFunction)


def risky(function: F) -> F:
    """Decorate a typed function: as a tool, each call of it waits for a person's approval.

    It stays the function that it was, which you may call yourself.

        @risky
        def delete_branch(name: str) -> str:
            "Delete a branch of the repository."
            return f"{name} is gone"
    """
    setattr(function, _RISKY, True)
    return function


def idempotent(function: F) -> F:
    """Decorate a typed function: as a tool, a call of it that a crash cut off may be made again.

    Without it, the model reads that the result is unknown, and decides.

        @idempotent
        def weather(city: str) -> str:
            "Tell today's weather in a city."
            return f"It is sunny in {city}."
    """
    setattr(function, _IDEMPOTENT, True)
    return function


def is_risky(function: ToolFunction) -> bool:
    """Whether it was marked `risky`."""
    return bool(getattr(function, _RISKY, False))


def is_idempotent(function: ToolFunction) -> bool:
    """Whether it was marked `idempotent`."""
    return bool(getattr(function, _IDEMPOTENT, False))


ToolMaker: TypeAlias = Callable[[ToolFunction], Tool]
"""Makes a `Tool` of a typed function. Raises `WrongUse` for a function that cannot be one."""


def no_functions(function: ToolFunction) -> Tool:
    """A `ToolMaker` for those who use `Tool` values alone: raises `WrongUse` for every function."""
    raise WrongUse(f"{function!r} is a function; give a Tool, or wire adapters.function_tools to take functions.")
