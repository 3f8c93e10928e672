"""An engine whose containers are coroutines of the test: whatever an agent could say, they can say."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from adapters.docker_sandbox.engine import Found, Started
from adapters.docker_sandbox.inside import program
from agents.errors import SandboxUnavailable

Agent: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(kind: bytes, payload: bytes = b"", *, output: int = 1) -> bytes:
    """One of the agent's frames, wrapped as the engine wraps what is written to an output."""
    inner = struct.pack(">cI", kind, len(payload)) + payload
    return wrapped(inner, output=output)


def wrapped(written: bytes, *, output: int = 1) -> bytes:
    """What the engine makes of bytes that a container wrote."""
    return struct.pack(">BxxxI", output, len(written)) + written


def saying(*said: bytes, then_end: bool = True) -> Agent:
    """An agent that is ready, takes its request, and says this."""

    async def agent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"R"))
        await reader.readexactly(5)
        for one in said:
            writer.write(one)
            await writer.drain()
        if not then_end:
            await reader.read()

    return agent


def answering(*answers: tuple[bytes, ...], then_end: bool = True) -> Agent:
    """An agent that gives these answers to the requests that come, one after the other."""

    async def agent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"R"))
        for answer in answers:
            length = int.from_bytes((await reader.readexactly(5))[1:], "big")
            await reader.readexactly(length)
            for one in answer:
                writer.write(one)
            await writer.drain()
        if not then_end:
            await reader.read()

    return agent


class FakeEngine:
    """Containers by agent, in turn; the last one again and again. Use it as an asynchronous context manager."""

    def __init__(self, *agents: Agent, out_of_memory: bool | None = None):
        self._agents, self._out_of_memory = list(agents), out_of_memory
        self._tasks = asyncio.TaskGroup()
        self.present: dict[str, Mapping[str, object]] = {}
        self.started = self.looks = 0
        self.down = False

    async def __aenter__(self) -> "FakeEngine":
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._tasks.__aexit__(None, None, None)

    async def check(self, image: str, runtime: str) -> None:
        if self.down:
            raise SandboxUnavailable("No engine.")

    async def start(self, config: Mapping[str, object]) -> Started:
        await self.check("", "")
        ours, theirs = socket.socketpair()
        try:
            reader, writer = await asyncio.open_connection(sock=theirs)
        except asyncio.CancelledError:
            ours.close()
            raise
        agent = self._agents.pop(0) if len(self._agents) > 1 else self._agents[0]
        self.started += 1
        container = f"container-{self.started}"
        self.present[container] = config
        self._tasks.create_task(self._live(agent, reader, writer))
        return Started(id=container, socket=ours)

    async def remove(self, container: str) -> None:
        await self.check("", "")
        self.present.pop(container, None)

    async def out_of_memory(self, container: str) -> bool | None:
        await self.check("", "")
        return self._out_of_memory

    async def containers(self, label: str) -> tuple[Found, ...]:
        await self.check("", "")
        self.looks += 1
        rows: Mapping[str, Any] = self.present
        return tuple(Found(id=name, labels=config["Labels"], state="running") for name, config in rows.items())

    def close(self) -> None:
        pass

    async def _live(self, agent: Agent, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(len(program()))
            await agent(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the sandbox hung up
        finally:
            writer.close()
