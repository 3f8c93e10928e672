"""Clients of Slack's Web API for an app that many workspaces have: a token for each, connections for all together."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import CALL_SECONDS, new_client, quiet_logger

CONNECTIONS = 10
"""TCP connections to one host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How Slack's Web API is reached."""

    api_url: str
    proxy: str | None = None

    def client(self, token: str, session: aiohttp.ClientSession) -> AsyncWebClient:
        """A client that takes nothing from the environment, proxies included."""
        made = new_client(token, self.api_url, session, quiet_logger())
        made.proxy = self.proxy
        return made


@asynccontextmanager
async def clients(reached: Reached) -> AsyncGenerator[Callable[[str], AsyncWebClient]]:
    """Makes a client of a token; all of them share their connections."""
    connector = aiohttp.TCPConnector(limit_per_host=CONNECTIONS)
    limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:
        yield lambda token: reached.client(token, session)
