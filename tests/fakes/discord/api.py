"""The HTTP side: finds the route, who asks and what with; lets faults and limits strike; answers as Discord does."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.discord.calls import Call, Handler, Request, Routes
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.errors import Refused
from tests.fakes.discord.faults import Fault, Faults
from tests.fakes.discord.interactions import Interactions
from tests.fakes.discord.limits import Limits
from tests.fakes.discord.pulse import Pulse
from tests.fakes.discord.values import Json
from tests.fakes.discord.world import World

MOST_BYTES = 25 * 1024 * 1024
_HEADERS = {"Content-Type": "application/json", "Via": "1.1 google"}


class Api:
    """``requests`` holds every request, oldest first, those of faults and limits too; not those over 25 MiB."""

    def __init__(self, world: World, chat: Chat, interactions: Interactions, pulse: Pulse, routes: Routes):
        self._world, self._chat, self._interactions, self._pulse = world, chat, interactions, pulse
        literal_first = sorted(routes.items(), key=lambda item: item[0].count("{"))
        self._routes = [(route, _pattern(route), handler) for route, handler in literal_first]
        self.faults, self.limits = Faults(), Limits()
        self.requests: list[Request] = []

    async def answer(self, incoming: web.Request) -> web.StreamResponse:
        try:
            request, handler = await self._read(incoming)
        except web.HTTPRequestEntityTooLarge:
            return _error(Refused(40005))
        self.requests.append(request)
        try:
            response = await self._judge(incoming, request, handler)
            request.status = response.status
            return response
        finally:
            self._pulse.beat()

    async def _read(self, incoming: web.Request) -> tuple[Request, Handler | None]:
        path = incoming.raw_path.split("?")[0].removeprefix("/api/v10")
        body, files = await _body(incoming)
        token = incoming.headers.get("Authorization", "").removeprefix("Bot ")
        request = Request(
            route="",
            method=incoming.method,
            path=path,
            params={},
            query=dict(incoming.query),
            json=body,
            files=files,
            bot=self._world.bot_with(token),
            webhook=None,
            at=self._world.time.now(),
            arrived=asyncio.get_running_loop().time(),
        )
        handler: Handler | None = None
        for route, pattern, known in self._routes:
            match = pattern.fullmatch(f"{incoming.method} {path}")
            if match:
                request.route, handler = route, known
                request.params = {name: unquote(value) for name, value in match.groupdict().items()}
                break
        if request.params.get("webhook_id", "").isdecimal():
            request.webhook = self._world.webhooks.get(int(request.params["webhook_id"]))
        return request, handler

    async def _judge(self, incoming: web.Request, request: Request, handler: Handler | None) -> web.StreamResponse:
        faults = self.faults.strikes(request)
        self._pulse.beat()
        for fault in faults:
            if fault.kind == "slow_down":
                await _wait(fault)
        fault = next((one for one in faults if one.kind != "slow_down"), None)
        headers, early = self.limits.take(request)
        if early:
            return _too_many(early, headers, everywhere=False, via=True)
        if fault and fault.kind == "lose_request":
            return _hang_up(incoming)
        if fault and fault.kind == "too_many":
            return _too_many(fault.seconds, {}, everywhere=fault.everywhere, via=fault.via)
        if fault and fault.kind == "refuse":
            return _error(Refused(fault.code, status=fault.status), headers)
        if fault and fault.kind == "server_error" and not fault.accepted:
            return _failure(fault.status)
        response = await self._do(request, handler, headers)
        if fault and fault.kind == "lose_answer":
            return _hang_up(incoming)
        return _failure(fault.status) if fault else response

    async def _do(self, request: Request, handler: Handler | None, headers: dict[str, str]) -> web.Response:
        try:
            if handler is None:
                raise Refused(0, status=404, message="404: Not Found")
            if request.bot is None and _needs_bot(request):
                raise Refused(0, status=401, message="401: Unauthorized")
            body: Json = request.json or {}  # commands come as a list, which their route reads itself
            call = Call(world=self._world, chat=self._chat, interactions=self._interactions, request=request, body=body)
            result = await handler(call)
        except Refused as refused:
            request.code = refused.code
            return _error(refused, headers)
        if result is None:
            return web.Response(status=204, headers={**headers, "Via": "1.1 google"})
        return web.Response(body=json.dumps(result).encode(), headers={**_HEADERS, **headers})


def _pattern(route: str) -> re.Pattern[str]:
    """The route as a pattern; its names become groups."""
    parts = re.split(r"\{(\w+)\}", route)
    return re.compile("".join(f"(?P<{one}>[^/]+)" if at % 2 else re.escape(one) for at, one in enumerate(parts)))


def _needs_bot(request: Request) -> bool:
    by_token = "{webhook_token}" in request.route or "{interaction_token}" in request.route
    return not by_token and not request.route.endswith(" /gateway")


async def _body(incoming: web.Request) -> tuple[Any, tuple[tuple[str, bytes], ...]]:
    if incoming.content_type == "application/json":
        return await incoming.json(), ()
    if incoming.content_type != "multipart/form-data":
        await incoming.read()
        return None, ()
    form = await incoming.post()
    files = [(field.filename, field.file.read()) for field in form.values() if isinstance(field, web.FileField)]
    payload = form.get("payload_json")
    return json.loads(payload) if isinstance(payload, str) else None, tuple(files)


async def _wait(fault: Fault) -> None:
    try:
        async with asyncio.timeout(None if fault.seconds == float("inf") else fault.seconds):
            await fault.gate.wait()
    except TimeoutError:
        pass  # it was slow for as long as it should


def _hang_up(incoming: web.Request) -> web.Response:
    if incoming.transport:
        incoming.transport.abort()
    return web.Response(status=204)


def _error(refused: Refused, headers: dict[str, str] | None = None) -> web.Response:
    body = json.dumps(refused.body).encode()
    return web.Response(status=refused.status, body=body, headers={**_HEADERS, **(headers or {})})


def _failure(status: int) -> web.Response:
    return web.Response(status=status, text="upstream connect error", headers={"Via": "1.1 google"})


def _too_many(wait: float, headers: dict[str, str], *, everywhere: bool, via: bool) -> web.Response:
    body: Json = {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": everywhere}
    extra = {"Retry-After": str(int(wait) + 1), "X-RateLimit-Scope": "global" if everywhere else "user"}
    if everywhere:
        extra["X-RateLimit-Global"] = "true"
    answer = {"Content-Type": "application/json", **headers, **extra}
    return web.Response(
        status=429, body=json.dumps(body).encode(), headers={**answer, **({"Via": "1.1 google"} if via else {})}
    )
