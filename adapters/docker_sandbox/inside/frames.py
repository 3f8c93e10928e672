"""Frames out, the request in; over the descriptors themselves, past Python's buffers."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator

FRAME = struct.Struct(">cI")
CHUNK = 65536


class Gone(Exception):
    """Standard input ended."""


def send(kind: bytes, payload: bytes = b"") -> None:
    """Send one frame."""
    rest = memoryview(FRAME.pack(kind, len(payload)) + payload)
    while rest:
        rest = rest[os.write(1, rest) :]


def send_json(kind: bytes, value: object) -> None:
    """Send one frame of JSON."""
    send(kind, json.dumps(value).encode())


def read_exactly(size: int) -> bytes:
    """Read that many bytes from standard input."""
    return b"".join(read_pieces(size))


def read_pieces(size: int) -> Iterator[bytes]:
    """Read that many bytes from standard input, as they come."""
    while size:
        piece = os.read(0, min(size, 1 << 20))
        if not piece:
            raise Gone
        yield piece
        size -= len(piece)
