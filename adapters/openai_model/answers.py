"""An answer put together from the chunks of a chat completion.

This is where the endpoint's JSON is parsed, hence the ``Any``.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from adapters.openai_model.surrogates import mended, parted
from agents.log.events import Usage
from agents.ports import TextDelta, ThoughtDelta, ToolCall
from agents.ports.thoughts import ThinkTags


@dataclass(slots=True)
class _Call:
    index: int | None
    id: str
    tool: str = ""
    arguments: str = ""


class Assembly:
    """Takes chunks (or one whole completion) and knows what they amount to.

    ``finish`` is the endpoint's own word, empty while it has not said one. ``usage`` is None until it was told.
    """

    def __init__(self) -> None:
        self.finish = ""
        self.refusal = ""
        self.model = ""
        self.usage: Usage | None = None
        self.error: Any = None
        self._speech = ThinkTags()
        self._reasoning = self._half = ""
        self._calls: list[_Call] = []

    @property
    def text(self) -> str:
        """All speech so far."""
        return self._speech.text

    @property
    def thoughts(self) -> str:
        """All reasoning so far, from its own fields and from think tags."""
        return mended(self._reasoning) + self._speech.thoughts

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return tuple(ToolCall(id=call.id, tool=call.tool, arguments=mended(call.arguments)) for call in self._calls)

    @property
    def length(self) -> int:
        """How many characters the endpoint has written, of any kind."""
        return len(self.text) + len(self.thoughts) + sum(len(call.arguments) for call in self._calls)

    @property
    def finished(self) -> Literal["stop", "length", "tools"]:
        """Why the answer ended, in the core's words."""
        if self._calls:
            return "tools"
        return "length" if self.finish == "length" else "stop"

    def feed(self, chunk: Any) -> list[TextDelta | ThoughtDelta]:
        """Add a chunk; the deltas it holds. Raises TypeError, AttributeError or ValueError where it is no chunk."""
        if chunk.get("error"):
            self.error = chunk["error"]
            return []
        self.model = chunk.get("model") or self.model
        if chunk.get("usage"):
            self.usage = _usage(chunk["usage"])
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                return self._choice(choice)
        return []

    def end(self) -> list[TextDelta | ThoughtDelta]:
        """The deltas held back until now; nothing more comes."""
        return [*self._speech.feed(mended(self._half)), *self._speech.end()]

    def _choice(self, choice: Any) -> list[TextDelta | ThoughtDelta]:
        self.finish = choice.get("finish_reason") or self.finish
        delta: Any = choice.get("delta") or choice.get("message") or {}
        self.refusal += delta.get("refusal") or ""
        for call in delta.get("tool_calls") or ():
            self._call(call)
        deltas: list[TextDelta | ThoughtDelta] = []
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(reasoning, str):
            self._reasoning += reasoning
            deltas.append(ThoughtDelta(text=mended(reasoning)))
        content = delta.get("content")
        if content:
            spoken, self._half = parted(self._half + (content if isinstance(content, str) else _joined(content)))
            deltas += self._speech.feed(mended(spoken))
        return deltas

    def _call(self, delta: Any) -> None:
        """Calls are told apart by index; where an endpoint gives none, or always the same, by id."""
        index, id_ = delta.get("index"), delta.get("id")
        function: Any = delta.get("function") or {}
        known = [call for call in self._calls if call.index == index and (not id_ or id_ == call.id)]
        if known and not (index is None and not id_ and function.get("name")):
            call = known[-1]
        else:
            call = _Call(index=index, id=id_ or f"call_{uuid4().hex[:16]}")
            self._calls.append(call)
        if function.get("name") != call.tool:
            call.tool += function.get("name") or ""
        call.arguments += function.get("arguments") or ""


def _joined(parts: Any) -> str:
    """Some endpoints write content as a list of parts."""
    return "".join(part.get("text") or "" for part in parts)


def _usage(usage: Any) -> Usage:
    details: Any = usage.get("prompt_tokens_details") or {}
    return Usage(
        input_tokens=int(usage.get("prompt_tokens") or 0),
        cached_tokens=int(details.get("cached_tokens") or 0),
        output_tokens=int(usage.get("completion_tokens") or 0),
    )
