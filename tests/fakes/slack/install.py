"""OAuth, auth.revoke and apps.connections.open: how apps get in and out.

Source: docs.slack.dev/authentication/installing-with-oauth. A test says who approves: ``slack.installer``.
"""

from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.site import Grant, Site
from tests.fakes.slack.world import Install, Payload

TOKEN_LIFE = 43_200
"""Seconds that a rotating token lives."""


@method("apps.connections.open", tier=3, token="app")
async def connections_open(call: Call) -> Payload:
    """An address for one WebSocket."""
    ticket = call.site.world.new_secret("ticket-")
    call.site.tickets[ticket] = call.app
    address = call.site.world.origin.replace("http://", "ws://")
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.app.app_id}"}


@method("auth.revoke", "test:bool", tier=3)
async def auth_revoke(call: Call) -> Payload:
    """End the caller's token."""
    if not call.flag("test"):
        call.bot.revoked = "token_revoked"
    return {"revoked": not call.flag("test")}


@method(
    "oauth.v2.access",
    "client_id! client_secret! code redirect_uri grant_type refresh_token code_verifier",
    tier=4,
    token="none",
)
async def oauth_access(call: Call) -> Payload:
    """Change a code, or a refresh token, for a bot token; a code is good once."""
    if call.text("client_secret") != call.app.client_secret:
        raise Refused("bad_client_secret")
    match call.text("grant_type", "authorization_code"):
        case "authorization_code":
            return _first(call)
        case "refresh_token":
            return _refresh(call)
        case _:
            raise Refused("invalid_grant_type")


def _first(call: Call) -> Payload:
    grant = call.site.grants.pop(call.text("code"), None)
    if grant is None or grant.app != call.app.app_id or call.site.clock.now() > grant.expires:
        raise Refused("invalid_code")
    if call.text("redirect_uri") != grant.redirect_uri:
        raise Refused("bad_redirect_uri")
    install = call.site.world.install(call.app, grant.team, grant.scopes)
    if call.app.rotates:
        _rotate(call, install)
    return _token(call, install, grant.user)


def _refresh(call: Call) -> Payload:
    token = call.text("refresh_token")
    install = next((one for one in call.app.installs.values() if one.refresh_token == token), None)
    if install is None or install.revoked is not None:
        raise Refused("invalid_refresh_token")
    install.bot_token = call.site.world.new_secret("xoxe.xoxb-")
    _rotate(call, install)
    return _token(call, install, "")


def _rotate(call: Call, install: Install) -> None:
    install.refresh_token = call.site.world.new_secret("xoxe-1-")
    install.expires = call.site.clock.now() + TOKEN_LIFE


def _token(call: Call, install: Install, user: str) -> Payload:
    answer: Payload = {
        "access_token": install.bot_token,
        "token_type": "bot",
        "scope": ",".join(install.scopes),
        "bot_user_id": install.bot_user,
        "app_id": call.app.app_id,
        "team": {"id": install.team, "name": call.site.world.teams[install.team].name},
        "enterprise": None,
        "authed_user": {"id": user},
        "is_enterprise_install": False,
    }
    if install.refresh_token is not None:
        answer |= {"refresh_token": install.refresh_token, "expires_in": TOKEN_LIFE}
    return answer


class AuthorizePage:
    """``/oauth/v2/authorize``: the page on which a person allows an app; here ``site.installer`` always does."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def serve(self, request: web.Request) -> web.Response:
        """Send the browser back with a code, or with ``access_denied`` where nobody installs."""
        asked = request.query
        app = next((one for one in self._site.world.apps.values() if one.client_id == asked.get("client_id")), None)
        back = asked.get("redirect_uri", app.redirect_uri if app is not None else "")
        if app is None or not back:
            return web.Response(status=400, text="invalid_client_id")
        scopes = tuple(scope for scope in asked.get("scope", "").split(",") if scope)
        if not scopes:
            return web.Response(status=400, text="no_scopes")
        answer = {"state": asked.get("state", "")}
        if self._site.installer is None:
            answer["error"] = "access_denied"
        else:
            team, user = self._site.installer
            code = self._site.world.new_secret("code-")
            expires = self._site.clock.now() + 600
            given = asked.get("redirect_uri", "")
            self._site.grants[code] = Grant(app.app_id, team, user, scopes, given, expires)
            answer["code"] = code
        raise web.HTTPFound(f"{back}{'&' if '?' in back else '?'}{urlencode(answer)}")
