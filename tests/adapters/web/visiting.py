"""A visitor of the web room without a browser: the real server, spoken to over a socket."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import uuid4

import aiohttp

from tests.browser.house import ROOM, Played


@dataclass
class Stream:
    """Server-sent events as (name, data); records are called ``record``."""

    response: aiohttp.ClientResponse

    async def next(self) -> tuple[str, Any]:
        """The next event; comments are passed over."""
        name, data = "record", ""
        async with asyncio.timeout(10):
            while True:
                line = (await self.response.content.readline()).decode()
                if not line:
                    raise EOFError("the stream ended")
                line = line.rstrip("\n")
                if not line and data:
                    return name, json.loads(data)
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    data += line.removeprefix("data: ")

    async def until(self, name: str) -> list[tuple[str, Any]]:
        """Everything up to the first event of this name."""
        seen = [await self.next()]
        while seen[-1][0] != name:
            seen.append(await self.next())
        return seen

    async def records(self, upto: int) -> list[dict[str, Any]]:
        """All records up to this seq."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["seq"] < upto:
            name, data = await self.next()
            if name == "record":
                found.append(data)
        return found


@dataclass
class Visitor:
    """Who has an address, and after `enter` a name."""

    session: aiohttp.ClientSession
    token: str = ""
    id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def enter(self, name: str) -> dict[str, Any]:
        status, answer = await self.post("/api/people", {"name": name})
        assert status == 201, answer
        self.token, self.id = answer["token"], answer["you"]["id"]
        return answer

    async def post(self, path: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(path, data=BytesIO(data), headers=self.headers | headers) as response:
            return response.status, await response.json()

    async def does(
        self, type_: str, *, id_: str = "", room: str = ROOM, **fields: object
    ) -> tuple[int, dict[str, Any]]:
        body = {"id": id_ or str(uuid4()), "type": type_, **fields}
        return await self.post(f"/api/rooms/{room}/events", body)

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(path, headers=self.headers | headers) as response:
            return response.status, await response.json()

    async def about(self, room: str = ROOM) -> dict[str, Any]:
        status, answer = await self.get(f"/api/rooms/{room}")
        assert status == 200, answer
        return answer

    @asynccontextmanager
    async def listening(self, query: str = "", room: str = ROOM, **headers: str) -> AsyncGenerator[Stream]:
        path = f"/api/rooms/{room}/stream{query}"
        async with self.session.get(path, headers=self.headers | headers) as response:
            assert response.status == 200, await response.text()
            yield Stream(response)


@asynccontextmanager
async def visiting(address: str) -> AsyncGenerator[Visitor]:
    """A visitor of the house at this address."""
    async with aiohttp.ClientSession(base_url=address.partition("?")[0], timeout=aiohttp.ClientTimeout(20)) as session:
        yield Visitor(session)


@asynccontextmanager
async def visit(house: Played) -> AsyncGenerator[Visitor]:
    """Serve the house and visit it."""
    async with house.serving() as address, visiting(address) as visitor:
        yield visitor
