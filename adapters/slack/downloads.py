"""Files in: fetched from Slack's own file hosts alone, never by a redirect, never more than fits.

In channels that are shared with another company an event names files by their ids alone: docs.slack.dev, "File object",
Slack Connect files.
"""

import logging
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import aiohttp

from adapters.shared.arrivals import MOST_FILES, Fetched, Offered, read_at_most, take
from adapters.slack.apps import App
from adapters.slack.payloads import Payload, part, word
from agents.errors import PlatformFailed
from agents.ports import Files

LOGGER = logging.getLogger(__name__)

LARGEST = 20_000_000
"""Bytes of one file."""

SECONDS = 60.0
HOSTS = ("files.slack.com", "slack-files.com")


class Downloads:
    """Fetches files with the host app's token. ``hosts`` are the addresses that files may come from."""

    def __init__(self, host: App, files: Files, *, hosts: Sequence[str] = HOSTS):
        self._host, self._files, self._hosts = host, files, frozenset(hosts)

    async def fetch(self, listed: Sequence[Payload]) -> Fetched:
        """The files that a message lists, kept. Raises `StoreFailed`."""
        whole = [await self._whole(shape) for shape in listed[:MOST_FILES]]
        offered = [
            Offered(
                name=word(shape, "name") or word(shape, "title") or "file",
                media_type=word(shape, "mimetype"),
                fetch=partial(self._content, shape),
            )
            for shape in (*whole, *listed[MOST_FILES:])
        ]
        return await take(offered, self._files)

    async def _whole(self, shape: Payload) -> Payload:
        """All that there is to know of the file; what came, where Slack does not say more."""
        if word(shape, "file_access") != "check_file_info":
            return shape
        try:
            return part(await self._host.caller.call("files.info", file=word(shape, "id")), "file")
        except PlatformFailed as error:
            LOGGER.warning("Slack did not say what the file %s is: %s", word(shape, "id"), error)
            return shape

    async def _content(self, shape: Payload) -> bytes | str:
        """The bytes, or why not, in a few words."""
        address = word(shape, "url_private_download") or word(shape, "url_private")
        if shape.get("is_external") is True or _host(address) not in self._hosts:
            return "it is not kept at Slack"
        if _size(shape) > LARGEST:
            return f"it has more than {LARGEST // 1_000_000} MB"
        client = self._host.caller.client
        assert client.session is not None, "every client has the session of its app"
        headers = {"Authorization": f"Bearer {client.token}"}
        limit = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with client.session.get(
                address, headers=headers, timeout=limit, allow_redirects=False, proxy=client.proxy
            ) as response:
                if response.status != 200 or _is_sign_in(response, shape):
                    return "Slack did not give it; the app may lack files:read"
                content = await read_at_most(response, LARGEST)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "it could not be fetched"
        return content if content is not None else f"it has more than {LARGEST // 1_000_000} MB"


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _size(shape: Payload) -> int:
    told: object = shape.get("size")
    return told if isinstance(told, int) else 0


def _is_sign_in(response: aiohttp.ClientResponse, shape: Payload) -> bool:
    """Whether it is the page for people who are not signed in, which may come in place of a file."""
    return response.content_type == "text/html" != word(shape, "mimetype")
