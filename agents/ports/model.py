"""What a model is asked and what it answers."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from agents.log.events import Usage
from agents.log.files import FileRef
from agents.log.participants import ParticipantId, short_name


class ToolCall(Struct, frozen=True, kw_only=True, gc=False):
    """A model's wish to call a tool. ``arguments`` is the text it wrote: meant to be a JSON object, not checked."""

    id: str
    tool: str
    arguments: str


class ModelMessage(Struct, frozen=True, kw_only=True, gc=False):
    """One message of a prompt. ``name`` is the speaker (`^[a-zA-Z0-9_-]{1,64}$`), ``call`` the id a tool answers."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    name: str | None = None
    calls: tuple[ToolCall, ...] = ()
    call: str | None = None
    images: tuple[FileRef, ...] = ()


class ToolSchema(Struct, frozen=True, kw_only=True, gc=False):
    """A tool as a model sees it; ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, object]


class ModelRequest(Struct, frozen=True, kw_only=True, gc=False):
    """One call. ``settings``: temperature, top_p, seed, max_tokens, response_format, extra_body (C31).

    ``schema``, where given, asks for an answer that is a JSON object of that JSON Schema.
    """

    messages: Sequence[ModelMessage]
    tools: tuple[ToolSchema, ...] = ()
    settings: Mapping[str, object] = {}
    schema: Mapping[str, object] | None = None


class TextDelta(Struct, frozen=True, kw_only=True, gc=False):
    """More speech."""

    text: str


class ThoughtDelta(Struct, frozen=True, kw_only=True, gc=False):
    """More reasoning; never speech (M6)."""

    text: str


class ModelAnswer(Struct, frozen=True, kw_only=True, gc=False):
    """The whole answer, the last thing a stream yields. ``usage.usd`` is None for an unknown price."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    thoughts: str = ""
    finish: Literal["stop", "length", "tools"] = "stop"
    model: str = ""


Stream: TypeAlias = AsyncGenerator[TextDelta | ThoughtDelta | ModelAnswer, None]
"""What a model yields: deltas, then exactly one `ModelAnswer`."""


class Model(Protocol):
    """A language model behind an endpoint."""

    @property
    def name(self) -> str:
        """What people call it, for `agents` and provenance: ``gpt-5-mini at api.openai.com``."""
        ...

    def stream(self, request: ModelRequest) -> Stream:
        """Yield deltas, then exactly one `ModelAnswer`. Raises `ModelFailed`.

        Cancelling closes the connection. Retries are the implementation's own and never repeat a delta.
        """
        ...

    def price(self, usage: Usage) -> float | None:
        """What this usage costs in US dollars; None where nobody knows the price, 0.0 for a free model."""
        ...


def estimated_tokens(text: str) -> int:
    """About how many tokens a text costs: four characters each, and four for the message around it."""
    return len(text) // 4 + 4


def estimated_schemas(tools: Sequence[ToolSchema]) -> int:
    """About how many tokens the tools of a request cost."""
    return sum(estimated_tokens(one.name + one.description + str(one.parameters)) for one in tools)


@lru_cache(maxsize=4096)
def model_name(participant: ParticipantId) -> str:
    """A participant's name as models accept it: ``^[a-zA-Z0-9_-]{1,64}$`` (M7)."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", short_name(participant))[:64] or "participant"
