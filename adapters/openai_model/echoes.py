"""What an endpoint wants back with a tool call: thought signatures, reasoning, fields that only it knows.

Gemini refuses a call without its ``extra_content``, DeepSeek, Kimi and OpenRouter one without the reasoning that came
before it. It is kept with the call in the log, so that a wait for people or a restart does not lose it, and goes to the
model that sent it and to no other.
"""

import json
from collections.abc import Mapping
from typing import Any

from adapters.openai_model.surrogates import mended

MOST = 65_536
"""How many characters are kept with one call; an endpoint that wants more back gets none of it."""

REASONING = ("reasoning_content", "reasoning_details")
"""The fields of a message that go back with its calls."""


def echo_of(call: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    """What is kept with a call: its own fields and those of the message it came in; empty where there are none."""
    kept = {key: value for key, value in (("call", call), ("message", message)) if value}
    text = mended(json.dumps(kept, ensure_ascii=False)) if kept else ""
    return text if len(text) <= MOST else ""


def for_model(echo: str, model: str) -> str:
    """The echo as it is kept, with the name of the model that it is for."""
    return json.dumps({"model": model, **json.loads(echo)}, ensure_ascii=False) if echo else ""


def put_back(one: dict[str, Any], call: dict[str, Any], echo: str, model: str) -> None:
    """Put the fields back into a message and its call, where they are this model's."""
    if not echo:
        return
    kept: dict[str, Any] = json.loads(echo)
    if kept.get("model") == model:
        call |= kept.get("call", {})
        one |= kept.get("message", {})
