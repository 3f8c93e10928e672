"""Names of files from a stranger, made safe to write anywhere; what kind of file a name and its bytes say it is."""

import mimetypes
import unicodedata
from collections.abc import Container

from adapters.docker_sandbox.pictures import MOST_PIXELS, pixels

LONGEST = 100
"""Characters of a name at most."""

_STEM_BYTES = 180
"""Of a name before its suffix: file systems take 255 bytes, and a character can have four."""

UNKNOWN = "application/octet-stream"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_PICTURES = tuple(kind for _, kind in _SIGNATURES)
_KEPT = frozenset(" ._-+=()")


def safe_name(name: str, taken: Container[str] = ()) -> str:
    """A base name of letters, digits and harmless signs, not hidden, not too long, and not among ``taken``."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign if sign.isalnum() or sign in _KEPT else "_" for sign in base).strip(" .") or "file"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 12:
        stem, dot, suffix = plain, "", ""
    stem = stem[: LONGEST - len(suffix) - 6].encode()[:_STEM_BYTES].decode(errors="ignore")
    candidate, number = f"{stem}{dot}{suffix}", 2
    while candidate in taken:
        candidate, number = f"{stem}-{number}{dot}{suffix}", number + 1
    return candidate


def media_type(name: str, content: bytes) -> str:
    """The media type; a picture is called one only if its bytes begin like one, and it is not too large to unpack."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind if pixels(content) <= MOST_PIXELS else UNKNOWN
    guessed = mimetypes.guess_type(name, strict=False)[0]
    return UNKNOWN if guessed is None or guessed in _PICTURES else guessed
