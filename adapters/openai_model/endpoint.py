"""One OpenAI-compatible endpoint: its client, its limits, its habits. Any number of models share it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing, suppress
from types import TracebackType
from urllib.parse import urlsplit

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from adapters.openai_model import failures, prices
from adapters.openai_model.bodies import bound
from adapters.openai_model.events import Body, Event
from adapters.openai_model.habits import Habits
from adapters.shared.redaction import REDACTED, SHORTEST_SECRET
from agents.errors import ModelFailed, WrongUse

DONE = b"[DONE]"
"""The chunk that says that the answer is complete."""
_ERROR = b'{"error": %s}'
_DRAIN_SECONDS = 0.2
_MOST_BYTES = 16_000_000
"""Of one answer; more is no answer that anybody wants in memory."""


class Endpoint:
    """Made once and entered (``async with``), so that connections and the one client are shared and closed.

    ``concurrency`` calls run at once; the others wait in order of arrival. That is fair across rooms, because a room
    has one floor and so at most one call in the queue. ``timeout`` and ``idle_timeout`` are in seconds: of a whole
    call, its retries included, and between two pieces of one answer. ``retries`` are made only while nothing of an
    answer was seen, and only where the wait is at most ``longest_wait`` seconds; a call keeps its place meanwhile, so
    that an overloaded endpoint gets less to do. Calls to this machine are free. ``redact`` takes secrets out of what
    the endpoint says; where none is given, the key. Raises `WrongUse` for a ``base_url``
    or an ``api_key`` that cannot be one.
    """

    def __init__(
        self,
        base_url: str = "https://api.openai.com/v1",
        api_key: str = "",
        *,
        concurrency: int = 16,
        timeout: float = 120.0,
        connect_timeout: float = 10.0,
        idle_timeout: float = 60.0,
        retries: int = 2,
        longest_wait: float = 20.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        redact: Callable[[str], str] | None = None,
    ):
        self.host = _host(base_url)
        """Where it is, for people: ``api.openai.com``, ``127.0.0.1:11434``."""
        self.is_local = prices.is_loopback(base_url)
        self.base_url, self.timeout, self.idle_timeout = base_url, timeout, idle_timeout
        self.retries, self.longest_wait, self.sleep = retries, longest_wait, sleep
        self.without_key = _without(api_key.strip())
        """Takes the key out of what a model says: some endpoints repeat it."""
        self.redact = redact or self.without_key
        self.slots = asyncio.Semaphore(concurrency)
        self._habits: dict[str, Habits] = {}
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=_key(api_key),
            max_retries=0,
            timeout=httpx2.Timeout(timeout, connect=connect_timeout),
            # Redirects are not followed: the config says which host reads the conversation.
            http_client=openai.DefaultAsyncHttpx2Client(
                trust_env=not self.is_local, follow_redirects=False, event_hooks={"response": [bound]}
            ),
            default_headers={"accept-encoding": "gzip, deflate"},
        )

    async def __aenter__(self) -> "Endpoint":
        if not self.is_local:
            await asyncio.to_thread(prices.load)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    def habits(self, model: str) -> Habits:
        """What was learned about this model. OpenAI's own read ``name``; others get it and a prefix, to be sure."""
        known = self._habits.get(model)
        if known is None:
            known = Habits(prefix_names=not self.host.endswith((".openai.com", ".azure.com")))
            self._habits[model] = known
        return known

    async def chunks(self, body: dict[str, object], *, name: str, deadline: float) -> AsyncGenerator[bytes, None]:
        """Ask, and yield the answer's chunks, each the text of a JSON object. Raises `ModelFailed`.

        ``name`` is for its messages; ``deadline`` is in the event loop's time. Closing closes the connection.
        """
        response = await self._opened(body, name=name, deadline=deadline)
        cut, readable = Body(), False
        try:
            async with aclosing(self._blocks(response, name=name, deadline=deadline)) as blocks:
                async for block in blocks:
                    for chunk in _chunks(cut.feed(block)):
                        readable = True
                        yield chunk
                        if chunk == DONE:
                            await _drain(blocks)
                            return
            for chunk in _chunks(cut.end()):
                readable = True
                yield chunk
            if not readable:
                raise failures.unreadable(name)
        finally:
            await response.aclose()

    async def _opened(self, body: dict[str, object], *, name: str, deadline: float) -> httpx2.Response:
        """Send the request; the response once its head is there and says that an answer follows."""
        try:
            async with asyncio.timeout_at(deadline):
                # The resource's own create() walks through every message (27 ms at 200); post() sends what it is given.
                stream = await self._client.post(
                    "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
                )
        except openai.APIError as error:
            raise failures.from_library(error, name=name, model=str(body["model"]), redact=self.redact) from None
        except TimeoutError as error:
            raise failures.too_slow(name, self.timeout) from error
        return stream.response

    async def _blocks(self, response: httpx2.Response, *, name: str, deadline: float) -> AsyncGenerator[bytes, None]:
        """The body as it arrives. The first piece may take until the deadline, the others `idle_timeout` each."""
        loop = asyncio.get_running_loop()
        reads, until, size = response.aiter_bytes(), deadline, 0
        while True:
            try:
                async with asyncio.timeout_at(until):
                    block = await anext(reads, None)
            except TimeoutError as error:
                slow = until >= deadline
                raise (
                    failures.too_slow(name, self.timeout) if slow else failures.silent(name, self.idle_timeout)
                ) from error
            except httpx2.TransportError as error:
                raise failures.broken_off(name) from error
            except httpx2.DecodingError as error:
                raise failures.unreadable(name) from error
            if block is None:
                return
            size += len(block)
            if size > _MOST_BYTES:
                raise failures.unreadable(name)
            yield block
            until = min(deadline, loop.time() + self.idle_timeout)


def _host(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts.netloc.rpartition("@")[2]
    except ValueError as error:
        raise WrongUse(f"{base_url!r} is no base_url ({error}); write http://HOST:PORT/v1.") from error
    raise WrongUse(f"{base_url!r} is no base_url; write http://HOST:PORT/v1 or https://HOST/v1.")


def _key(api_key: str) -> str:
    """The key, or a word in its place: the client would else look for one in the environment."""
    key = api_key.strip()
    if not (key.isascii() and key.isprintable()):
        raise WrongUse("The api_key of a model holds characters that no key has; copy it again.")
    return key or "none"


def _without(key: str) -> Callable[[str], str]:
    """Takes the key out of a text; one that is too short to be one would take words out."""
    return lambda text: text.replace(key, REDACTED) if len(key) >= SHORTEST_SECRET else text


def _chunks(events: Iterable[Event]) -> Iterator[bytes]:
    """What of these events is part of an answer: JSON and `DONE`; words that only keep a connection alive are none."""
    for event in events:
        if event.name == b"error":
            yield _ERROR % (event.data if event.data.startswith(b"{") else json.dumps(event.data.decode()).encode())
        elif event.data == DONE or event.data.startswith((b"{", b"[")):
            yield event.data


async def _drain(blocks: AsyncGenerator[bytes, None]) -> None:
    """Read to the end of the body, so that the connection can be used again; one that does not end is closed."""
    with suppress(TimeoutError, ModelFailed):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in blocks:
                pass
