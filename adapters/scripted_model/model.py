"""The script as a `Model`."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from adapters.scripted_model.roles import ASK_PERSON, act, next_speaker
from adapters.scripted_model.scene import read
from agents.log.events import Usage
from agents.ports import ModelAnswer, ModelRequest, Stream, TextDelta, ToolCall

_CHUNK = 12
"""Characters of one delta."""


class ScriptedModel:
    """Plays the roles of the ready-made teams ``coding`` and ``pair`` for five tasks (`TASKS`); free, and no model.

    It keeps no state: what it says follows from the prompt alone. ``delay`` is in seconds before each delta, so that
    it looks alive. To a request for a speaker (a schema with an enum under ``speaker``) it answers by its script.
    """

    def __init__(self, *, delay: float = 0.015, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep):
        self._delay, self._sleep = delay, sleep

    @property
    def name(self) -> str:
        """Its name, which says that it is no language model."""
        return "a script (no language model)"

    @property
    def window(self) -> int | None:
        """None: it reads everything."""
        return None

    def price(self, usage: Usage) -> float | None:
        """Zero: a script costs nothing."""
        return 0.0

    async def stream(self, request: ModelRequest) -> Stream:
        """Yield the next words of the script; an answer without text and calls is a pass."""
        if request.schema is not None:
            names = _speakers(request.schema)
            conversation = [one for one in request.messages if one.name or one.role == "system"]
            text = json.dumps({"speaker": next_speaker(read(conversation), names)} if names else {})
            yield TextDelta(text=text)
            yield self._answer(text)
            return
        doing = act(read(request.messages), can_ask=any(tool.name == ASK_PERSON for tool in request.tools))
        for start in range(0, len(doing.text), _CHUNK):
            await self._sleep(self._delay)
            yield TextDelta(text=doing.text[start : start + _CHUNK])
        asks = ToolCall(id=f"call_{uuid4().hex[:16]}", tool=ASK_PERSON, arguments=doing.question)
        yield self._answer(doing.text, (asks,) if doing.question else ())

    def _answer(self, text: str, calls: tuple[ToolCall, ...] = ()) -> ModelAnswer:
        finish = "tools" if calls else "stop"
        return ModelAnswer(text=text, calls=calls, usage=Usage(usd=0.0), finish=finish, model=self.name)


def _speakers(schema: Mapping[str, Any]) -> list[str]:
    """The names under ``speaker``; none where the schema asks for something else."""
    try:
        return [str(name) for name in schema["properties"]["speaker"]["enum"]]
    except (KeyError, TypeError):
        return []
