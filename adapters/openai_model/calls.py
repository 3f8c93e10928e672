"""Tool calls put together from the pieces in which endpoints stream them.

OpenAI's own pieces have an index, and the first one of each call an id and a name. Others send the id or the index
late, never, or the same one for all, the name with every piece, arguments as an object, or the whole arguments once
more at the end. So pieces are joined by what they mean: a new id, or a new name once the arguments are whole, begins a
call, and whatever says nothing of that goes on the call that is open.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from adapters.openai_model.echoes import echo_of
from adapters.openai_model.surrogates import mended
from agents.ports import ToolCall

_KNOWN = frozenset({"index", "id", "type", "function"})

UNNAMED = "unnamed"
"""What a call is called to which no piece gave a name: the model reads that there is no such tool."""


@dataclass(slots=True)
class _Call:
    index: object
    id: str = ""
    tool: str = ""
    arguments: str = ""
    extra: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def whole(self) -> bool:
        """Whether its arguments are a JSON document, so that nothing can be missing."""
        try:
            json.loads(self.arguments)
        except ValueError:
            return False
        return True


class Calls:
    """Takes pieces of calls, in order."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._moved: dict[object, _Call] = {}  # calls whose arguments come under another index than their head

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def length(self) -> int:
        """How many characters of arguments there are."""
        return sum(len(call.arguments) for call in self._calls)

    def made(self, beside: Mapping[str, Any] | None = None) -> tuple[ToolCall, ...]:
        """The calls, in order; one that got no id from the endpoint has one of its own.

        ``beside`` are fields of the message that go back to the endpoint with its calls, as each call's own do.
        """
        for call in self._calls:
            call.id = call.id or f"call_{uuid4().hex[:16]}"
        return tuple(
            ToolCall(
                id=call.id,
                tool=call.tool or UNNAMED,
                arguments=mended(call.arguments),
                echo=echo_of(call.extra, beside or {}),
            )
            for call in self._calls
        )

    def add(self, piece: Any) -> None:
        """Add one piece: ``{"index", "id", "function": {"name", "arguments"}}``, whatever of that is there.

        Raises AttributeError where it is no object.
        """
        function: Any = piece.get("function") or {}
        name, arguments = str(function.get("name") or ""), _text(function.get("arguments"))
        call = self._meant(piece.get("index"), str(piece.get("id") or ""), name)
        if name and not call.tool.endswith(name):  # a name comes whole, in parts, or again with every piece
            call.tool = name if name.startswith(call.tool) else call.tool + name
        if arguments and not (call.whole and arguments == call.arguments):
            call.arguments += arguments
        call.extra |= {key: value for key, value in piece.items() if key not in _KNOWN and value is not None}

    def _meant(self, index: object, id_: str, name: str) -> _Call:
        """The call that a piece belongs to, begun here where it begins one."""
        same_index = [call for call in self._calls if call.index == index]
        if id_:
            return self._of_id(id_, name, same_index) or self._begin(index, id_)
        if index is not None and index in self._moved:
            return self._moved[index]
        found = same_index[-1] if same_index else None
        if found is None and self._calls and (index is None or not name):
            found = self._calls[-1]
            if index is not None:
                self._moved[index] = found
        if found is None or (name and found.tool and found.whole):
            return self._begin(index)
        return found

    def _of_id(self, id_: str, name: str, same_index: list[_Call]) -> _Call | None:
        """The call with this id, or the one whose id comes only now."""
        for call in self._calls:
            if call.id == id_:
                return call
        late = same_index[-1] if same_index else None
        if late is not None and not late.id and not (name and late.tool and late.whole):
            late.id = id_
            return late
        return None

    def _begin(self, index: object, id_: str = "") -> _Call:
        self._calls.append(_Call(index=index, id=id_))
        return self._calls[-1]


def _text(arguments: Any) -> str:
    """Arguments as text; some endpoints send the object itself."""
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments, ensure_ascii=False)
