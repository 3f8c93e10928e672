"""What one model at one endpoint takes, learned from what it refused.

OpenAI-compatible endpoints differ: newer models want ``max_completion_tokens`` and no temperature, small local ones
know neither tools nor JSON schemas nor names. A refusal that says so is not an error: the request is made again
without it, and the next one right away.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

LOGGER = logging.getLogger(__name__)

_UNSUPPORTED = re.compile(
    r"(un|not |n't )support|only the default|unrecogni[sz]ed|unknown|unexpected|(not|n't) (permitted|allowed|known)"
    r"|extra (inputs|fields)",
    re.IGNORECASE,
)
_ESSENTIAL: Final = frozenset({"model", "messages", "stream", "response_format"})


@dataclass(slots=True)
class Habits:
    """``name_field``: speakers are sent as ``name``; ``prefix_names``: also, or only, in front of what they say."""

    name_field: bool = True
    prefix_names: bool = False
    images: bool = True
    alternate: bool = False
    schema: bool = True
    completion_tokens: bool = False
    refused: set[str] = field(default_factory=set[str])

    def applied_to(self, body: dict[str, object]) -> dict[str, object]:
        """The body without what this model does not take."""
        if self.completion_tokens and "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        if not self.schema:
            body.pop("response_format", None)
        return {key: value for key, value in body.items() if key not in self.refused} if self.refused else body

    def learn(self, complaint: str, body: Mapping[str, object]) -> bool:
        """Whether the complaint about ``body`` taught something, so that asking again makes sense."""
        learned = self._learned(complaint, body)
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
        if "alternat" in says and not self.alternate:
            self.alternate = True
            return "several messages of one role in a row"
        if "image" in says and self.images and "image_url" in str(body["messages"]):
            self.images = False
            return "images"
        if re.search(r"\bname\b", says) and "messages" in says and self.name_field:
            self.name_field, self.prefix_names = False, True
            return "names"
        if _UNSUPPORTED.search(says):
            for key in sorted(body.keys() - _ESSENTIAL, key=len, reverse=True):
                if re.search(rf"\b{re.escape(key.rstrip('s'))}", says):
                    self.refused.add(key)
                    return key
        if "response_format" in body and self.schema:
            self.schema = False
            return "a JSON schema"
        return ""
