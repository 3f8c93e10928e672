"""Files in: fetched from Slack's own file hosts alone, never by a redirect, never more than fits (P24)."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import aiohttp

from adapters.shared.arriving import Fetched, Offered, read_at_most, take
from adapters.slack.apps import App
from adapters.slack.payloads import Payload, word
from agents.ports import Files

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
        offered = [
            Offered(
                name=word(shape, "name") or word(shape, "title") or "file",
                media_type=word(shape, "mimetype"),
                fetch=partial(self._content, shape),
            )
            for shape in listed
        ]
        return await take(offered, self._files)

    async def _content(self, shape: Payload) -> bytes | str:
        """The bytes, or why not, in a few words."""
        address = word(shape, "url_private_download") or word(shape, "url_private")
        if urlsplit(address).hostname not in self._hosts:
            return "it is not kept at Slack"
        if int(word(shape, "size") or 0) > LARGEST:
            return f"it has more than {LARGEST // 1_000_000} MB"
        client = self._host.caller.client
        assert client.session is not None, "every client has the session of its app"
        headers = {"Authorization": f"Bearer {client.token}"}
        limit = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with client.session.get(
                address, headers=headers, timeout=limit, allow_redirects=False, proxy=client.proxy
            ) as response:
                if response.status != 200:
                    return "Slack did not give it; the app may lack files:read"
                content = await read_at_most(response, LARGEST)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "it could not be fetched"
        return content if content is not None else f"it has more than {LARGEST // 1_000_000} MB"
