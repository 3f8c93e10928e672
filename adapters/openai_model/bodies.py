"""Bodies of answers, read within bounds: a compressed one is opened piece by piece, a refusal's is cut off."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import httpx2

MOST_OF_A_REFUSAL = 65_536
"""How many bytes of the body of anything but an answer are read."""

PIECE = 65_536
"""How many bytes are opened at once: a thousandth of that may be all that a hostile server had to send."""

_WINDOW = {"": 0, "identity": 0, "gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


async def bound(response: httpx2.Response) -> None:
    """A hook for the client: sees to it that reading this response takes no more memory than its pieces.

    The client would open compressed pieces whole, and read all of a refusal.
    """
    if not isinstance(response.stream, httpx2.AsyncByteStream):
        return
    encoding = response.headers.pop("content-encoding", "").strip().lower()
    most = None if response.status_code == 200 else MOST_OF_A_REFUSAL
    response.stream = _Bounded(response.stream, encoding, most)


class _Inflater(Protocol):
    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, encoding: str, most: int | None):
        self._stream, self._encoding, self._most = stream, encoding, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for piece in self._opened():
            if left is None:
                yield piece
                continue
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return

    async def _opened(self) -> AsyncIterator[bytes]:
        window = _WINDOW.get(self._encoding)
        if window is None:
            raise httpx2.DecodingError(f"a body compressed with {self._encoding!r}, which was not asked for")
        if not window:
            async for block in self._stream:
                yield block
            return
        inflater = zlib.decompressobj(window)
        async for block in self._stream:
            for piece in _pieces(inflater, block):
                yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def _pieces(inflater: _Inflater, block: bytes) -> Iterator[bytes]:
    """What a block holds, opened a piece at a time."""
    try:
        while block:
            yield inflater.decompress(block, PIECE)
            block = inflater.unconsumed_tail
    except zlib.error as error:
        raise httpx2.DecodingError(f"a body that is not what it says: {error}") from error
