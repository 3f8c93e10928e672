"""The gateway: what bots connect to, identify or resume at, and hear events from."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Literal, TypeAlias

from aiohttp import WSMsgType, web
from discord import Intents

from tests.fakes.discord import payloads
from tests.fakes.discord.pulse import Pulse
from tests.fakes.discord.values import FakeBot, Json, listed
from tests.fakes.discord.world import FakeGuild, World

Payload: TypeAlias = Callable[[Intents], Json]
"""An event as a session with these intents reads it."""

_PRIVILEGED = {"message_content": "message_content", "members": "members", "presences": "presences"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify:
    """``at`` is in seconds of the fake's time."""

    bot: FakeBot
    intents: Intents
    at: float
    shard: tuple[int, int] | None


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One identified session: every event it was ever sent, so that a resumed connection misses none."""

    id: str
    bot: FakeBot
    intents: Intents
    events: list[Json] = field(default_factory=list[Json])
    socket: "Socket | None" = None

    def add(self, name: str, payload: Json) -> None:
        self.events.append({"op": 0, "t": name, "s": len(self.events) + 1, "d": payload})
        if self.socket:
            self.socket.news.set()


class Socket:
    """One connection, on which ``sent`` events of its session have gone out. ``cut`` is one that the fake ended."""

    def __init__(self, web_socket: web.WebSocketResponse, transport: asyncio.Transport | None):
        self.web_socket, self.transport = web_socket, transport
        self.session: Session | None = None
        self.sent = 0
        self.cut = False
        self.news = asyncio.Event()

    async def send(self, payload: Json) -> None:
        if not self.web_socket.closed:
            await self.web_socket.send_str(json.dumps(payload))

    async def close(self, code: int) -> None:
        self.cut = True
        await self.web_socket.close(code=code)

    def abort(self) -> None:
        self.cut = True
        if self.transport:
            self.transport.abort()


class Gateway:
    """All bots' connections.

    ``identifies`` and ``resumes`` tell what clients did, oldest first; ``closes`` with what codes each bot hung up.
    """

    def __init__(self, world: World, pulse: Pulse, heartbeat_seconds: float):
        self._world, self._pulse = world, pulse
        self._heartbeat_seconds = heartbeat_seconds
        self.identifies: list[Identify] = []
        self.resumes: list[FakeBot] = []
        self.sessions: dict[str, Session] = {}
        self.closes: defaultdict[int, list[int | None]] = defaultdict(list)
        self._sockets: set[Socket] = set()
        self._refusals, self._close_next = 0, 0
        self._held: set[int] = set()
        self._dumb: set[int] = set()

    # What tests do

    async def drop(
        self, bot: FakeBot, how: Literal["close", "abort"] = "close", *, code: int = 4000, lose_session: bool = False
    ) -> None:
        """End this bot's connections; it may resume, unless its session is lost with them."""
        for socket in self._of(bot):
            if lose_session and socket.session:
                self.sessions.pop(socket.session.id, None)
            if how == "abort":
                socket.abort()
            else:
                await socket.close(code)

    async def invalidate_session(self, bot: FakeBot, *, resumable: bool = False) -> None:
        """Send op 9. Not resumable, the session is gone: what happens until the bot has identified anew, it misses."""
        for socket in self._of(bot):
            if not resumable and socket.session:
                del self.sessions[socket.session.id]
                socket.session = None
            await socket.send({"op": 9, "d": resumable, "s": None, "t": None})

    async def ask_to_reconnect(self, bot: FakeBot) -> None:
        """Send op 7, as Discord does before it restarts a gateway."""
        for socket in self._of(bot):
            await socket.send({"op": 7, "d": None, "s": None, "t": None})

    async def garble(self, bot: FakeBot) -> None:
        """Send what no decompressor understands."""
        for socket in self._of(bot):
            await socket.web_socket.send_bytes(b"\xff garbage \x00\x00\xff\xff")

    def repeat(self, bot: FakeBot, events: int = 1) -> None:
        """Deliver the last events once more, as a gateway that lost count when it was resumed does."""
        for socket in self._of(bot):
            socket.sent = max(0, socket.sent - events)
            socket.news.set()

    def refuse_connections(self, times: int) -> None:
        """Answer so many next connections with 503."""
        self._refusals = times

    def close_next(self, code: int) -> None:
        """Close the next connection that identifies."""
        self._close_next = code

    @contextmanager
    def hold(self, bot: FakeBot) -> Generator[None]:
        """Events wait inside and are delivered, in order, afterwards."""
        self._held.add(bot.user_id)
        try:
            yield
        finally:
            self._held.discard(bot.user_id)
            for socket in self._of(bot):
                socket.news.set()

    @contextmanager
    def zombie(self, bot: FakeBot) -> Generator[None]:
        """The connection stands but says nothing, not even that it heard a heartbeat."""
        self._dumb.add(bot.user_id)
        with self.hold(bot):
            try:
                yield
            finally:
                self._dumb.discard(bot.user_id)

    def connected(self, bot: FakeBot) -> bool:
        return bool(self._of(bot))

    def stop(self) -> None:
        for socket in self._sockets:
            socket.abort()

    def _of(self, bot: FakeBot) -> list[Socket]:
        return [socket for socket in self._sockets if socket.session and socket.session.bot is bot]

    # What happens on the Discord

    def tell(self, bot: FakeBot, name: str, payload: Payload, needs: Intents | None = None) -> None:
        """Give an event to each of the bot's sessions whose intents include one of ``needs``."""
        for session in self.sessions.values():
            if session.bot is bot and (needs is None or session.intents.value & needs.value):
                session.add(name, payload(session.intents))

    # The protocol

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self._refusals:
            self._refusals -= 1
            return web.Response(status=503)
        web_socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=1.0)
        await web_socket.prepare(request)
        socket = Socket(web_socket, request.transport)
        self._sockets.add(socket)
        try:
            await socket.send({"op": 10, "d": {"heartbeat_interval": int(self._heartbeat_seconds * 1000)}})
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write(socket))
                await self._read(socket)
                writing.cancel()
        except* ConnectionError:
            pass  # the client is gone, which is all there is to it
        finally:
            self._sockets.discard(socket)
            self._left(socket)
        return web_socket

    async def _read(self, socket: Socket) -> None:
        async for message in socket.web_socket:
            if message.type is not WSMsgType.TEXT:
                continue
            payload: Json = json.loads(message.data)
            await self._received(socket, payload["op"], payload.get("d") or {})

    async def _write(self, socket: Socket) -> None:
        while True:
            await socket.news.wait()
            socket.news.clear()
            session = socket.session
            while session and self._may_hear(socket, session):
                socket.sent += 1
                await socket.send(session.events[socket.sent - 1])

    def _may_hear(self, socket: Socket, session: Session) -> bool:
        current = session.socket is socket
        return current and socket.sent < len(session.events) and session.bot.user_id not in self._held

    async def _received(self, socket: Socket, op: int, data: Json) -> None:
        match op:
            case 1:
                if not (socket.session and socket.session.bot.user_id in self._dumb):
                    await socket.send({"op": 11})
            case 2:
                await self._identify(socket, data)
            case 6:
                await self._resume(socket, data)
            case 3 | 4:
                pass  # presence and voice: nothing that anybody here would see
            case 8:
                self._members(socket, data)
            case _:
                await socket.close(4001)
        self._pulse.beat()

    async def _identify(self, socket: Socket, data: Json) -> None:
        bot = self._world.bot_with(data["token"])
        if socket.session:
            return await socket.close(4005)
        if bot is None:
            return await socket.close(4004)
        if self._close_next:
            code, self._close_next = self._close_next, 0
            return await socket.close(code)
        intents = Intents._from_value(data["intents"])  # pyright: ignore[reportPrivateUsage]
        if any(getattr(intents, name) and name not in bot.privileged for name in _PRIVILEGED):
            return await socket.close(4014)
        shard = data.get("shard")
        self.identifies.append(
            Identify(bot=bot, intents=intents, at=self._world.time.now(), shard=tuple(shard) if shard else None)
        )
        session = Session(id=token_hex(16), bot=bot, intents=intents)
        self.sessions[session.id] = session
        self._greet(session)
        self._attach(socket, session, 0)
        return None

    def _greet(self, session: Session) -> None:
        bot = session.bot
        guilds = [guild for guild in self._world.guilds.values() if bot.user_id in guild.members]
        ready: Json = {
            "v": 10,
            "user": {**payloads.user(bot.user), "verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"{self._world.url.replace('http', 'ws', 1)}/gw/resume/",
            "application": {"id": str(bot.application_id), "flags": payloads.application_flags(bot)},
            "session_type": "normal",
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "shard": [0, 1],
        }
        session.add("READY", ready)
        if session.intents.guilds:
            for guild in guilds:
                known: Json = {"unavailable": False}  # only a guild that is joined later comes without
                session.add("GUILD_CREATE", known | self.guild(guild, session.bot, session.intents))

    def guild(self, guild: FakeGuild, bot: FakeBot, intents: Intents) -> Json:
        return payloads.guild(guild, self._world.threads(guild), bot, all_members=intents.members)

    async def _resume(self, socket: Socket, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None or session.bot.token != data["token"]:
            return await socket.send({"op": 9, "d": False, "s": None, "t": None})
        if not 0 <= data["seq"] <= len(session.events):
            return await socket.close(4007)
        self.resumes.append(session.bot)
        session.add("RESUMED", {})
        self._attach(socket, session, data["seq"])
        return None

    def _attach(self, socket: Socket, session: Session, seq: int) -> None:
        socket.session, socket.sent = session, seq
        session.socket = socket
        socket.news.set()

    def _members(self, socket: Socket, data: Json) -> None:
        session = socket.session
        guild = self._world.guilds.get(int(data["guild_id"]))
        if session is None or guild is None:
            return
        wanted = [int(one) for one in listed(data, "user_ids")]
        members = [m for m in guild.members.values() if not wanted or m.user.id in wanted]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [payloads.member(member) for member in members],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(one) for one in wanted if one not in guild.members],
            "nonce": data.get("nonce"),
        }
        session.add("GUILD_MEMBERS_CHUNK", chunk)

    def _left(self, socket: Socket) -> None:
        """A client that closes with 1000 or 1001 ends its session; any other end may be resumed from."""
        session = socket.session
        if session and session.socket is socket:
            session.socket = None
            if not socket.cut:
                self.closes[session.bot.user_id].append(socket.web_socket.close_code)
            if not socket.cut and socket.web_socket.close_code in (1000, 1001):
                self.sessions.pop(session.id, None)
        self._pulse.beat()
