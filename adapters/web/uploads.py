"""Files in and out of a page: what they are is read from their bytes, never believed."""

import re
import unicodedata
from urllib.parse import quote

from starlette.responses import Response

from agents.log.files import FileRef

_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_BY_ENDING = {
    "csv": "text/csv", "htm": "text/html", "html": "text/html", "json": "application/json", "md": "text/markdown",
    "pdf": "application/pdf", "py": "text/x-python", "svg": "image/svg+xml", "toml": "application/toml",
    "tsv": "text/tab-separated-values", "txt": "text/plain", "xml": "application/xml", "zip": "application/zip",
}  # fmt: skip


def picture_type(content: bytes) -> str:
    """The media type of a picture that a browser shows without running anything in it; empty for all else."""
    for start, media_type in _IMAGES:
        if content.startswith(start):
            return media_type
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""


def described(content: bytes, name: str, sha256: str) -> FileRef:
    """The file as events name it."""
    name = safe_name(name)
    media_type = picture_type(content) or _BY_ENDING.get(name.rpartition(".")[2].casefold(), "application/octet-stream")
    return FileRef(sha256=sha256, name=name, media_type=media_type, size=len(content))


def safe_name(name: str) -> str:
    """A plain file name: no folders, nothing invisible, at most 100 characters with its ending kept."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(character for character in base if unicodedata.category(character)[0] != "C").strip(" .")
    stem, dot, ending = shown.rpartition(".")
    return (f"{stem[: 99 - len(ending)]}.{ending}" if dot and len(ending) < 16 else shown[:100]) or "file"


def served(content: bytes, file: FileRef) -> Response:
    """The file for a browser: pictures are shown, everything else is saved, nothing in it ever runs."""
    picture = picture_type(content)
    ascii_name = re.sub(r"[^\w. -]", "_", file.name, flags=re.ASCII)
    disposition = "inline" if picture else "attachment"
    return Response(
        content,
        media_type=picture or "application/octet-stream",
        headers={
            "Content-Disposition": f"{disposition}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(file.name)}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=31536000, immutable",
        },
    )
