"""Socket Mode, watched over: a connection that is gone or silent is replaced by a new one."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import api_call, error_name, new_client, own_settings_only
from adapters.slack.intake import Hear
from adapters.slack.refusals import TOKEN_IS_DEAD
from agents.errors import WrongUse

LOGGER = logging.getLogger(__name__)

PING_SECONDS = 4.0
"""Between pings; Slack's own default of 10 would leave us deaf for that long after a reset."""

SHORTEST_PATIENCE = 1.0
"""Seconds that a first attempt to connect may take; each one after it may take twice as long, up to one ping."""

CLOSING_SECONDS = 2.0
_LOOK = 0.02
"""Seconds between looks while there is no connection."""


class Socket:
    """One app's connection, for as long as it is served. ``connections`` counts those that it was made of so far."""

    def __init__(
        self,
        hear: Hear,
        app_token: str,
        *,
        where: str,
        api_url: str,
        session: aiohttp.ClientSession,
        logger: logging.Logger,
        proxy: str | None = None,
        ping_seconds: float = PING_SECONDS,
    ):
        self._hear, self._token, self._where = hear, app_token, where
        self._web: AsyncWebClient = new_client(app_token, api_url, session, logger)
        self._web.proxy = proxy
        self._logger, self._proxy, self._ping = logger, proxy, ping_seconds
        self.connected = asyncio.Event()
        self.connections = 0

    async def check(self) -> None:
        """Ask for a place to connect to, once. Raises `WrongUse` for a token that Slack does not accept."""
        try:
            await api_call(self._web, "apps.connections.open", {})
        except SlackApiError as error:
            name = error_name(error)
            if name in TOKEN_IS_DEAD or name in ("missing_scope", "not_allowed_token_type", "no_permission"):
                raise WrongUse(
                    f"{self._where} app_token: Slack does not accept it ({name}); make an app-level token with the "
                    "scope connections:write and set it."
                ) from error
            LOGGER.warning("Slack gives no place to connect to yet: %s", name)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            LOGGER.warning("Slack cannot be reached yet: %s", error)

    async def run(self) -> None:
        """Be connected until cancelled."""
        patience = SHORTEST_PATIENCE
        while True:
            async with self._new() as client:
                was_connected = await self._watched(client, min(patience, self._ping))
            patience = SHORTEST_PATIENCE if was_connected else 2 * patience
            LOGGER.warning("The connection to Slack for %s was lost; a new one is made.", self._where)

    @asynccontextmanager
    async def _new(self) -> AsyncGenerator[SocketModeClient]:
        with own_settings_only():
            client = SocketModeClient(self._token, logger=self._logger, web_client=self._web, ping_interval=self._ping)
        client.proxy = self._proxy
        client.socket_mode_request_listeners.append(self._hear)
        try:
            yield client
        finally:
            self.connected.clear()
            await asyncio.shield(_closed(client))

    async def _watched(self, client: SocketModeClient, patience: float) -> bool:
        """Return when the connection has been gone for that long, and whether there was any.

        The library tries again by itself, but with the address of a place that may be taken, and after a whole ping.
        """
        was_connected = False
        async with asyncio.TaskGroup() as group:
            connecting = group.create_task(_connect(client))
            gone_since: float | None = None
            session: object = None
            while True:
                await asyncio.sleep(self._ping / 8 if self.connected.is_set() else _LOOK)
                if await self._is_alive(client):
                    gone_since, was_connected = None, True
                    if session is not client.current_session:
                        session = client.current_session  # the library makes new ones by itself as well
                        self.connections += 1
                    self.connected.set()
                    continue
                self.connected.clear()
                gone_since = gone_since or time.monotonic()
                if time.monotonic() - gone_since >= patience:
                    connecting.cancel()
                    return was_connected

    async def _is_alive(self, client: SocketModeClient) -> bool:
        """Whether there is an open connection on which pings are answered."""
        session, last = client.current_session, client.last_ping_pong_time
        if session is None or session.closed or client.stale:
            return False
        return last is None or time.time() - last < 2.5 * self._ping


async def _connect(client: SocketModeClient) -> None:
    await client.connect()


async def _closed(client: SocketModeClient) -> None:
    """Close it; a peer that does not say goodbye is not waited for."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await client.close()
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        LOGGER.info("A connection to Slack did not close in time: %s", error)
    await client.aiohttp_client_session.close()
