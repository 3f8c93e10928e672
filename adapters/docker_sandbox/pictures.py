"""How large a picture becomes when somebody unpacks it: a few kilobytes can hold a billion pixels."""

import struct

MOST_PIXELS = 50_000_000
"""A picture of more is handed on as a file that nobody opens by himself."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))


def pixels(content: bytes) -> int:
    """How many pixels a PNG, GIF or JPEG says that it has; 0 where it does not say."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", content, 16)
            return width * height
        if content.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", content, 6)
            return width * height
        return _jpeg(content) if content.startswith(b"\xff\xd8\xff") else 0
    except struct.error:
        return 0


def _jpeg(content: bytes) -> int:
    """By the header of its first frame: the segments before it are stepped over."""
    at = 2
    while True:
        mark, kind = struct.unpack_from(">BB", content, at)
        if mark != 0xFF:
            return 0
        if kind == 0xFF or kind in _ALONE:
            at += 1 if kind == 0xFF else 2
        elif kind in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width * height
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
