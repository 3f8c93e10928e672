"""The Web API's front door: reads a request, strikes with planned trouble, checks token, limits and scopes, calls."""

import base64
import json
import secrets

from aiohttp import web

from tests.fakes.slack.calls import METHODS, Call, Entry, Refused, read_arguments
from tests.fakes.slack.faults import Fault, hang_up
from tests.fakes.slack.json_shapes import is_object
from tests.fakes.slack.site import Request, Site
from tests.fakes.slack.world import FakeApp, Install, Payload


class WebApi:
    """``/api/METHOD`` for every registered method; GET and POST, query, form and JSON alike."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        name = request.match_info["method"]
        try:
            given = await _read(request)
        except Refused as refused:
            return _answer({"ok": False, "error": refused.error, **refused.fields})
        token = _token(request, given)
        owner = self._site.world.token(token) if token else None
        self._note(name, given, owner, request.method)
        fault = self._site.faults.strike(name)
        if fault is not None:
            early = await self._strike(fault, request)
            if early is not None:
                return early
        response = await self._call(name, token, owner, given)
        if fault is not None and fault.kind == "slow_answer":
            await self._site.clock.sleep(fault.seconds)
        if fault is not None and fault.kind == "lose_answer":
            return hang_up(request)
        return _ill(fault.status) if fault is not None and fault.kind == "server_error" else response

    def _note(self, name: str, given: Payload, owner: tuple[FakeApp, Install | None] | None, verb: str) -> None:
        app = owner[0].app_id if owner else None
        self._site.requests.append(Request(method=name, app=app, args=given, at=self._site.clock.now(), verb=verb))

    async def _strike(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        match fault.kind:
            case "lose_request":
                return hang_up(request)
            case "rate_limit":
                return _too_many(fault.seconds)
            case "refuse" | "fail_200":
                if fault.kind == "refuse" and fault.error == "ratelimited":
                    return _too_many(1)
                return _answer({"ok": False, "error": fault.error, **fault.fields})
            case "server_error" if not fault.accepted:
                return _ill(fault.status)
            case "delay":
                await self._site.clock.sleep(fault.seconds)
                return None
            case _:
                return None

    async def _call(
        self, name: str, token: str | None, owner: tuple[FakeApp, Install | None] | None, given: Payload
    ) -> web.StreamResponse:
        entry = METHODS.get(name)
        if entry is None:
            return _answer({"ok": False, "error": "unknown_method", "req_method": name})
        headers: dict[str, str] = {}
        try:
            app, install = self._identify(entry, token, owner, given)
            if install is not None and install.tells_scopes:
                headers["x-oauth-scopes"] = ",".join(install.scopes)
                headers["x-accepted-oauth-scopes"] = entry.scope or ""
            wait = self._limit(entry, app, install, given)
            if wait is not None:
                return _too_many(wait)
            call = Call(self._site, name, app, install, {}, given)
            if entry.scope is not None:
                call.need(entry.scope)
            call.args = read_arguments(self._site, entry, given)
            return _answer({"ok": True, **await entry.act(call)}, headers)
        except Refused as refused:
            return _answer({"ok": False, "error": refused.error, **refused.fields}, headers)

    def _identify(
        self, entry: Entry, token: str | None, owner: tuple[FakeApp, Install | None] | None, given: Payload
    ) -> tuple[FakeApp, Install | None]:
        if entry.token == "none":
            app = next((app for app in self._site.world.apps.values() if app.client_id == given.get("client_id")), None)
            if app is None:
                raise Refused("invalid_client_id")
            return app, None
        if not token:
            raise Refused("not_authed")
        if owner is None:
            raise Refused("invalid_auth")
        app, install = owner
        revoked = app.app_token_revoked if install is None else install.revoked
        if revoked is not None:
            raise Refused(revoked)
        if install is not None and install.expires is not None and self._site.clock.now() > install.expires:
            raise Refused("token_expired")
        if (install is None) != (entry.token == "app"):
            raise Refused("not_allowed_token_type")
        return app, install

    def _limit(self, entry: Entry, app: FakeApp, install: Install | None, given: Payload) -> float | None:
        team = install.team if install is not None else ""
        channel = given.get("channel")
        return self._site.limits.check(entry.name, app.app_id, team, entry.tier, str(channel) if channel else None)


async def _read(request: web.Request) -> Payload:
    given: Payload = dict(request.query.items())
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not is_object(body):
            raise Refused("json_not_object")
        given.update(body)
    elif request.method == "POST":
        given.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
    given.update(_basic(request.headers.get("Authorization", "")))
    return given


def _basic(header: str) -> Payload:
    """``oauth.v2.access`` takes the client's id and secret as HTTP Basic."""
    if not header.startswith("Basic "):
        return {}
    client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return {"client_id": client, "client_secret": secret}


def _token(request: web.Request, given: Payload) -> str | None:
    header = request.headers.get("Authorization", "")
    in_args = given.pop("token", None)
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else in_args


def _answer(body: Payload, headers: dict[str, str] | None = None) -> web.Response:
    more = {"x-slack-req-id": secrets.token_hex(8), **(headers or {})}
    return web.json_response(body, headers=more)


def _ill(status: int) -> web.Response:
    return web.Response(status=status, text="<html>upstream connect error</html>")


def _too_many(seconds: float) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": f"{seconds:g}"})
