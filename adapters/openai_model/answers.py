"""An answer put together from the chunks of a chat completion.

This is where the endpoint's JSON is parsed, hence the ``Any``.
"""

import logging
from typing import Any, Literal

from adapters.openai_model.calls import Calls
from adapters.openai_model.surrogates import mended, parted
from adapters.openai_model.thoughts import ThinkTags
from agents.log.events import Usage
from agents.ports import TextDelta, ThoughtDelta, ToolCall

LOGGER = logging.getLogger(__name__)

MOST_TOKENS = 100_000_000
"""What an endpoint reports beyond this, for one call, is not believed."""


class Assembly:
    """Takes chunks (or one whole completion) and knows what they amount to.

    ``finish`` is the endpoint's own word, empty while it has not said one. ``usage`` is None until one was told that
    can be believed.
    """

    def __init__(self) -> None:
        self.finish = ""
        self.refusal = ""
        self.model = ""
        self.usage: Usage | None = None
        self.error: Any = None
        self._speech = ThinkTags()
        self._reasoning = self._half = ""
        self._calls = Calls()

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
        return self._calls.made()

    @property
    def length(self) -> int:
        """How many characters the endpoint has written, of any kind."""
        return len(self.text) + len(self.thoughts) + self._calls.length

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
            self.usage = _usage(chunk["usage"]) or self.usage
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):
                return self._choice(choice)
        return []

    def end(self) -> list[TextDelta | ThoughtDelta]:
        """The deltas held back until now; nothing more comes."""
        return [*self._speech.feed(mended(self._half)), *self._speech.end()]

    def _choice(self, choice: Any) -> list[TextDelta | ThoughtDelta]:
        self.finish = choice.get("finish_reason") or self.finish
        delta: Any = choice.get("delta") or (not self.length and choice.get("message")) or {}
        self.refusal += delta.get("refusal") or ""
        for call in delta.get("tool_calls") or ():
            self._calls.add(call)
        if delta.get("function_call"):  # what tool_calls were called before
            self._calls.add({"function": delta["function_call"]})
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


def _joined(parts: Any) -> str:
    """Some endpoints write content as a list of parts."""
    return "".join(part.get("text") or "" for part in parts)


def _usage(told: Any) -> Usage | None:
    """What the endpoint says that the call used; None where its numbers cannot be, so that they are not booked."""
    details: Any = told.get("prompt_tokens_details") or {}
    read, written = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    cached = _count(details.get("cached_tokens"))
    if read is None or written is None or cached is None:
        LOGGER.warning("An endpoint reported a usage that cannot be (%.200s); the estimate is booked instead.", told)
        return None
    return Usage(input_tokens=read, cached_tokens=min(cached, read), output_tokens=written)


def _count(number: Any) -> int | None:
    """A whole number of tokens, 0 where there is none; None for what is no such number."""
    if number is None:
        return 0
    whole = not isinstance(number, bool) and isinstance(number, int | float) and number == number // 1
    return int(number) if whole and 0 <= number <= MOST_TOKENS else None
