"""An answer put together from the chunks of a chat completion.

This is where the endpoint's JSON is parsed, hence the ``Any``.
"""

import logging
from collections.abc import Collection
from typing import Any, Literal

from adapters.openai_model.calls import Calls
from adapters.openai_model.echoes import REASONING
from adapters.openai_model.marked_calls import LONGEST_MARK, calls_in, mark_in
from adapters.openai_model.surrogates import mended, parted
from agents.log.events import Usage
from agents.ports import TextDelta, ThoughtDelta, ToolCall
from agents.ports.thoughts import ThinkTags

LOGGER = logging.getLogger(__name__)

_LENGTHS = ("length", "max_tokens", "model_length")
"""How endpoints call the end of an answer that has become as long as it may be."""

MOST_TOKENS = 100_000_000
"""What an endpoint reports beyond this, for one call, is not believed."""


class Assembly:
    """Takes chunks (or one whole completion) and knows what they amount to; ``offered`` names the tools of the request.

    ``finish`` is the endpoint's own word, empty while it has not said one. ``usage`` is None until one was told that
    can be believed.
    """

    def __init__(self, offered: Collection[str] = ()) -> None:
        self._offered = offered
        self._marked: tuple[ToolCall, ...] = ()
        self._mark: int | None = None
        self._searched = 0
        self.finish = ""
        self.refusal = ""
        self.model = ""
        self.usage: Usage | None = None
        self.error: Any = None
        self._speech = ThinkTags()
        self._reasoning = self._half = ""
        self._beside: dict[str, Any] = {}
        self._calls = Calls()

    @property
    def text(self) -> str:
        """All speech so far, without calls of tools that stand in it as text."""
        text = self._speech.text
        return text[: self._mark].rstrip() if self._marked else text

    @property
    def thoughts(self) -> str:
        """All reasoning so far, from its own fields and from think tags."""
        return mended(self._reasoning) + self._speech.thoughts

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return self._calls.made(self._beside) or self._marked

    @property
    def unread_call(self) -> bool:
        """Whether the text holds marks of a call that could not be made one; it is no answer then."""
        return self._mark is not None and not self.calls

    @property
    def length(self) -> int:
        """How many characters the endpoint has written, of any kind."""
        return len(self.text) + len(self.thoughts) + self._calls.length

    @property
    def finished(self) -> Literal["stop", "length", "tools"]:
        """Why the answer ended, in the core's words."""
        if self.finish.casefold() in _LENGTHS:
            return "length"  # with calls, too: what there is of their arguments may be half of them
        return "tools" if self._calls or self._marked else "stop"

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
        deltas = [*self._speech.feed(mended(self._half)), *self._speech.end()]
        if not self._holds_mark():
            return deltas
        if not self._calls:
            self._marked = calls_in(self._speech.text[self._mark :], self._offered)
        return []

    def _holds_mark(self) -> bool:
        """Whether the speech so far holds a mark of a call, where any tool was offered."""
        text = self._speech.text
        if self._offered and self._mark is None:
            self._mark = mark_in(text, max(self._searched - LONGEST_MARK, 0))
            self._searched = len(text)
        return self._mark is not None

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
        for key in REASONING:
            if delta.get(key):  # texts and lists grow from piece to piece
                self._beside[key] = self._beside[key] + delta[key] if key in self._beside else delta[key]
        content = delta.get("content")
        if content:
            spoken, self._half = parted(self._half + (content if isinstance(content, str) else _joined(content)))
            deltas += self._speech.feed(mended(spoken))
            if self._holds_mark():
                return []  # a call in its marks: nothing to show as speech
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
