"""A tool as the core knows it: a value with a name, a schema and a call.

Users write plain typed functions; `adapters.function_tools` makes these values of them when a room is wired.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from agents.errors import WrongUse
from agents.log.files import NamedFile
from agents.ports.model import ToolSchema


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a tool gave back: a text for the model, and files.

    ``failed``: the text says what went wrong and what to change, so that the model can try again.
    """

    text: str
    failed: bool = False
    files: tuple[NamedFile, ...] = ()


class Tool(Struct, frozen=True, kw_only=True):
    """Something an agent can do besides speaking.

    name: what models call it by, ``^[a-zA-Z0-9_-]{1,64}$``.
    description: what it does, for models to read.
    parameters: its arguments, as a JSON Schema object.
    call: does it. It takes the arguments as the text that the model wrote, meant to be a JSON object and not checked;
        whatever is wrong with them, or happens inside, comes back as a failed result.
    risk: each call of a ``risky`` one waits for a person's approval.
    idempotent: a call that a crash cut off may be made again.

        async def tell_time(arguments: str) -> ToolResult:
            return ToolResult(text="noon")

        clock = Tool(name="clock", description="Tells the time.", parameters={"type": "object"}, call=tell_time)
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    call: Callable[[str], Awaitable[ToolResult]]
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
