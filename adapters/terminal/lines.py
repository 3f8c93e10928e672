"""Lines that people type, paste or pipe in, while everything else goes on."""

import asyncio
import io
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from typing import BinaryIO

LONGEST_LINE = 4 * 1024 * 1024
"""In bytes. What goes beyond it in one line is dropped, with a note."""

_CHUNK = 65536
_CHUNKS_AHEAD = 16


def note_on_stderr(sentence: str) -> None:
    """Tell the person what happened to a line, beside the conversation."""
    sys.stderr.write(f"tertulia: {sentence}\n")
    sys.stderr.flush()


async def read_lines(stream: BinaryIO, *, note: Callable[[str], None] = note_on_stderr) -> AsyncIterator[str]:
    """Yield each line of a terminal, a pipe or a file without its end, until the end of input.

    A last line without an end counts. ``note`` is given a sentence for a line that is not UTF-8 (what cannot be read
    becomes ``\N{REPLACEMENT CHARACTER}``) or too long (it is cut). Reading runs ahead by a megabyte at most.
    """
    chunks: asyncio.Queue[bytes] = asyncio.Queue(_CHUNKS_AHEAD)
    is_over = threading.Event()
    pump = threading.Thread(
        target=_pump, args=(stream, chunks, asyncio.get_running_loop(), is_over), name="stdin", daemon=True
    )
    pump.start()
    lines = _Lines(note)
    try:
        while chunk := await chunks.get():
            for line in lines.feed(chunk):
                yield line
        for line in lines.end():
            yield line
    finally:
        is_over.set()
        while not chunks.empty():
            chunks.get_nowait()


def _pump(
    stream: BinaryIO, chunks: asyncio.Queue[bytes], loop: asyncio.AbstractEventLoop, is_over: threading.Event
) -> None:
    """Runs in a thread of its own: reading a terminal cannot be awaited everywhere, and a file never.

    The thread is a daemon and reads the descriptor itself: a buffered stream that a thread waits in would keep the
    interpreter from ending.
    """
    read = _reader(stream)
    while True:
        try:
            chunk = read()
        except (OSError, ValueError):  # the terminal is gone, or the stream was closed: the input is over
            chunk = b""
        if is_over.is_set():
            return
        try:
            asyncio.run_coroutine_threadsafe(chunks.put(chunk), loop).result()
        except (RuntimeError, CancelledError):  # the loop is closed: nobody listens any more
            return
        if not chunk:
            return


def _reader(stream: BinaryIO) -> Callable[[], bytes]:
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        return lambda: stream.read(_CHUNK)
    return lambda: os.read(descriptor, _CHUNK)


class _Lines:
    """Cuts bytes into lines and decodes them."""

    def __init__(self, note: Callable[[str], None]):
        self._note = note
        self._pieces: list[bytes] = []
        self._size = 0
        self._number = 0

    def feed(self, chunk: bytes) -> list[str]:
        first, *rest = chunk.split(b"\n")
        lines: list[str] = []
        self._add(first)
        for piece in rest:
            lines.append(self._line())
            self._add(piece)
        return lines

    def end(self) -> list[str]:
        return [self._line()] if self._size else []

    def _add(self, piece: bytes) -> None:
        room = max(LONGEST_LINE - self._size, 0)
        self._size += len(piece)
        if piece and room:
            self._pieces.append(piece[:room])

    def _line(self) -> str:
        raw, size = b"".join(self._pieces), self._size
        self._pieces, self._size = [], 0
        self._number += 1
        if size > LONGEST_LINE:
            self._note(f"Line {self._number} has {size:,} bytes; only the first {LONGEST_LINE:,} were read.")
            return raw.decode("utf-8", "ignore")
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            self._note(
                f"Line {self._number} is not UTF-8; what could not be read is shown as \N{REPLACEMENT CHARACTER}."
            )
            line = raw.decode("utf-8", "replace")
        return line.removesuffix("\r")
