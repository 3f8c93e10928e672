"""A room as server-sent events: what the log holds, then what happens, for as long as the page listens.

Each client is a cursor in the log and one signal: nothing queues up for a slow one, it only lags. Events, in order:
``room`` (see `adapters.web.about`), records (unnamed, ``id`` is the seq), ``ready`` once everything old was sent;
then records, ``draft``, ``halted`` and ``notices`` as they change, and a comment every quarter of a minute.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress

import msgspec
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from adapters.web.about import about
from adapters.web.house import WebHouse
from adapters.web.room_view import READ_SECONDS, RoomView, is_halted
from agents.errors import TertuliaError
from agents.log.participants import ParticipantId
from agents.log.records import Record, to_json
from agents.ports import Draft, OpenDraft, Watch
from agents.team.termination import visible_text

WINDOW = 300
"""How many records a page gets when it opens a room; it asks for earlier ones."""

CHUNK = 250
HEARTBEAT = 15.0
SEND_SECONDS = 30.0
PACE = 0.04
"""Seconds between two looks at the log: how finely a page sees a text grow."""


class _Closed(Exception):
    """The page went away, or the house closes."""


class EventStream:
    """The ASGI response for one page. ``after`` is what it has seen already, None for a page that has nothing."""

    def __init__(
        self,
        house: WebHouse,
        view: RoomView,
        above: Sequence[RoomView],
        *,
        viewer: ParticipantId | None,
        after: int | None,
        closing: asyncio.Event,
    ):
        self._house, self._view, self._above = house, view, above
        self._viewer, self._closing = viewer, closing
        self._halted = is_halted(view, above)
        known = after is not None and after <= view.head
        self._cursor = after if known and after is not None else max(0, view.head - WINDOW)
        self._signal = asyncio.Event()
        self._draft: OpenDraft | None = None
        self._is_draft_told = after is None  # a page that comes back may show one that is gone
        self._notices = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the page goes away. A store that fails ends the stream; the page comes back by itself."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        watch = self._house.store.log.watch(self._view.room, *(each.room for each in self._above))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_until_gone(receive))
                group.create_task(_until_set(self._closing))
                group.create_task(self._hear(watch))
                group.create_task(self._hear_notices())
                group.create_task(self._write(send))
        except* (_Closed, TertuliaError, TimeoutError, OSError):
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await watch.aclose()

    async def _hear(self, watch: Watch) -> None:
        async for _ in watch:
            self._signal.set()

    async def _hear_notices(self) -> None:
        version = self._house.notices.version
        while True:
            version = await self._house.notices.changed(version)
            self._signal.set()

    async def _write(self, send: Send) -> None:
        draft = await self._house.store.drafts.read(self._view.room)
        opening = about(self._house, self._view, self._viewer, halted=self._halted, draft=draft)
        opening |= {"first": self._cursor + 1}
        await _send(send, f"retry: 1000\n{_event('room', opening)}")
        await self._write_news(send)
        await _send(send, _event("ready", {"head": self._cursor}))
        while True:
            await asyncio.sleep(PACE)
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._signal.wait()
            except TimeoutError:
                await _send(send, ":\n\n")
            self._signal.clear()
            await self._write_news(send)

    async def _write_news(self, send: Send) -> None:
        for view in (self._view, *self._above):
            await view.catch_up()
        while self._cursor < self._view.head:
            async with asyncio.timeout(READ_SECONDS):
                records = await self._house.store.log.read(self._view.room, after=self._cursor, limit=CHUNK)
            await _send(send, self._lines(records))
            self._cursor = records[-1].seq
        await self._write_draft(send)
        halted = is_halted(self._view, self._above)
        if self._halted != halted:
            self._halted = halted
            await _send(send, _event("halted", halted))
        if self._notices != self._house.notices.version:
            self._notices = self._house.notices.version
            await _send(send, _event("notices", [msgspec.to_builtins(card) for card in self._house.notices.cards]))

    def _lines(self, records: Sequence[Record]) -> str:
        shown = (self._view.shown(record, self._viewer) for record in records)
        return "".join(f"id: {record.seq}\ndata: {to_json(record)}\n\n" for record in shown)

    async def _write_draft(self, send: Send) -> None:
        async with asyncio.timeout(READ_SECONDS):
            now = await self._house.store.drafts.read(self._view.room)
        if now is not None and not now.visible_to(self._viewer):
            now = replace(now, draft=Draft(text=""))
        before, self._draft = self._draft, now
        if now == before and self._is_draft_told:
            return
        self._is_draft_told = True
        if now is None:
            await _send(send, _event("draft", {"turn": None}))
            return
        data: dict[str, object] = {"turn": now.key, "by": now.started.speaker, "thinking": bool(now.draft.thoughts)}
        text, shown = visible_text(now.draft.text), visible_text(before.draft.text) if before else ""
        if before is not None and before.key == now.key and text.startswith(shown):
            data |= {"more": text[len(shown) :]}
        else:
            data |= {"text": text}
        await _send(send, _event("draft", data))


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def _send(send: Send, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": text.encode("utf-8", "replace"), "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Closed


async def _until_set(closing: asyncio.Event) -> None:
    await closing.wait()
    raise _Closed
