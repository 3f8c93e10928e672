"""The web room's ASGI application: the page, the stream, and the one door for what people do."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from adapters.web.about import MAX_FILE, about
from adapters.web.actions import MAX_MESSAGE, read_action
from adapters.web.faces import face, image_sources
from adapters.web.guard import Guard
from adapters.web.house import WebHouse
from adapters.web.room_view import READ_SECONDS, RoomView, RoomViews, is_halted
from adapters.web.stream import WINDOW, EventStream
from adapters.web.uploads import described, safe_name, served
from adapters.web.visitors import Visitors
from agents.errors import NotAllowed, StoreFailed, TertuliaError, WrongUse
from agents.log.participants import Profile
from agents.log.records import to_json
from agents.log.room_id import RoomId
from agents.people.command_actions import PrivateReply

STATIC = Path(__file__).parent / "static"

MAX_BODY = 8 * MAX_MESSAGE
"""Bytes of a JSON body: a message of the greatest length, every character of it escaped, fits with room to spare."""

BODY_SECONDS = 120.0
ENTER_SECONDS = 30.0

_NO_SUCH_ROOM = "There is no such room here; go back to the first page and choose one."
_UNKNOWN_PERSON = "This page does not know who you are any more; enter your name again."

Responder: TypeAlias = Callable[[Request], Awaitable[Response | EventStream]]


def web_app(house: WebHouse, *, access_token: str | None = None) -> Starlette:
    """The application. With an ``access_token`` every request must prove it, else only this machine is answered.

    Two things in ``app.state`` are for whoever serves it: ``closing``, an event that ends all streams when it is set,
    and ``access_token``.
    """
    room = _RoomApi(house)
    routes = [
        Route("/", room.page),
        Route("/api/people", _plain(room.enter), methods=["POST"]),
        Route("/api/rooms", _plain(room.list)),
        Route("/api/rooms/{room:path}/stream", _plain(room.stream)),
        Route("/api/rooms/{room:path}/records", _plain(room.records)),
        Route("/api/rooms/{room:path}/events", _plain(room.act), methods=["POST"]),
        Route("/api/rooms/{room:path}/files", _plain(room.upload), methods=["POST"]),
        Route("/api/rooms/{room:path}/files/{sha256}", _plain(room.file)),
        Route("/api/rooms/{room:path}", _plain(room.about)),
        Mount("/static", GZipMiddleware(StaticFiles(directory=STATIC))),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, access_token=access_token)])
    app.state.closing = room.closing
    app.state.access_token = access_token
    return app


def _plain(answer: Responder) -> Responder:
    """The same, with the house's errors as one sentence in JSON."""

    async def answer_or_refuse(request: Request) -> Response | EventStream:
        try:
            return await answer(request)
        except NotAllowed as error:
            return _refused(403, str(error))
        except WrongUse as error:
            return _refused(400, str(error))
        except StoreFailed as error:
            return _refused(503, f"{error} What you wrote is still in the page.")
        except TertuliaError as error:
            return _refused(502, str(error))
        except TimeoutError:
            return _refused(503, "The room did not answer in time; try again in a moment.")
        except ClientDisconnect:
            return _refused(400, "The connection was closed before everything had arrived; send it again.")
        except _Refusal as refusal:
            return _refused(refusal.status, str(refusal))

    return answer_or_refuse


class _Refusal(Exception):
    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


def _refused(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)


class _RoomApi:
    def __init__(self, house: WebHouse) -> None:
        self.closing = asyncio.Event()
        self._house = house
        self._visitors = Visitors(house.store.facts)
        self._views = RoomViews(house.store.log)

    async def page(self, request: Request) -> Response:
        faces = [profile for room in self._house.rooms() for profile in self._house.faces(room)]
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            f"img-src 'self' blob: {image_sources(faces)}; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        return FileResponse(STATIC / "index.html", headers={"Content-Security-Policy": policy})

    async def enter(self, request: Request) -> Response:
        try:
            name = json.loads(await _body(request, 10_000))["name"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise WrongUse('Send {"name": "..."} as JSON in UTF-8.') from error
        if not isinstance(name, str):
            raise WrongUse("A name is a text; write the one you want to be called.")
        agents = [profile for room in self._house.rooms() for profile in self._house.faces(room)]
        token, profile = await self._visitors.enter(name, agents)
        return JSONResponse({"token": token, "you": face(profile)}, status_code=201)

    async def list(self, request: Request) -> Response:
        return JSONResponse({"rooms": [*self._house.rooms()]})

    async def about(self, request: Request) -> Response:
        view, viewer = await self._view(request), await self._viewer(request)
        above = [await self._views.of(log) for log in RoomId.parse(view.room).above]
        halted = is_halted(view, above)
        draft = await self._house.store.drafts.read(view.room)
        return JSONResponse(about(self._house, view, viewer and viewer.id, halted=halted, draft=draft))

    async def stream(self, request: Request) -> EventStream:
        view, viewer = await self._view(request), await self._viewer(request)
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after"))
        if request.query_params.get("origin", "") not in ("", view.origin):
            after = None
        above = [await self._views.of(log) for log in RoomId.parse(view.room).above]
        return EventStream(self._house, view, above, viewer=viewer and viewer.id, after=after, closing=self.closing)

    async def records(self, request: Request) -> Response:
        view, viewer = await self._view(request), await self._viewer(request)
        before = _number(request.query_params.get("before")) or view.head + 1
        limit = min(_number(request.query_params.get("limit")) or WINDOW, 1000)
        first = max(0, before - 1 - limit)
        async with asyncio.timeout(READ_SECONDS):
            records = await self._house.store.log.read(view.room, after=first, limit=max(0, before - 1 - first))
        lines = [json.loads(to_json(view.shown(record, viewer and viewer.id))) for record in records]
        return JSONResponse({"first": first + 1, "records": lines})

    async def act(self, request: Request) -> Response:
        view, by = await self._view(request), await self._person(request)
        event, source = await read_action(await _body(request, MAX_BODY), self._house, view)
        async with asyncio.timeout(ENTER_SECONDS):
            reply = await self._house.door.enter(view.room, by, event, source=source, groups=self._house.groups)
        return JSONResponse(_told(reply))

    async def upload(self, request: Request) -> Response:
        await self._view(request)
        await self._person(request)
        content = await _body(request, MAX_FILE)
        if not content:
            raise WrongUse("The file is empty; choose another one.")
        async with asyncio.timeout(ENTER_SECONDS):
            sha256 = await self._house.store.files.put(content)
        file = described(content, request.query_params.get("name", ""), sha256)
        return JSONResponse(
            {"sha256": file.sha256, "name": file.name, "media_type": file.media_type, "size": file.size},
            status_code=201,
        )

    async def file(self, request: Request) -> Response:
        view = await self._view(request)
        file = view.files.get(request.path_params["sha256"])
        if file is None:
            raise _Refusal(404, "No message of this room has such a file.")
        async with asyncio.timeout(READ_SECONDS):
            return served(await self._house.store.files.get(file.sha256), file)

    async def _view(self, request: Request) -> RoomView:
        room = RoomId.parse(request.path_params["room"])
        known = not room.child or await self._house.store.log.head(str(room)) > 0
        if room.root not in self._house.rooms() or not known:
            raise _Refusal(404, _NO_SUCH_ROOM)
        return await self._views.of(str(room))

    async def _viewer(self, request: Request) -> Profile | None:
        """Who asks, None for somebody who has not entered a name yet."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() != "bearer":
            return None
        person = await self._visitors.find(token)
        if person is None:
            raise _Refusal(401, _UNKNOWN_PERSON)
        return person

    async def _person(self, request: Request) -> Profile:
        person = await self._viewer(request)
        if person is None:
            raise _Refusal(401, _UNKNOWN_PERSON)
        return person


def _told(reply: PrivateReply | None) -> dict[str, object]:
    if reply is None or reply.file is None:
        return {"text": reply and reply.text}
    content = b64encode(reply.file.content).decode()
    return {"text": reply.text, "file": {"name": safe_name(reply.file.name), "content": content}}


async def _body(request: Request, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise _Refusal(413, f"This is more than the {limit // 1_000_000} MB that may be sent at once.")
            parts.append(part)
    return b"".join(parts)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else None
