"""What a model is asked and what it answers."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import field
from typing import Literal, TypeAlias

from agents.events import FileRef, Usage
from agents.values import value


@value
class ToolCall:
    """A model's wish to call a tool. ``arguments`` is the text it wrote: meant to be a JSON object, not checked."""

    id: str
    tool: str
    arguments: str


@value
class ModelMessage:
    """One message of a prompt. ``name`` is the speaker (`^[a-zA-Z0-9_-]{1,64}$`), ``call`` the id a tool answers."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    name: str | None = None
    calls: tuple[ToolCall, ...] = ()
    call: str | None = None
    images: tuple[FileRef, ...] = ()


@value
class ToolSchema:
    """A tool as a model sees it; ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, object]


@value
class ModelRequest:
    """One call. ``settings``: temperature, top_p, seed, max_tokens, response_format, extra_body (C31).

    ``schema``, where given, asks for an answer that is a JSON object of that JSON Schema.
    """

    messages: Sequence[ModelMessage]
    tools: tuple[ToolSchema, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    schema: Mapping[str, object] | None = None


@value
class TextDelta:
    """More speech."""

    text: str


@value
class ThoughtDelta:
    """More reasoning; never speech (M6)."""

    text: str


@value
class Answer:
    """The whole answer, the last thing a stream yields. ``usage.usd`` is None for an unknown price."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    thoughts: str = ""
    finish: Literal["stop", "length", "tools"] = "stop"
    model: str = ""


Stream: TypeAlias = AsyncGenerator[TextDelta | ThoughtDelta | Answer, None]
"""What a model yields: deltas, then exactly one `Answer`."""
