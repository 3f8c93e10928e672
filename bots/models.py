"""The models that a config names, made of the adapters that speak to them."""

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack, aclosing

from msgspec.structs import replace

from adapters.openai_model import Endpoint, OpenAIModel, with_fallback
from agents.log.events import Usage
from agents.ports import Files, Model, ModelAnswer, ModelRequest, Stream
from bots.config import Loaded
from bots.config.tables import ModelTable, Prices
from bots.logs import redactor


async def make_models(loaded: Loaded, default: ModelTable, files: Files, stack: AsyncExitStack) -> dict[str, Model]:
    """Every configured model by name, and ``default``.

    Endpoints with the same address and key share one client, closed with ``stack``. Raises `WrongUse` for a key that
    cannot be read.
    """
    tables = {**loaded.config.models, "default": default}
    endpoints = _Endpoints(loaded, stack)
    made = {name: await endpoints.model(name, table, files) for name, table in tables.items()}
    return {name: _with_fallback(name, tables, made) for name in tables}


class _Endpoints:
    def __init__(self, loaded: Loaded, stack: AsyncExitStack):
        self._loaded, self._stack = loaded, stack
        self._open: dict[tuple[str, str], Endpoint] = {}

    async def model(self, name: str, table: ModelTable, files: Files) -> Model:
        secret = table.api_key
        key = "" if secret is None else self._loaded.reveal(secret, f"[models.{name}] api_key", os.environ)
        endpoint = self._open.get((table.base_url, key))
        if endpoint is None:
            made = Endpoint(
                table.base_url,
                key,
                concurrency=table.concurrency,
                timeout=table.timeout_seconds,
                redact=redactor(self._loaded, os.environ),
            )
            endpoint = self._open[table.base_url, key] = await self._stack.enter_async_context(made)
        model = OpenAIModel(
            endpoint, table.model, files=files, context_tokens=table.context_tokens, without=table.without
        )
        return model if table.prices is None else Priced(model, table.prices)


def _with_fallback(name: str, tables: Mapping[str, ModelTable], made: Mapping[str, Model]) -> Model:
    return with_fallback(made[name], *(made[other] for other in tables[name].fallback))


class Priced:
    """A model with prices of one's own."""

    def __init__(self, model: Model, prices: Prices):
        self._model, self._prices = model, prices

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    @property
    def window(self) -> int | None:
        """The model's."""
        return self._model.window

    def price(self, usage: Usage) -> float | None:
        """By the given prices, in US dollars."""
        prices = self._prices
        cached = prices.input if prices.cached is None else prices.cached
        read = (usage.input_tokens - usage.cached_tokens) * prices.input + usage.cached_tokens * cached
        return (read + usage.output_tokens * prices.output) / 1_000_000

    async def stream(self, request: ModelRequest) -> Stream:
        """The model's own stream, its answer priced."""
        async with aclosing(self._model.stream(request)) as parts:
            async for part in parts:
                if isinstance(part, ModelAnswer):
                    usage = replace(part.usage, usd=self.price(part.usage))
                    yield replace(part, usage=usage)
                else:
                    yield part
