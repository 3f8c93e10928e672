"""Tool calls that a server hands through as text, because it has no parser for how its model writes them.

vLLM without ``--tool-call-parser`` and several proxies do. The marks are those of the models' own chat templates.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from agents.ports import ToolCall

MARK = re.compile(
    r"<tool_call>|<function=|\[TOOL_CALLS\]|<\|python_tag\|>|<｜tool▁calls?▁begin｜>|<\|tool_calls?(?:_section)?_begin\|>"
)
"""Where a call begins, in the marks of Hermes and Qwen, Llama, Mistral, DeepSeek and Kimi."""

_NAMED = re.compile(
    r"<function=([\w.-]+)>|\[TOOL_CALLS\]\s*([\w.-]+)\s*\[ARGS\]|function<｜tool▁sep｜>([\w.-]+)|functions\.([\w.-]+):\d+"
)
_NAME_KEYS = ("name", "tool", "function")
_ARGUMENT_KEYS = ("arguments", "parameters", "args")
_DECODER = json.JSONDecoder()


LONGEST_MARK = 32
"""How many characters a mark has at most."""


def mark_in(text: str, begin: int = 0) -> int | None:
    """Where the first mark of a call at or after ``begin`` stands, outside fenced code; None where there is none."""
    found = MARK.search(text, begin)
    return None if found is None or text.count("```", 0, found.start()) % 2 else found.start()


def calls_in(text: str, offered: Collection[str]) -> tuple[ToolCall, ...]:
    """The calls of offered tools that are marked up in ``text``, in order; none where any of it makes no sense."""
    made: list[ToolCall] = []
    for name, arguments in _objects(text):
        if name not in offered:
            return ()
        made.append(ToolCall(id=f"marked_{len(made) + 1}", tool=name, arguments=json.dumps(arguments)))
    return tuple(made)


def _objects(text: str) -> Iterator[tuple[str, object]]:
    """The name and the arguments of each call: a name in the marks with an object after it, or an object with both."""
    at = 0
    while (begin := text.find("{", at)) >= 0:
        named = list(_NAMED.finditer(text, at, begin))
        try:
            found, at = _DECODER.raw_decode(text, begin)
        except ValueError:
            return
        if named:
            yield next(name for name in named[-1].groups() if name), found
        else:
            yield _name_of(found), next((found[key] for key in _ARGUMENT_KEYS if key in found), None)


def _name_of(found: dict[str, Any]) -> str:
    for key in _NAME_KEYS:
        match found.get(key):
            case str(name):
                return name
            case {"name": str(name)}:
                return name
            case _:
                pass
    return ""
