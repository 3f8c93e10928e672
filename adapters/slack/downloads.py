"""Files in: fetched from Slack's own file hosts alone, never by a redirect, never more than fits (P24)."""

import mimetypes
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from adapters.slack.apps import App
from adapters.slack.payloads import Payload, word
from agents.events import FileRef
from agents.ports import Files

MOST_FILES = 10
LARGEST = 20_000_000
"""Bytes of one file."""

SECONDS = 60.0
HOSTS = ("files.slack.com", "slack-files.com")
_MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The files of a message, and a sentence on those that did not come."""

    files: tuple[FileRef, ...] = ()
    missing: str = ""


class Downloads:
    """Fetches files with the host app's token. ``hosts`` are the addresses that files may come from."""

    def __init__(self, host: App, files: Files, *, hosts: Sequence[str] = HOSTS):
        self._host, self._files, self._hosts = host, files, frozenset(hosts)

    async def fetch(self, listed: Sequence[Payload]) -> Fetched:
        """The files that a message lists, kept. Raises `StoreFailed`."""
        found: list[FileRef] = []
        missing: list[str] = []
        for shape in listed:
            name = safe_name(word(shape, "name") or word(shape, "title") or "file")
            content = await self._content(shape) if len(found) < MOST_FILES else "there are too many"
            if isinstance(content, str):
                missing.append(f"{name} ({content})")
                continue
            sha256 = await self._files.put(content)
            found.append(FileRef(sha256=sha256, name=name, media_type=_media_type(shape, name), size=len(content)))
        note = f"[Not taken: {'; '.join(missing)}.]" if missing else ""
        return Fetched(files=tuple(found), missing=note)

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
            async with client.session.get(address, headers=headers, timeout=limit, allow_redirects=False) as response:
                if response.status != 200:
                    return "Slack did not give it; the app may lack files:read"
                content = await response.content.read(LARGEST + 1)
                while len(content) <= LARGEST and (more := await response.content.read(LARGEST + 1 - len(content))):
                    content += more
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "it could not be fetched"
        return content if len(content) <= LARGEST else f"it has more than {LARGEST // 1_000_000} MB"


def safe_name(name: str) -> str:
    """A plain file name: no folders, nothing invisible, at most 100 characters with its ending kept."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(character for character in base if unicodedata.category(character)[0] != "C").strip(" .")
    stem, dot, ending = shown.rpartition(".")
    return (f"{stem[: 99 - len(ending)]}.{ending}" if dot and len(ending) < 16 else shown[:100]) or "file"


def _media_type(shape: Payload, name: str) -> str:
    told = word(shape, "mimetype")
    if _MEDIA_TYPE.fullmatch(told):
        return told
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
