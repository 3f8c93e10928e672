"""A model that answers what a test tells it to, at once and for nothing."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from agents.errors import ModelFailed, WrongUse
from agents.log.events import Usage
from agents.ports import ModelAnswer, ModelRequest, Stream, TextDelta, ThoughtDelta, ToolCall


class Gate(Struct, frozen=True):
    """A place in the middle of an answer, or of a program, where it waits for the test.

    Await ``reached``, do what is to happen meanwhile, then call `open` to let it go on, or cancel it.
    """

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        """Let it go on."""
        self.opened.set()


class Partway(Struct, frozen=True, kw_only=True):
    """An answer that says ``first``, then fails or waits at a gate, and says ``rest`` once the gate is opened."""

    first: str
    then: Gate | ModelFailed
    rest: str = ""


Scripted: TypeAlias = str | ModelAnswer | ModelFailed | Partway
"""What one call does: say a text, for the fake's usage; give this answer; raise this failure; or stop partway."""


class FakeModel:
    """A `Model` that gives its ``answers`` one after the other, or asks a function of the request for each.

        model = FakeModel(["Hello.", ModelFailed("The endpoint is down.", kind="server")])
        ports = memory_ports(models={"default": model})

    It raises `WrongUse` when it is called more often than it has answers. ``requests`` has every request, oldest first.
    ``chunk`` is how many characters a delta has; 0 sends a text as one. ``usage`` is what a text costs, ``price`` what
    any usage costs, in US dollars (None: unknown).
    """

    def __init__(
        self,
        answers: Iterable[Scripted] | Callable[[ModelRequest], Scripted] = (),
        *,
        name: str = "fake",
        chunk: int = 0,
        usage: Usage = Usage(input_tokens=10, output_tokens=5, usd=0.0),
        price: float | None = 0.0,
    ):
        self._answer = answers if callable(answers) else _in_order(name, answers)
        self._name, self._chunk, self._usage, self._price = name, chunk, usage, price
        self.requests: list[ModelRequest] = []

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    async def stream(self, request: ModelRequest) -> Stream:
        """Yield the thoughts and the text of the next answer as deltas, then the answer."""
        self.requests.append(request)
        reply = self._answer(request)
        if isinstance(reply, ModelFailed):
            raise reply
        if isinstance(reply, Partway):
            for delta in self._deltas(reply.first):
                yield delta
            await _pass(reply.then)
            for delta in self._deltas(reply.rest):
                yield delta
            yield self._said(reply.first + reply.rest)
            return
        answer = self._said(reply) if isinstance(reply, str) else reply
        if answer.thoughts:
            yield ThoughtDelta(text=answer.thoughts)
        for delta in self._deltas(answer.text):
            yield delta
        yield replace(answer, model=answer.model or self._name, calls=self._named(answer.calls))

    def price(self, usage: Usage) -> float | None:
        """The price that it was given, whatever was used."""
        return self._price

    def _named(self, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
        """The calls with ids of their own, where a test gave none."""
        asked = len(self.requests)
        return tuple(call if call.id else replace(call, id=f"call-{asked}-{n}") for n, call in enumerate(calls, 1))

    def _said(self, text: str) -> ModelAnswer:
        return ModelAnswer(text=text, usage=self._usage, model=self._name)

    def _deltas(self, text: str) -> Iterable[TextDelta]:
        if not text:
            return ()
        step = self._chunk or len(text)
        return [TextDelta(text=text[start : start + step]) for start in range(0, len(text), step)]


def scripted(answers: Iterable[Scripted] | Callable[[ModelRequest], Scripted]) -> FakeModel:
    """Make a model that gives these answers one after the other, or asks a function of the request for each.

    An answer is a text, `calling` for calls of tools, a failure, or any other `ModelAnswer`.

        model = scripted([calling("weather", city="Madrid"), "It will be sunny."])
        run = await run_team(team, "How will it be?", model=model)
    """
    return FakeModel(answers)


def calling(tool: str, **arguments: object) -> ModelAnswer:
    """A model's answer that calls a tool with these arguments, which are what JSON can say.

    model = scripted([calling("weather", city="Madrid"), "It will be sunny."])
    """
    call = ToolCall(id="", tool=tool, arguments=json.dumps(arguments))
    return ModelAnswer(text="", calls=(call,), finish="tools")


def _in_order(name: str, answers: Iterable[Scripted]) -> Callable[[ModelRequest], Scripted]:
    remaining = iter(answers)  # one iterator for all calls: each takes the next answer

    def following(_: ModelRequest) -> Scripted:
        for reply in remaining:
            return reply
        raise WrongUse(f"The fake model {name!r} was asked more often than it has answers; give it one more.")

    return following


async def _pass(then: Gate | ModelFailed) -> None:
    if isinstance(then, ModelFailed):
        raise then
    then.reached.set()
    await then.opened.wait()
