"""A model at an OpenAI-compatible endpoint, as the core's `Model`."""

import asyncio
import base64
import json
import random
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing

from msgspec.structs import replace

from adapters.openai_model import failures, payload, prices
from adapters.openai_model.answers import Assembly
from adapters.openai_model.echoes import for_model
from adapters.openai_model.endpoint import DONE, Endpoint
from adapters.openai_model.habits import Lacking
from adapters.openai_model.reasons import EndpointFailed, Loading, Passing
from agents.errors import ModelFailed, StoreFailed
from agents.log.events import Usage
from agents.ports import Files, ModelAnswer, ModelRequest, Stream, TextDelta, ThoughtDelta

ANSWER_TOKENS = 2_000
"""What is left of a model's window for its answer, where no ``max_tokens`` says how long that may be."""

LOADING_SECONDS = 4.0
"""About how often, at least, a model that is loading is asked whether it is there."""

_IMAGE_TOKENS = 800
_PICTURES = 32
"""How many images are kept as data URLs, the latest."""


class OpenAIModel:
    """The model called ``model`` at ``endpoint``, over chat completions; always streamed.

    ``settings`` hold for every call and a request's own go over them. ``files`` is where a room's images are;
    without it they are only named. ``context_tokens`` is how many tokens it reads, where the endpoint does not tell
    that, and ``without`` what it does not take. An answer whose usage the endpoint does not tell, and one that breaks
    off, is charged by estimate, so that no budget is passed unnoticed. Prices come from genai-prices: None for a host
    or model that it does not know, 0.0 for an endpoint on this machine.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        settings: Mapping[str, object] | None = None,
        files: Files | None = None,
        context_tokens: int | None = None,
        without: Iterable[Lacking] = (),
    ):
        self._endpoint, self._model, self._files = endpoint, model, files
        self._name = f"{model} at {endpoint.host}"
        self._settings = dict(settings or {})
        self._habits = endpoint.habits(model)
        self._habits.do_without(without)
        if context_tokens is not None:
            self._habits.window.tokens = context_tokens
        self._characters_per_token = 4.0
        self._pictures: OrderedDict[str, str | None] = OrderedDict()

    @property
    def name(self) -> str:
        """``gpt-5-mini at api.openai.com``."""
        return self._name

    @property
    def window(self) -> int | None:
        """What is known of it, in four characters a token, and without the room that an answer needs."""
        tokens = self._habits.window.tokens
        if tokens is None:
            return None
        asked = self._settings.get("max_tokens")
        answer = asked if isinstance(asked, int) else min(tokens // 4, ANSWER_TOKENS)
        return max(round((tokens - answer) * self._characters_per_token / 4.0), 1)

    def price(self, usage: Usage) -> float | None:
        """In US dollars, by the endpoint's host and the model's name."""
        if self._endpoint.is_local:
            return 0.0
        return prices.usd(usage, model=self._model, base_url=self._endpoint.base_url)

    def _estimate(self, request: ModelRequest, written: int = 0) -> Usage:
        """What a call with this request and an answer of ``written`` characters uses.

        Four characters a token at first, then what this model's answers showed.
        """
        return self._priced(
            Usage(
                input_tokens=round(_characters(request) / self._characters_per_token)
                + _IMAGE_TOKENS * sum(len(message.images) for message in request.messages),
                output_tokens=round(written / self._characters_per_token),
            )
        )

    async def stream(self, request: ModelRequest) -> Stream:
        """Yield deltas, then the answer. Raises `ModelFailed` with the usage of what was lost.

        Calls are repeated only while nothing of an answer was seen.
        """
        pictures = await self._seen(request)
        async with self._endpoint.slots:
            deadline = asyncio.get_running_loop().time() + self._endpoint.timeout
            offered = frozenset([tool.name for tool in request.tools])
            attempts, took_schemas = 0, self._habits.schema
            while True:
                body = payload.body(
                    self._model,
                    request,
                    self._habits,
                    settings={**self._settings, **request.settings},
                    pictures=pictures,
                    name=self._name,
                )
                assembly = Assembly(offered)
                try:
                    async with aclosing(self._attempt(body, assembly, deadline)) as deltas:
                        async for delta in deltas:
                            yield delta
                    break
                except ModelFailed as failure:
                    if not assembly.length:
                        if isinstance(failure, EndpointFailed) and self._teaches(failure, body):
                            continue
                        wait = self._wait(failure, attempts, deadline)
                        if wait is not None:
                            attempts += 1
                            if attempts == 2 and isinstance(failure, Loading):
                                yield ThoughtDelta(text=f"{failure} It is asked again and again meanwhile.\n")
                            await self._endpoint.sleep(wait)
                            continue
                    self._habits.schema = took_schemas  # leaving it out did not help, so it was not that
                    if failure.kind == "too_long" and isinstance(failure, EndpointFailed):
                        self._habits.window.refused(failure.complaint, self._estimate(request).input_tokens)
                    failure.usage = self._used(request, assembly, failure)
                    raise
        yield self._answer(request, assembly)

    async def _attempt(
        self, body: dict[str, object], assembly: Assembly, deadline: float
    ) -> AsyncGenerator[TextDelta | ThoughtDelta, None]:
        """Make the call once, to its very end. Raises `ModelFailed`."""
        complete = False
        async with aclosing(self._endpoint.chunks(body, name=self.name, deadline=deadline)) as chunks:
            async for chunk in chunks:
                if chunk == DONE:
                    complete = True
                    continue
                try:
                    deltas = assembly.feed(json.loads(chunk))
                except (ValueError, TypeError, AttributeError) as error:
                    raise failures.unreadable(self.name) from error
                for delta in deltas:
                    yield delta
                if assembly.error is not None:
                    break
        for delta in assembly.end():
            yield delta
        self._check(assembly, complete=complete)

    def _check(self, assembly: Assembly, *, complete: bool) -> None:
        """Raise `ModelFailed` for an answer that is none."""
        if assembly.error is not None:
            redact = self._endpoint.redact
            raise failures.from_stream(assembly.error, name=self.name, model=self._model, redact=redact)
        if assembly.refusal:
            raise failures.refused(self.name, assembly.refusal)
        if assembly.finish.casefold() in failures.FILTERS:
            raise failures.filtered(self.name)
        if assembly.finish.casefold() in failures.BREAKS:
            raise failures.broken_off(self.name)
        if assembly.unread_call:
            raise failures.marked_up(self.name)
        if not assembly.finish and not complete:
            raise failures.broken_off(self.name)
        if not assembly.text.strip() and not assembly.calls and assembly.finished == "length":
            raise failures.used_up(self.name)

    def _teaches(self, failure: EndpointFailed, body: Mapping[str, object]) -> bool:
        """Whether a refusal says what this model does not take, so that asking again without it makes sense."""
        about_the_request = failure.kind in ("invalid", "server", "unknown_model")
        return about_the_request and self._habits.learn(failure.complaint, body)

    def _wait(self, failure: ModelFailed, attempts: int, deadline: float) -> float | None:
        """Seconds until the next attempt, after so many before this one; None where there is to be none."""
        loading = isinstance(failure, Loading)
        if not isinstance(failure, Passing) or (attempts >= self._endpoint.retries and not loading):
            return None
        wait = failure.retry_after
        if wait is None:
            wait = min(0.5 * 2.0**attempts, LOADING_SECONDS) * random.uniform(0.75, 1.25)
        left = deadline - asyncio.get_running_loop().time()
        return wait if wait <= min(self._endpoint.longest_wait, left) else None

    def _used(self, request: ModelRequest, assembly: Assembly, failure: ModelFailed) -> Usage | None:
        """What a failed call cost. A call that timed out was worked on, even where nothing of it was seen."""
        if assembly.usage is not None:
            return self._priced(assembly.usage)
        if assembly.length or assembly.finish or failure.kind == "timeout":
            return self._estimate(request, assembly.length)
        return None

    def _answer(self, request: ModelRequest, assembly: Assembly) -> ModelAnswer:
        usage = assembly.usage
        if usage is None:
            usage = self._estimate(request, assembly.length)
        else:
            self._learn(request, usage)
        hide = self._endpoint.without_key
        return ModelAnswer(
            text=hide(assembly.text),
            calls=tuple(
                [
                    replace(call, arguments=hide(call.arguments), echo=for_model(hide(call.echo), self._name))
                    for call in assembly.calls
                ]
            ),
            usage=self._priced(usage),
            thoughts=hide(assembly.thoughts),
            finish=assembly.finished,
            model=f"{assembly.model or self._model} at {self._endpoint.host}",
        )

    def _learn(self, request: ModelRequest, usage: Usage) -> None:
        """Correct the estimate by a fifth of what this answer showed."""
        if usage.input_tokens and not any(message.images for message in request.messages):
            self._habits.window.answered(_characters(request), usage.input_tokens)
            shown = min(max(_characters(request) / usage.input_tokens, 1.0), 8.0)
            self._characters_per_token += (shown - self._characters_per_token) / 5

    def _priced(self, usage: Usage) -> Usage:
        return replace(usage, usd=self.price(usage))

    async def _seen(self, request: ModelRequest) -> Mapping[str, str | None]:
        """The request's images as data URLs by their SHA-256."""
        wanted = {image.sha256: image for message in request.messages if message.images for image in message.images}
        found: dict[str, str | None] = {}
        for sha256, image in wanted.items():
            if sha256 in self._pictures:
                self._pictures.move_to_end(sha256)
            else:
                self._pictures[sha256] = await self._data_url(sha256, image.media_type)
            found[sha256] = self._pictures[sha256]
            while len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        return found

    async def _data_url(self, sha256: str, media_type: str) -> str | None:
        if self._files is None:
            return None
        try:
            content = await self._files.get(sha256)
        except StoreFailed:
            return None
        return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _characters(request: ModelRequest) -> int:
    """About the length of everything the model reads."""
    read = sum([len(tool.description) + len(str(tool.parameters)) for tool in request.tools])
    for message in request.messages:
        read += len(message.text) + 12
        for call in message.calls:
            read += len(call.arguments)
    return read
