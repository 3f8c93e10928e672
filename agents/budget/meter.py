"""Calls of models within budgets: reserve before, charge after, and count what failed too, for it is billed as well."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing

from agents.budget.limits import reserved
from agents.errors import ModelFailed, WrongUse
from agents.log.events import Usage
from agents.ports import (
    Amount,
    Cap,
    Model,
    ModelAnswer,
    ModelRequest,
    Ports,
    TextDelta,
    ThoughtDelta,
    request_tokens,
)

EXPECTED_OUTPUT = 1_000
"""Tokens that an answer is expected to need where the settings name no ``max_tokens``."""

NOTHING = Amount()

NO_ANSWER = ModelAnswer(text="")

Caps = Callable[[], Mapping[str, Cap]]
"""The caps that hold now, by scope: a turn may go on past midnight."""

Show = Callable[[TextDelta | ThoughtDelta], Awaitable[None]]
"""Shows people what a model says while it comes."""


class Meter:
    """Calls the models of one turn, or of one choice of a speaker.

    ``usage`` is what that has cost so far, None before the first call; ``model`` names the model that was called last.

        meter = Meter(memory_ports(models={"default": FakeModel(["Hello."])}), caps=dict)
        answer = await meter.ask("default", ModelRequest(messages=[]))
        assert answer.text == "Hello."
    """

    def __init__(self, ports: Ports, caps: Caps):
        self._ports, self._caps = ports, caps
        self.usage: Usage | None = None
        self.model = ""

    def window(self, name: str) -> int | None:
        """How many estimated tokens a request to that model may have; None where nobody knows."""
        model = self._ports.models.get(name)
        return None if model is None else model.window

    async def ask(self, name: str, request: ModelRequest, show: Show | None = None) -> ModelAnswer:
        """Call the model with that name; ``show`` gets each delta as it comes.

        Raises `BudgetExceeded` before the call, `ModelFailed`, `StoreFailed`, and `WrongUse` for an unknown model.
        """
        model = self._ports.models.get(name)
        if model is None:
            known = ", ".join(sorted(self._ports.models)) or "none"
            raise WrongUse(f"There is no model {name!r}; the configured ones are: {known}.")
        self.model = model.name
        caps = self._caps()
        caps = _that_bind(model, caps) if caps else caps
        expected = _expected(model, request) if caps else NOTHING
        async with reserved(self._ports.store.ledger, caps, expected) as charge:
            answer, spent, streamed = NO_ANSWER, None, 0
            try:
                async with aclosing(model.stream(request)) as stream:
                    async for item in stream:
                        if isinstance(item, ModelAnswer):
                            answer, spent = item, item.usage
                            continue
                        streamed += len(item.text)
                        if show is not None:
                            await show(item)
                return answer
            except ModelFailed as error:
                spent = error.usage or Usage()  # none: the failure cost nothing
                raise
            finally:
                # Cut off by an interruption, nobody says what it cost: the request, and what has come of the answer.
                spent = spent or Usage(input_tokens=request_tokens(request), output_tokens=streamed // 4)
                spent = spent if spent.usd is not None else spent.priced(model.price(spent))
                self.usage = spent if self.usage is None else self.usage + spent
                if caps:
                    charge(Amount(usd=spent.usd or 0.0, tokens=spent.tokens))


def _that_bind(model: Model, caps: Mapping[str, Cap]) -> Mapping[str, Cap]:
    """The caps that a call of this model can reach.

    Where it is free, or nobody knows its price, they are those in tokens.
    """
    if model.price(Usage(input_tokens=EXPECTED_OUTPUT, output_tokens=EXPECTED_OUTPUT)):
        return caps
    return {scope: cap for scope, cap in caps.items() if cap.tokens is not None}


def _expected(model: Model, request: ModelRequest) -> Amount:
    limit = request.settings.get("max_tokens")
    output = limit if isinstance(limit, int) else EXPECTED_OUTPUT
    usage = Usage(input_tokens=request_tokens(request), output_tokens=output)
    return Amount(usd=model.price(usage) or 0.0, tokens=usage.tokens)
