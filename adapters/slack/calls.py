"""Calls of Slack's Web API with one token: paced, never repeated by themselves, failing as the core's errors."""

import asyncio
import json
import logging
import os
from collections.abc import Container, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.buckets import LONGEST_WAIT, Buckets
from adapters.slack.payloads import Payload, word
from adapters.slack.refusals import PAUSE, Refused, refusal
from agents.errors import PlatformFailed
from agents.ports import Clock

CALL_SECONDS = 20.0
_CONNECTIONS = 2
"""TCP connections of one app to one host: more would gain nothing at Slack's pace."""

_AS_JSON = frozenset(
    ("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.update", "chat.startStream",
     "chat.appendStream", "chat.stopStream")
)  # fmt: skip
"""Methods with blocks; the others take forms, and some of those take nothing else."""

_OUTAGES = (502, 503, 504)
"""What answers is not Slack itself."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@contextmanager
def own_settings_only() -> Generator[None]:
    """Hide from slack_bolt and slack_sdk, while they are set up, what they would read from the environment."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SLACK_") or name in _PROXIES}
    try:
        yield
    finally:
        os.environ.update(hidden)


def new_session() -> aiohttp.ClientSession:
    """The connections of one app, for all of its calls."""
    connector = aiohttp.TCPConnector(limit_per_host=_CONNECTIONS)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))


def new_client(token: str, api_url: str, session: aiohttp.ClientSession, logger: logging.Logger) -> AsyncWebClient:
    """A client of the library that takes nothing from the environment and repeats nothing: a post could come twice."""
    with own_settings_only():
        return AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[], logger=logger)


def quiet_logger() -> logging.Logger:
    """The libraries' logger. It never says what it would at DEBUG: tickets, response_urls and everything people write.

    Its level is its own: without one the libraries build those lines though nobody reads them.
    """
    logger = logging.getLogger("slack_bolt.tertulia")
    logger.setLevel(max(logging.INFO, logging.getLogger("slack_bolt").getEffectiveLevel()))
    return logger


class Caller:
    """The Web API as one app may use it. ``app`` names the app in limits."""

    def __init__(self, client: AsyncWebClient, buckets: Buckets, clock: Clock, *, app: str):
        self.client = client
        self._buckets, self._clock, self._app = buckets, clock, app

    async def call(self, method: str, /, **arguments: object) -> Payload:
        """What Slack answered. Raises `Refused`, and `PlatformFailed` where it is not known what happened."""
        response = await self._paced(method, arguments)
        return {**response.data}

    async def call_with_scopes(self, method: str, /, **arguments: object) -> tuple[Payload, Container[str]]:
        """The same, with the scopes that the token has: all of them where the answer does not tell."""
        response = await self._paced(method, arguments)
        told = response.headers.get("x-oauth-scopes")
        scopes = _EVERY_SCOPE if told is None else frozenset(one.strip() for one in str(told).split(",") if one.strip())
        return {**response.data}, scopes

    def has_room(self, method: str, channel: str = "") -> bool:
        """Whether a call that may as well be left out can be made now."""
        return self._buckets.has_room(self._app, method, channel)

    async def _paced(self, method: str, arguments: Mapping[str, object]) -> Any:
        """The library's response, once the call has its turn."""
        channel = str(arguments.get("channel", ""))
        if (wait := self._buckets.take(self._app, method, channel)) > LONGEST_WAIT:
            raise Refused("ratelimited", f"So many calls of {method} wait that this one must.", retry_after=wait)
        try:
            if wait > 0:
                await self._clock.sleep(wait)
        except asyncio.CancelledError:
            self._buckets.give_back(self._app, method, channel)
            raise
        try:
            return await self._send(method, {key: one for key, one in arguments.items() if one is not None})
        except Refused as error:
            if error.retry_after is not None:
                self._buckets.rest(self._app, method, channel, error.retry_after)
            raise

    async def _send(self, method: str, arguments: Mapping[str, object]) -> Any:
        try:
            return await api_call(self.client, method, arguments)
        except SlackApiError as error:
            raise _failure(method, error) from error
        except aiohttp.ClientConnectorError as error:
            raise PlatformFailed(f"Slack cannot be reached ({error}); it is tried again.", outage=True) from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            raise PlatformFailed(
                f"The connection to Slack broke during {method}; it is not known what happened.",
                unknown=True,
                outage=True,
            ) from error


class _EveryScope:
    """A proxy between Slack and us may drop the header that names the scopes; what is missing is then refused."""

    def __contains__(self, scope: object) -> bool:
        return True


_EVERY_SCOPE = _EveryScope()


async def api_call(client: AsyncWebClient, method: str, arguments: Mapping[str, object]) -> Any:
    """One request of the library; its answer, which the library does not type. Raises what the library raises."""
    library: Any = client
    if method in _AS_JSON:
        return await library.api_call(method, json=dict(arguments))
    return await library.api_call(method, data=_form(arguments))


def _form(arguments: Mapping[str, object]) -> dict[str, str]:
    return {key: _field(one) for key, one in arguments.items()}


def _field(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def error_name(error: SlackApiError) -> str:
    """Slack's word for a refusal; empty where the answer was none of its own."""
    return word(_answer(error), "error")


def _answer(error: SlackApiError) -> Payload:
    response: Any = error.response
    data: object = getattr(response, "data", None)
    return {**data} if isinstance(data, dict) else {}


def _failure(method: str, error: SlackApiError) -> PlatformFailed:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    answer = _answer(error)
    if status == 429:
        return refusal(method, "ratelimited", retry_after=_seconds(str(response.headers.get("Retry-After", ""))))
    if status >= 500 or not answer:
        sentence = f"Slack failed to carry out {method} (HTTP {status}); it is tried again."
        return PlatformFailed(sentence, unknown=True, outage=status in _OUTAGES)
    return refusal(method, word(answer, "error") or "unknown_error", needed=word(answer, "needed"))


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return PAUSE
