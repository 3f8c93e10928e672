"""The stream of frames between a container's agent and us. What comes out may be written by a hostile program."""

import asyncio
import socket
import struct
from collections.abc import Iterable

from adapters.docker_sandbox.inside import program

FRAME = struct.Struct(">cI")
CHUNK = 65536
"""The longest payload of a frame that comes in, in bytes."""

MOST_PARTS = 200_000
"""Frames, and pieces of them, that may answer one request; every honest answer has far fewer."""

MOST_BYTES = 128 << 20
"""What may come in answer to one request, in bytes: more than all files and all output that are kept."""

_AT_A_TIME = 100
"""After so many parts others have a turn, as what is here already is taken without waiting."""

_MULTIPLEXED = struct.Struct(">BxxxI")
_STDOUT, _STDERR = 1, 2
_LONGEST_PIECE = 1 << 20


class BrokenFrames(Exception):
    """The stream ended, or does not speak the protocol. ``ended`` says which."""

    def __init__(self, message: str, *, ended: bool = False):
        super().__init__(message)
        self.ended = ended


class FrameStream:
    """Frames over the engine's attached stream, in which it wraps what was written to each output."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self._unread = bytearray()
        self._errors = b""
        self._parts = self._bytes = 0

    @classmethod
    async def over(cls, connection: socket.socket) -> "FrameStream":
        """Take over a connected socket, send the agent's own program and wait until it is ready."""
        stream = cls(*await asyncio.open_connection(sock=connection))
        stream._writer.write(program())
        try:
            kind, _ = await stream.receive()
            if kind != b"R":
                raise BrokenFrames(f"its first word was {kind!r}")
        except BaseException:
            stream.close()
            raise
        return stream

    async def send(self, request: bytes, attached: Iterable[bytes]) -> None:
        """Send the request frame and the bytes that follow it."""
        self._parts = self._bytes = 0
        try:
            self._writer.write(FRAME.pack(b"Q", len(request)) + request)
            for content in attached:
                self._writer.write(content)
                await self._writer.drain()
            await self._writer.drain()
        except ConnectionError as error:
            raise BrokenFrames("the container's standard input is closed", ended=True) from error

    async def receive(self) -> tuple[bytes, bytes]:
        """The next frame: kind and payload. Raises `BrokenFrames`."""
        await self._count(0)
        kind, length = FRAME.unpack(await self._take(FRAME.size))
        if length > CHUNK:
            raise BrokenFrames(f"a frame of {length} bytes was announced")
        return kind, await self._take(length)

    @property
    def ended(self) -> bool:
        """Whether the other side is known to be gone."""
        return self._reader.at_eof() or self._reader.exception() is not None

    def close(self) -> None:
        """Hang up; never waits."""
        self._writer.transport.abort()

    async def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            await self._read_piece()
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    async def _count(self, size: int) -> None:
        self._parts += 1
        self._bytes += size
        if self._parts > MOST_PARTS or self._bytes > MOST_BYTES:
            raise BrokenFrames("more came than any answer can have")
        if not self._parts % _AT_A_TIME:
            await asyncio.sleep(0)

    async def _read_piece(self) -> None:
        try:
            output, length = _MULTIPLEXED.unpack(await self._reader.readexactly(_MULTIPLEXED.size))
            if output not in (_STDOUT, _STDERR) or length > _LONGEST_PIECE:
                raise BrokenFrames("the engine's stream is not what it should be")
            await self._count(length)
            piece = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            said = self._errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise BrokenFrames(f"the stream ended{said and ': '}{said}", ended=True) from error
        if output == _STDOUT:
            self._unread += piece
        else:
            self._errors = (self._errors + piece)[-2000:]
