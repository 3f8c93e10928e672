"""Files that people attach: fetched from Discord's own hosts, within limits, and kept before the message (D25)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import discord
import structlog
from discord.http import Route

from agents.events import FileRef
from agents.ports import Files

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

LARGEST = 10 * 1024 * 1024
MOST = 10
SECONDS = 30.0

_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Files that are kept now, and a sentence for each that is not."""

    files: tuple[FileRef, ...] = ()
    notes: tuple[str, ...] = ()


class Downloads:
    """Fetches attachments. Nothing else is ever fetched: no redirects, no other hosts."""

    def __init__(self, session: aiohttp.ClientSession, files: Files):
        self._session, self._files = session, files

    async def fetch(self, attachments: Sequence[discord.Attachment]) -> Fetched:
        """Keep each file that may be kept. Raises `StoreFailed`."""
        found: list[FileRef] = []
        notes: list[str] = []
        for number, one in enumerate(attachments):
            content = await self._content(one) if number < MOST else None
            if content is None:
                notes.append(f"[The file {one.filename} was not taken: it is too large, too many, or unreachable.]")
                continue
            async with asyncio.timeout(SECONDS):
                sha256 = await self._files.put(content)
            media_type = (one.content_type or "application/octet-stream").partition(";")[0]
            found.append(FileRef(sha256=sha256, name=one.filename, media_type=media_type, size=len(content)))
        return Fetched(files=tuple(found), notes=tuple(notes))

    async def _content(self, attachment: discord.Attachment) -> bytes | None:
        url = attachment.url
        if not is_discords(url) or attachment.size > LARGEST:
            return None
        try:
            async with asyncio.timeout(SECONDS), self._session.get(url, allow_redirects=False) as response:
                if response.status != 200:
                    return None
                content = await response.content.read(LARGEST + 1)
                while len(content) <= LARGEST and (more := await response.content.read(LARGEST + 1 - len(content))):
                    content += more
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("file_not_fetched", name=attachment.filename, reason=str(error))
            return None
        return content if len(content) <= LARGEST else None


def is_discords(url: str) -> bool:
    """Whether this address is one of Discord's file hosts, or of the server that stands in for Discord's interface."""
    asked, api = urlsplit(url), urlsplit(Route.BASE)
    if asked.hostname in _HOSTS:
        return asked.scheme == "https"
    return (asked.scheme, asked.netloc) == (api.scheme, api.netloc)
