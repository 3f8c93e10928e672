"""A small slack_bolt program over Socket Mode that keeps what it hears: the client side of the fake's own tests."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeApp, FakeSlack


@dataclass(slots=True, eq=False)
class Listener:
    """What came, in order. ``app`` takes further listeners."""

    app: AsyncApp
    handler: AsyncSocketModeHandler
    bodies: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(maxsize=10_000))

    async def body(self) -> dict[str, Any]:
        """The next envelope's payload; TimeoutError after five seconds."""
        return await asyncio.wait_for(self.bodies.get(), 5)

    async def event(self) -> dict[str, Any]:
        """The next event."""
        return (await self.body())["event"]

    def heard(self) -> list[dict[str, Any]]:
        """The events that wait to be looked at."""
        return [self.bodies.get_nowait()["event"] for _ in range(self.bodies.qsize())]


def bolt_app(slack: FakeSlack, app: FakeApp) -> AsyncApp:
    """A bolt app on the fake."""
    client = AsyncWebClient(token=app.bot_token, base_url=slack.api_url, retry_handlers=[])
    return AsyncApp(client=client, signing_secret=app.signing_secret)


@asynccontextmanager
async def listening(slack: FakeSlack, app: FakeApp) -> AsyncGenerator[Listener]:
    """A connected program that hears every event of its app."""
    bolt = bolt_app(slack, app)
    listener = Listener(bolt, AsyncSocketModeHandler(bolt, app.app_token, ping_interval=1))

    async def keep(body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:
        listener.bodies.put_nowait(body)
        await next()

    async def accept() -> None:
        """Every event is acknowledged by having a listener."""

    bolt.use(keep)
    for kind in app.events:
        bolt.event(kind.partition(".")[0])(accept)
    await listener.handler.connect_async()
    try:
        yield listener
    finally:
        await listener.handler.close_async()


async def refused(call: Awaitable[object]) -> str:
    """The error that Slack answers this call with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
