"""A chat completions endpoint that does what a test tells it to, over a real socket, good manners or not."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

Play: TypeAlias = Callable[["Connection"], Awaitable[None]]
"""What is done with one request. Returning without `Connection.keep` closes the connection."""


class Connection:
    """One request's connection, as a play sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self.keep = False

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def closed_by_client(self) -> None:
        assert await self._reader.read() == b""

    def reset(self) -> None:
        self._writer.transport.abort()


class ModelEndpoint:
    """``plays`` are done one a request, in order; ``requests`` are the bodies that came, ``headers`` their heads."""

    def __init__(self, plays: deque[Play]):
        self.plays = plays
        self.requests: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.heads: list[str] = []
        self.connections = 0
        self.closed = asyncio.Event()
        self.most_at_once = 0
        self._at_once = 0
        self.url = ""
        self._arrival = asyncio.Condition()

    async def has_been_asked(self, times: int = 1) -> None:
        """Return once so many requests have come."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.requests) >= times)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed.set()
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith("content-length:"))
        body = await reader.readexactly(length)
        self.heads.append(head)
        self.bodies.append(body)
        async with self._arrival:
            self.requests.append(json.loads(body))
            self._arrival.notify_all()
        connection = Connection(reader, writer)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self.plays.popleft()(connection)
        finally:
            self._at_once -= 1
        return connection.keep


@asynccontextmanager
async def model_endpoint(*plays: Play) -> AsyncIterator[ModelEndpoint]:
    """An endpoint that does these plays, on a free port."""
    endpoint = ModelEndpoint(deque(plays))
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield endpoint
        server.close()


def status(code: int, error: object = None, **headers: str) -> Play:
    """Refuse with that status. ``retry_after="2"`` becomes the header ``retry-after``."""

    async def play(connection: Connection) -> None:
        body = json.dumps({"error": error}).encode() if error is not None else b""
        lines = [f"HTTP/1.1 {code} No", "content-type: application/json", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await connection.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        connection.keep = True

    return play


def answer(*chunks: object, done: bool = True, usage: object = None) -> Play:
    """Stream these chunks (see `said`), the usage and the end."""

    async def play(connection: Connection) -> None:
        await connection.write(EVENTS_FOLLOW)
        sent = [*chunks, *([{"choices": [], "usage": usage}] if usage else [])]
        await connection.write(b"".join(event(chunk) for chunk in sent))
        await connection.write((piece(b"data: [DONE]\n\n") if done else b"") + b"0\r\n\r\n")
        connection.keep = True

    return play


def broken(*chunks: object, how: str) -> Play:
    """Stream these chunks, then stop in the middle: ``close``, ``reset``, or ``stall`` until the client leaves."""

    async def play(connection: Connection) -> None:
        await connection.write(EVENTS_FOLLOW + b"".join(event(chunk) for chunk in chunks))
        if how == "stall":
            await connection.closed_by_client()
        elif how == "reset":
            connection.reset()

    return play


def plain(content: bytes, media_type: str = "application/json") -> Play:
    """A 200 with this content."""

    async def play(connection: Connection) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {len(content)}\r\n\r\n"
        await connection.write(head.encode() + content)
        connection.keep = True

    return play


def held(gate: asyncio.Event, then: Play) -> Play:
    """Wait for the gate before anything is sent."""

    async def play(connection: Connection) -> None:
        await gate.wait()
        await then(connection)

    return play


async def silence(connection: Connection) -> None:
    """Take the request and never answer."""
    await connection.closed_by_client()


EVENTS_FOLLOW = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def piece(data: bytes) -> bytes:
    """One chunk of HTTP's chunked encoding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(chunk: object) -> bytes:
    """One server-sent event; bytes are sent as they are."""
    return piece(chunk if isinstance(chunk, bytes) else f"data: {json.dumps(chunk)}\n\n".encode())


def said(content: str | None = None, *, finish: str | None = None, model: str = "m-1", **delta: object) -> object:
    """A chunk with this speech, other fields of a delta, a finish reason."""
    return {
        "model": model,
        "choices": [{"index": 0, "delta": {"content": content, **delta}, "finish_reason": finish}],
    }


STOP = said(finish="stop")
