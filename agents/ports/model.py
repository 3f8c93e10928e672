"""What a model is asked and what it answers."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from agents.log.events import Pending, ToolCalled, Usage
from agents.log.files import FileRef
from agents.log.turns import ToolRun


class ToolCall(Struct, frozen=True, kw_only=True, gc=False):
    """A model asks for a call of a tool; the result goes back under its ``id``.

    id: the endpoint's name for the call.
    tool: the tool's name.
    arguments: the text that the model wrote: meant to be a JSON object, and not checked.
    echo: what the model's endpoint wants back with the call in the next requests, as the text of a JSON object that
        only its adapter reads: thoughts and their signatures, say. Empty where it wants nothing.
    """

    id: str
    tool: str
    arguments: str
    echo: str = ""

    def started(self, approval: int | None = None) -> ToolCalled:
        """The event that its tool starts; ``approval`` is the seq of the question by which people allowed that."""
        return ToolCalled(call=self.id, tool=self.tool, arguments=self.arguments, approval=approval, echo=self.echo)


def call_of(kept: Pending | ToolRun) -> ToolCall:
    """The call that waits for people, or that was made, as its model wrote it."""
    return ToolCall(id=kept.call, tool=kept.tool, arguments=kept.arguments, echo=kept.echo)


class ModelMessage(Struct, frozen=True, kw_only=True, gc=False):
    """One message of a prompt.

    role: whose words they are, as in OpenAI's Chat Completions API.
    text: the words.
    name: the speaker's name, as all participants of the room read it; an endpoint may want it in other letters.
    calls: of an ``assistant``, the calls of tools that go with the words.
    call: of a ``tool``, the id of the call that it answers.
    images: pictures that go with the words.

        def without_mail(messages: list[ModelMessage]) -> list[ModelMessage]:
            return [one for one in messages if "@example.com" not in one.text]

        careful = assistant("careful", on_messages=without_mail)
    """

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
    """One call of a model.

    ``settings`` are passed on: ``temperature``, ``top_p``, ``seed``, ``max_tokens``, ``response_format`` and
    ``extra_body``, as OpenAI's API has them. ``schema`` asks for an answer that is a JSON object of that JSON Schema.
    """

    messages: Sequence[ModelMessage]
    tools: tuple[ToolSchema, ...] = ()
    settings: Mapping[str, object] = {}
    schema: Mapping[str, object] | None = None


class TextDelta(Struct, frozen=True, kw_only=True, gc=False):
    """More of what the model says, to be shown behind what came before."""

    text: str


class ThoughtDelta(Struct, frozen=True, kw_only=True, gc=False):
    """More of what the model thinks before it speaks; nobody is shown it as speech."""

    text: str


class ModelAnswer(Struct, frozen=True, kw_only=True, gc=False):
    """The whole answer, which a stream yields last.

    text: all that the model says.
    calls: the tools that it asks for.
    usage: what the call cost; its ``usd`` is None where the price is unknown.
    thoughts: what it thought before it spoke.
    finish: why it ended: it was done, it reached the length that it may have, or it waits for tools.
    model: the name of the model that answered.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    thoughts: str = ""
    finish: Literal["stop", "length", "tools"] = "stop"
    model: str = ""


Stream: TypeAlias = AsyncGenerator[TextDelta | ThoughtDelta | ModelAnswer, None]
"""What a model yields: deltas, then exactly one `ModelAnswer`. Whoever reads it closes it."""


class Model(Protocol):
    """A language model behind an endpoint.

    One value serves many rooms at once. What it shall know of a conversation is in the request.

        request = ModelRequest(messages=[ModelMessage(role="user", text="Say hello.")])
        async for item in model.stream(request):
            answer = item
        assert isinstance(answer, ModelAnswer)
    """

    @property
    def name(self) -> str:
        """What people are told that spoke: ``gpt-5-mini at api.openai.com``."""
        ...

    def stream(self, request: ModelRequest) -> Stream:
        """Yield deltas, then exactly one `ModelAnswer`. Raises `ModelFailed`.

        The implementation retries by itself where that may help, but not once it has yielded a delta: nobody is shown
        the same words twice. Closing the stream, or cancelling its reader, closes the connection.
        """
        ...

    def price(self, usage: Usage) -> float | None:
        """What this usage costs in US dollars; None where nobody knows the price, 0.0 for a free model."""
        ...


def estimated_tokens(text: str) -> int:
    """About how many tokens a message with this text costs: one for four characters, and four for what is around it.

    Four characters are OpenAI's rule of thumb for English; no tokenizer is asked, because every model has another one.
    """
    return len(text) // 4 + 4


def estimated_schemas(tools: Sequence[ToolSchema]) -> int:
    """About how many tokens the tools of a request cost: their schemas are sent with every call."""
    return sum(estimated_tokens(one.name + one.description + str(one.parameters)) for one in tools)
