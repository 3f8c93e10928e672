"""What one model at one endpoint takes, learned from what it refused.

OpenAI-compatible endpoints differ: newer models want ``max_completion_tokens`` and no temperature, small local ones
know neither tools nor JSON schemas nor names nor a system message. A refusal that says so is not an error: the request
is made again without it, and the next one right away. What a refusal means is told by what was sent and by the few
words that endpoints share, whatever its status.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, assert_never

from adapters.openai_model.window import Window

LOGGER = logging.getLogger(__name__)

_UNSUPPORTED = re.compile(
    r"(un|not |n't )support|only the default|unrecogni[sz]ed|unknown|unexpected|(not|n't) (permitted|allowed|known)"
    r"|extra (inputs|fields)|deprecated",
    re.IGNORECASE,
)
Lacking: TypeAlias = Literal["tools", "images", "system_messages", "json_schema", "names"]
"""What a model may be said to do without, before its endpoint refuses it."""

_ESSENTIAL: Final = frozenset({"model", "messages", "stream", "response_format", "tools"})
_WITH_TOOLS: Final = ("tools", "tool_choice", "parallel_tool_calls")

_TOOLS = re.compile(r"\btools?\b|function.?call", re.IGNORECASE)
_ONE_TOOL = re.compile(r"tool_call|\brole|schema|parameters|tools?[.\[]|tool result", re.IGNORECASE)
_SYSTEM = re.compile(r"\bsystem\b.{0,30}\b(role|message|prompt|instruction)|\brole\b.{0,30}\bsystem\b", re.IGNORECASE)
_NULL = re.compile(
    r"content.{0,60}(null|none\b|valid string|string type|required|missing|empty)|(null|none).{0,40}content"
    r"|expected (a )?string",
    re.IGNORECASE,
)
_NO_IMAGES = re.compile(
    r"(not |un|n't )support.{0,40}(image|vision|multimodal)"
    r"|(image|vision|multimodal).{0,60}((not |un|n't )support"
    r"|not enabled)|only.{0,30}(vision|multimodal)|(no|not a) (vision|image|multimodal)"
    r"|unknown variant .?image_url|text[- ]only",
    re.IGNORECASE,
)
_ECHO = re.compile(r"reasoning_(content|details)|extra_content", re.IGNORECASE)
_IN_A_ROW = re.compile(r"alternat|consecutive|same role", re.IGNORECASE)


@dataclass(slots=True)
class Habits:
    """What a model takes.

    name_field: speakers are sent as ``name``.
    prefix_names: they are sent also, or only, in front of what they say.
    images: pictures are sent.
    alternate: what one voice says in several messages in a row is sent as one.
    system: there are system messages; else their text goes into the first message of a user.
    null_content: a message without words has ``null`` as its content, else an empty text.
    schema: answers can be asked for by a JSON schema.
    echo: what the endpoint sent with a tool call goes back with it.
    completion_tokens: the limit of an answer is called ``max_completion_tokens``.
    refused: settings, by name, that are left out.
    window: how much it reads.
    """

    name_field: bool = True
    prefix_names: bool = False
    images: bool = True
    alternate: bool = False
    system: bool = True
    null_content: bool = True
    schema: bool = True
    echo: bool = True
    completion_tokens: bool = False
    refused: set[str] = field(default_factory=set[str])
    window: Window = field(default_factory=Window)

    def do_without(self, lacking: Iterable[Lacking]) -> None:
        """Take it as learned that the model lacks these."""
        for one in lacking:
            match one:
                case "tools":
                    self.refused.update(_WITH_TOOLS)
                case "images":
                    self.images = False
                case "system_messages":
                    self.system = False
                case "json_schema":
                    self.schema = False
                case "names":
                    self.name_field, self.prefix_names = False, True
                case _:
                    assert_never(one)

    def applied_to(self, body: dict[str, object]) -> dict[str, object]:
        """The body without what this model does not take."""
        if self.completion_tokens and "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        if not self.schema:
            body.pop("response_format", None)
        return {key: value for key, value in body.items() if key not in self.refused} if self.refused else body

    def learn(self, complaint: str, body: Mapping[str, object]) -> bool:
        """Whether the complaint about ``body`` taught something, so that asking again makes sense."""
        learned = self._learned(complaint[:4_000], body)
        if learned:
            LOGGER.warning(
                "%s does not take %s; it is left out from now on (%.200s)", body["model"], learned, complaint
            )
        return bool(learned)

    def _learned(self, complaint: str, body: Mapping[str, object]) -> str:
        """What the model does not take, or nothing. Each habit changes once, so this ends."""
        says = complaint.lower()
        if "max_completion_tokens" in says and "max_tokens" in body and not self.completion_tokens:
            self.completion_tokens = True
            return "max_tokens"
        if _IN_A_ROW.search(says) and not self.alternate:
            self.alternate = True
            return "several messages of one role in a row"
        if _SYSTEM.search(says) and self.system:
            self.system = False
            return "system messages"
        if "tools" in body and _TOOLS.search(says) and not _ONE_TOOL.search(says):
            self.refused.update(_WITH_TOOLS)
            return "tools"
        if self.images and _NO_IMAGES.search(says) and "image_url" in str(body["messages"]):
            self.images = False
            return "images"
        if re.search(r"\bname\b", says) and "messages" in says and self.name_field:
            self.name_field, self.prefix_names = False, True
            return "names"
        if _NULL.search(says) and self.null_content:
            self.null_content = False
            return "messages without words"
        if self.echo and _ECHO.search(says) and _UNSUPPORTED.search(says):
            self.echo = False
            return "its own thoughts with a call"
        if _UNSUPPORTED.search(says):
            for key in sorted(body.keys() - _ESSENTIAL, key=len, reverse=True):
                if re.search(rf"\b{re.escape(key.rstrip('s'))}", says):
                    self.refused.add(key)
                    return key
        if "response_format" in body and self.schema:
            self.schema = False
            return "a JSON schema"
        return ""
