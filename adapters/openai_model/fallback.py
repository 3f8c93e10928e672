"""Models that stand in for one another: the next one is asked where one fails before its first word."""

from contextlib import aclosing

from msgspec.structs import replace

from agents.errors import ModelFailed
from agents.log.events import Usage
from agents.ports import Model, ModelAnswer, ModelRequest, Stream


def with_fallback(primary: Model, *others: Model) -> Model:
    """``primary``, and where it fails before its first word or has nothing to say, the others in order.

    A refusal or a content filter is an answer, not a failure, and is not taken to the next model. What the failed
    calls cost is part of the answer's usage.
    """
    return _Fallback((primary, *others)) if others else primary


class _Fallback:
    def __init__(self, models: tuple[Model, ...]):
        self._models = models

    @property
    def name(self) -> str:
        """The primary's, with the others behind it."""
        first, *others = [model.name for model in self._models]
        return f"{first} (else {', else '.join(others)})"

    def price(self, usage: Usage) -> float | None:
        """The highest of their prices; None where one of them is not known."""
        prices = [model.price(usage) for model in self._models]
        known = [price for price in prices if price is not None]
        return max(known) if len(known) == len(prices) else None

    async def stream(self, request: ModelRequest) -> Stream:
        """Yield the first model's deltas and answer that there are."""
        lost: Usage | None = None
        failures: list[ModelFailed] = []
        for model in self._models:
            seen, is_last = False, model is self._models[-1]
            try:
                async with aclosing(model.stream(request)) as parts:
                    async for part in parts:
                        if isinstance(part, ModelAnswer) and not (seen or is_last or part.text.strip() or part.calls):
                            lost = _sum(lost, part.usage)
                            break
                        seen = True
                        yield _with(part, lost) if lost is not None and isinstance(part, ModelAnswer) else part
                if seen:
                    return
            except ModelFailed as failure:
                failures.append(failure)
                lost = _sum(lost, failure.usage)
                if seen or failure.kind in ("refused", "filtered"):
                    break
        last = failures[-1]
        tried = "" if len(failures) == 1 else f"{len(failures)} models failed, the last one so: "
        raise ModelFailed(tried + str(last), kind=last.kind, retry_after=last.retry_after, usage=lost) from last


def _with(answer: ModelAnswer, lost: Usage) -> ModelAnswer:
    return replace(answer, usage=answer.usage + lost)


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    return one + other if one is not None and other is not None else one or other
