"""A tool as the core knows it: a value with a name, a schema and a call (C22).

Users write plain typed functions; `adapters.function_tools` makes these values of them when a room is wired.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from agents.errors import WrongUse
from agents.log.files import NamedFile
from agents.ports.model import ToolSchema


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a tool gave back, as the model reads it. ``failed``: the text says what went wrong and what to change."""

    text: str
    failed: bool = False
    files: tuple[NamedFile, ...] = ()


class Tool(Struct, frozen=True, kw_only=True):
    """Something an agent can do besides speaking.

    ``parameters`` is a JSON Schema object. ``call`` takes the arguments as the text that the model wrote, meant to be a
    JSON object and not checked; whatever is wrong with them, or happens in the tool, comes back as a failed result.
    ``risky`` tools wait for approval. An ``idempotent`` one may be called again after a crash.
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
    """Mark a typed function, as a decorator: as a tool it waits for approval before each call."""
    setattr(function, _RISKY, True)
    return function


def idempotent(function: F) -> F:
    """Mark a typed function, as a decorator: as a tool it may be called again after a crash, with the same call."""
    setattr(function, _IDEMPOTENT, True)
    return function


def is_risky(function: ToolFunction) -> bool:
    """Whether it was marked `risky`."""
    return bool(getattr(function, _RISKY, False))


def is_idempotent(function: ToolFunction) -> bool:
    """Whether it was marked `idempotent`."""
    return bool(getattr(function, _IDEMPOTENT, False))


ToolMaker: TypeAlias = Callable[[ToolFunction], Tool]
"""Makes a `Tool` of a typed function. Raises `WrongUse` for one that cannot be a tool."""


def no_functions(function: ToolFunction) -> Tool:
    """The maker of a house that takes only `Tool` values: raises `WrongUse`."""
    raise WrongUse(f"{function!r} is a function; give a Tool, or wire adapters.function_tools to take functions.")
