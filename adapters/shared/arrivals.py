"""Files that people send: plainly named, never more of one than fits, with a sentence on each that was not taken."""

import mimetypes
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp

from agents.log.files import FileRef
from agents.ports import Files

MOST_FILES = 10

_MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A file of a message. ``fetch`` returns its bytes, or in a few words why there are none."""

    name: str
    media_type: str
    fetch: Callable[[], Awaitable[bytes | str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The files of a message, and a sentence on those that did not come."""

    files: tuple[FileRef, ...] = ()
    missing: str = ""


async def take(offered: Sequence[Offered], files: Files) -> Fetched:
    """Fetch and keep each file that may be kept. Raises `StoreFailed`."""
    found: list[FileRef] = []
    missing: list[str] = []
    for one in offered:
        name = safe_name(one.name)
        content = await one.fetch() if len(found) < MOST_FILES else "there are too many"
        if isinstance(content, str):
            missing.append(f"{name} ({content})")
            continue
        sha256 = await files.put(content)
        media_type = _media_type(one.media_type, name)
        found.append(FileRef(sha256=sha256, name=name, media_type=media_type, size=len(content)))
    note = f"[Not taken: {'; '.join(missing)}.]" if missing else ""
    return Fetched(files=tuple(found), missing=note)


async def read_at_most(response: aiohttp.ClientResponse, most: int) -> bytes | None:
    """The answer's body; None where it has more bytes than that."""
    content = await response.content.read(most + 1)
    while len(content) <= most and (more := await response.content.read(most + 1 - len(content))):
        content += more
    return content if len(content) <= most else None


def safe_name(name: str) -> str:
    """A plain file name: no folders, nothing invisible, at most 100 characters with its ending kept."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(character for character in base if unicodedata.category(character)[0] != "C").strip(" .")
    stem, dot, ending = shown.rpartition(".")
    return (f"{stem[: 99 - len(ending)]}.{ending}" if dot and len(ending) < 16 else shown[:100]) or "file"


def _media_type(told: str, name: str) -> str:
    if _MEDIA_TYPE.fullmatch(told):
        return told
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
