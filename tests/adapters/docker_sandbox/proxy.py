"""What stands between a client and the engine in tests."""

import asyncio
import contextlib
import json
from pathlib import Path

_REFUSED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Proxy:
    """Between a client and the engine; it can be cut, as when a daemon is restarted, or fall silent."""

    def __init__(self, host: str, path: Path):
        self.host, self._real, self._path = f"unix://{path}", host.removeprefix("unix://"), path
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.silent = False
        self.refusal = ""
        """What the next removal of a container is refused with."""
        self.begun = asyncio.Event()
        """Whether a program has printed that word."""

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_unix_server(self.serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self.silent:
            await reader.read()
            return
        there_reader, there_writer = await asyncio.open_unix_connection(self._real)
        self._writers.append(there_writer)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pump(reader, there_writer, back=writer))
            tasks.create_task(self._pump(there_reader, writer))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter | None = None
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if b"begun" in data:
                    self.begun.set()
                if back is not None and self.refusal and data.startswith(b"DELETE /"):
                    body, self.refusal = json.dumps({"message": self.refusal}).encode(), ""
                    back.write(_REFUSED % len(body) + body)
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()
