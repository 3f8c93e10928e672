"""Files that people attach: fetched from Discord's own hosts, within limits, and kept before the message."""

import asyncio
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import aiohttp
import discord
import structlog
from discord.http import Route

from adapters.shared.arrivals import Fetched, Offered, read_at_most, take
from agents.ports import Files

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""

SECONDS = 30.0

_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})


class Downloads:
    """Fetches attachments. Nothing else is ever fetched: no redirects, no other hosts."""

    def __init__(self, session: aiohttp.ClientSession, files: Files):
        self._session, self._files = session, files

    async def fetch(self, attachments: Sequence[discord.Attachment]) -> Fetched:
        """Keep each file that may be kept. Raises `StoreFailed`."""
        offered = [
            Offered(
                name=one.filename,
                media_type=(one.content_type or "").partition(";")[0],
                fetch=partial(self._content, one),
            )
            for one in attachments
        ]
        return await take(offered, self._files)

    async def _content(self, attachment: discord.Attachment) -> bytes | str:
        """The bytes, or why not, in a few words."""
        url, too_large = attachment.url, f"it has more than {LARGEST >> 20} MiB"
        if not is_discords(url):
            return "it is not kept at Discord"
        if attachment.size > LARGEST:
            return too_large
        try:
            async with asyncio.timeout(SECONDS), self._session.get(url, allow_redirects=False) as response:
                if response.status != 200:
                    return "it is not there any more"
                content = await read_at_most(response, LARGEST)
                return too_large if content is None else content
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("file_not_fetched", name=attachment.filename, reason=str(error))
            return "it could not be fetched"


def is_discords(url: str) -> bool:
    """Whether this address is one of Discord's file hosts, or of the server that stands in for Discord's interface."""
    asked, api = urlsplit(url), urlsplit(Route.BASE)
    if asked.hostname in _HOSTS:
        return asked.scheme == "https"
    return (asked.scheme, asked.netloc) == (api.scheme, api.netloc)
