"""Socket Mode: WebSocket connections of apps, with everything that goes wrong with them."""

import asyncio
import json
import random
import socket
import struct
from dataclasses import dataclass
from functools import partial
from typing import Literal

from aiohttp import WSMsgType, web

from tests.fakes.slack.office import Delivery, PostOffice
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import FakeApp, Payload

MOST_CONNECTIONS = 10
"""Connections that one app may have."""

GRACE = 10.0
"""Seconds from Slack's request to reconnect to the end of the old connection."""

Drop = Literal["close", "reset", "disconnect"]


@dataclass(slots=True, eq=False)
class Connection:
    """One WebSocket. ``leaving``: told to go, gets nothing more."""

    app: FakeApp
    ws: web.WebSocketResponse
    request: web.Request
    number: int
    leaving: bool = False


class Sockets:
    """All connections. A payload goes to one connection of its app, at random, as Slack does."""

    def __init__(self, site: Site, office: PostOffice) -> None:
        self._site, self._office = site, office
        self._refusals = 0
        self._random = random.Random(7)
        self.connections: list[Connection] = []
        self.opened = 0
        self._news = asyncio.Condition()
        self.refusing = False
        self.mute = False
        """While True, pings get no pong and nothing that apps send is heard: a connection that died silently."""

    async def seen(self, count: int) -> None:
        """Return once so many connections were opened since the fake began."""
        async with self._news:
            await self._news.wait_for(lambda: self.opened >= count)

    def of(self, app: FakeApp) -> list[Connection]:
        """The app's connections that still get payloads."""
        return [one for one in self.connections if one.app is app and not one.leaving]

    async def drop(self, kind: Drop = "close", app: FakeApp | None = None) -> int:
        """End connections: with a close frame, by a TCP reset without one, or by asking to reconnect; how many."""
        hit = [one for one in self.connections if app is None or one.app is app]
        for connection in hit:
            connection.leaving = True
            match kind:
                case "close":
                    self._site.spawn(_close(connection))
                case "reset":
                    _reset(connection)
                case "disconnect":
                    await self._disconnect(connection, "refresh_requested")
                    self._site.clock.call_later(GRACE, partial(self._end, connection))
        return len(hit)

    async def warn(self, app: FakeApp | None = None) -> None:
        """Say that the connections will end in about ten seconds."""
        for connection in self.connections:
            if app is None or connection.app is app:
                await _say(connection, {"type": "disconnect", "reason": "warning", "debug_info": _debug()})

    def refuse_for(self, count: int) -> None:
        """Refuse the next ``count`` attempts to connect with HTTP 503."""
        self._refusals = count

    def hold(self) -> None:
        """Keep all deliveries until `release`."""
        self._office.hold()

    async def release(self) -> None:
        """Let go what was held."""
        await self._office.release()

    async def redeliver(self, *, answered: bool = False) -> int:
        """Repeat every event without an answer now (with ``answered``: all); how many."""
        return await self._office.redeliver(answered=answered)

    async def push(self, delivery: Delivery) -> bool:
        """Send over one of the app's connections; False if there is none."""
        open_ = [one for one in self.of(delivery.app) if not one.ws.closed]
        if not open_:
            return False
        envelope: Payload = {
            "envelope_id": delivery.envelopes[-1],
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": delivery.reason or ""}
        chosen = self._random.choice(open_)
        delivery.connection = chosen.number
        return await _say(chosen, envelope)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint that ``apps.connections.open`` names; a ticket is good for one connection."""
        app = self._site.tickets.pop(request.query.get("ticket", ""), None)
        if self.refusing or self._refusals > 0:
            self._refusals = max(0, self._refusals - 1)
            return web.Response(status=503, text="refused")
        if app is None:
            return web.Response(status=404, text="unknown ticket")
        ws = web.WebSocketResponse(autoping=False, heartbeat=None)
        await ws.prepare(request)
        connection = Connection(app, ws, request, self.opened + 1)
        if len(self.of(app)) >= MOST_CONNECTIONS:
            await self._disconnect(connection, "too_many_websockets")
            await ws.close()
            return ws
        self.connections.append(connection)
        await _say(connection, self._hello(app))
        async with self._news:
            self.opened += 1
            self._news.notify_all()
        try:
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
        return ws

    async def close(self) -> None:
        """End every connection; the fake stops."""
        for connection in list(self.connections):
            connection.leaving = True
            _reset(connection)

    def _end(self, connection: Connection) -> None:
        self._site.spawn(_close(connection))

    def _hello(self, app: FakeApp) -> Payload:
        return {
            "type": "hello",
            "num_connections": len(self.of(app)),
            "debug_info": _debug() | {"approximate_connection_time": 18060},
            "connection_info": {"app_id": app.app_id},
        }

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.ws:
            if self.mute:
                continue
            if message.type == WSMsgType.PING:
                await connection.ws.pong(bytes(message.data))
            elif message.type == WSMsgType.TEXT:
                self._hear(str(message.data))

    def _hear(self, text: str) -> None:
        answer: Payload = json.loads(text)
        self._office.answer_envelope(str(answer.get("envelope_id")), answer.get("payload"))

    async def _disconnect(self, connection: Connection, reason: str) -> None:
        await _say(connection, {"type": "disconnect", "reason": reason, "debug_info": _debug()})


def _debug() -> Payload:
    return {"host": "applink-1", "build_number": 1}


async def _say(connection: Connection, message: Payload) -> bool:
    try:
        await connection.ws.send_str(json.dumps(message))
    except (ConnectionError, RuntimeError):
        return False
    return True


async def _close(connection: Connection) -> None:
    await connection.ws.close(code=1001, message=b"going away")


def _reset(connection: Connection) -> None:
    """A TCP reset: linger of zero seconds, so that the peer gets RST and no close frame."""
    transport = connection.request.transport
    if transport is None:
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
