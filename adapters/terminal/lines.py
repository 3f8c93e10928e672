"""Lines from a terminal or a pipe, whatever bytes they are made of."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import BinaryIO

LONGEST_LINE = 4_000_000
"""In bytes; what is longer comes in pieces, and nothing is lost."""

_AHEAD = 1_000
"""How many lines are read before they are wanted."""


async def read_lines(stream: BinaryIO) -> AsyncGenerator[str, None]:
    """Each line without its end, until the stream ends. Bytes that are no UTF-8 become \ufffd.

    A thread of its own does the reading, so that a process can end while a terminal is silent.
    """
    loop = asyncio.get_running_loop()
    places = threading.Semaphore(_AHEAD)
    lines: asyncio.Queue[bytes] = asyncio.Queue(maxsize=_AHEAD + 1)

    def read() -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            while line := stream.readline(LONGEST_LINE):
                places.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)
            places.acquire()
            loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, name="terminal input", daemon=True).start()
    while line := await lines.get():
        places.release()
        yield line.decode("utf-8", errors="replace").rstrip("\r\n")
