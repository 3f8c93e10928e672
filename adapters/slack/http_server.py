"""HTTP mode: requests of Slack's arrive at an address of ours, each app's at one of its own.

slack_bolt checks each signature before anything else is done with a request: a wrong one, or one that is older than
five minutes, is answered 401. What cannot even be read, or carries no possible signature, does not get that far.
"""

import asyncio
import errno
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from agents.errors import WrongUse

LOGGER = logging.getLogger(__name__)

READ_SECONDS = 5.0
"""For a request to arrive whole."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a request; Slack's own are smaller."""

CLOSING_SECONDS = 3.0
"""For what is being answered at the end."""

_TAKING = 0.05
"""Seconds in which a connection that was begun is there."""

_NOT_SLACKS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""How slack_bolt fails to read a request that is not JSON, not a form, or not text at all."""

_TIME = re.compile(r"\d{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

Responder: TypeAlias = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """Where we listen, and how that looks from outside: ``public_url`` leads to ``host`` and ``port``. Port 0: any."""

    public_url: str
    host: str = "127.0.0.1"
    port: int = 3000
    path: str = "/slack"

    @property
    def health(self) -> str:
        """The path that says whether events are taken."""
        return f"{self.path}/health"

    @property
    def install(self) -> str:
        """The path at which a person begins to install the host app."""
        return f"{self.path}/install"

    @property
    def redirect(self) -> str:
        """The path to which Slack sends that person's browser back."""
        return f"{self.path}/oauth_redirect"

    def events(self, agent: str = "") -> str:
        """The path for everything that Slack tells the host app, or an agent's own app (``coder``)."""
        return f"{self.path}/events/{agent}" if agent else f"{self.path}/events"

    def outside(self, path: str) -> str:
        """The address of a path as Slack sees it."""
        return self.public_url.rstrip("/") + path


@asynccontextmanager
async def listening(
    http: Http,
    apps: Mapping[str, AsyncApp],
    *,
    is_open: Callable[[], bool],
    pages: Mapping[str, Responder] | None = None,
) -> AsyncGenerator[str]:
    """Listen until the block ends; the address, ``http://127.0.0.1:3000``.

    ``apps`` and ``pages`` are what answers by path: what Slack posts, and what browsers get. Raises `WrongUse` where
    the port cannot be had.
    """
    application = web.Application(client_max_size=LARGEST)
    application.router.add_get(http.health, _health(is_open))
    for path, app in apps.items():
        application.router.add_post(path, _answering(app.async_dispatch, signed=True))
    for path, answer in (pages or {}).items():
        application.router.add_get(path, _answering(answer, signed=False))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=CLOSING_SECONDS)
    await runner.setup()
    try:
        server = await _bound(runner, http)
        host, port, *_ = server.sockets[0].getsockname()
        shown = f"[{host}]" if ":" in host else host
        try:
            yield f"http://{shown}:{port}"
        finally:
            await _closed(server)
    finally:
        await runner.cleanup()


async def _closed(server: asyncio.Server) -> None:
    """Take no more connections; asyncio never ends one that it was taking while its server closes."""
    for listener in server.sockets:
        asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(_TAKING)
    server.close()


async def _bound(runner: web.AppRunner, http: Http) -> asyncio.Server:
    assert runner.server is not None, "it is set up"
    try:
        return await asyncio.get_running_loop().create_server(runner.server, http.host, http.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise WrongUse(
                f"[slack.http] port: {http.port} is taken on {http.host}; set another one, and lead Slack's requests "
                "to it."
            ) from error
        raise WrongUse(
            f"[slack.http] host: {http.host} cannot be listened on ({error.strerror}); use an address of this machine."
        ) from error


def _answering(answer: Responder, *, signed: bool) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(READ_SECONDS):
                asked = await to_bolt_request(request)
        except TimeoutError:
            return web.Response(status=408)
        except _NOT_SLACKS as error:
            LOGGER.info("A request that is none of Slack's was refused: %s", type(error).__name__)
            return web.Response(status=400)
        if signed and not _may_be_slacks(request, asked):
            return web.Response(status=401)
        return await to_aiohttp_response(await answer(asked))

    return serve


def _may_be_slacks(request: web.Request, asked: AsyncBoltRequest) -> bool:
    """Whether there is a signature to check; Slack's look at our certificate comes without."""
    time, signature = (request.headers.get(f"X-Slack-{name}", "") for name in ("Request-Timestamp", "Signature"))
    signed = _TIME.fullmatch(time) is not None and _SIGNATURE.fullmatch(signature) is not None
    return signed or asked.body.get("ssl_check") == "1"


def _health(is_open: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": is_open()}, status=200 if is_open() else 503)

    return serve
