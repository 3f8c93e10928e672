"""Who may talk to the server at all, and what a browser may do with what it gets."""

import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
COOKIE = "tertulia_access"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Guard:
    """Middleware. Without an ``access_token`` only this machine's own names are answered to, which is what keeps a
    foreign page from reading the room through a name that it points here. With one, every request must prove it:
    ``?key=TOKEN`` in the first address becomes a cookie that scripts cannot read and other sites cannot send.
    """

    def __init__(self, app: ASGIApp, *, access_token: str | None = None) -> None:
        self._app = app
        self._proof = None if access_token is None else _proof(access_token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        refusal = _foreign(headers, scope["method"]) or self._without_access(scope, headers)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _without_access(self, scope: Scope, headers: Headers) -> Response | None:
        if self._proof is None:
            if _name(headers.get("host", "")) in LOOPBACK:
                return None
            return _refused(421, "This web room answers only to localhost and 127.0.0.1; open it under one of these.")
        if hmac.compare_digest(_cookie(headers), self._proof):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        keys = [value for name, value in query if name == "key"]
        if scope["method"] == "GET" and keys and hmac.compare_digest(_proof(keys[0]), self._proof):
            return self._with_cookie(scope, [(name, value) for name, value in query if name != "key"], headers)
        return _refused(401, "This web room needs its access key; open the address with ?key= that its host gave you.")

    def _with_cookie(self, scope: Scope, query: list[tuple[str, str]], headers: Headers) -> Response:
        path = "/" + scope["path"].lstrip("/\\")
        response = RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303)
        secure = scope["scheme"] == "https" or headers.get("x-forwarded-proto") == "https"
        response.set_cookie(
            COOKIE, self._proof or "", max_age=30 * 86400, httponly=True, samesite="strict", secure=secure
        )
        return response


def _foreign(headers: Headers, method: str) -> Response | None:
    """A refusal for a request that another site's page made."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.casefold() != headers.get("host", "").casefold():
        return _refused(403, "Another site's page asked for this; only the web room's own page may.")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and method != "GET":
        return _refused(403, "Another site's page asked for this; only the web room's own page may.")
    return None


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""


def _cookie(headers: Headers) -> str:
    cookies = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in cookies if name == COOKIE), "")


def _proof(token: str) -> str:
    return hashlib.sha256(b"tertulia web access " + token.encode("utf-8", "replace")).hexdigest()


def _refused(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)
