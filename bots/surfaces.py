"""Showing a room to the people at this machine: its records and drafts, in the terminal, as they come."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Protocol

from adapters.terminal.room import TerminalRoom
from agents.log.participants import Profile
from agents.log.records import Record
from agents.ports import OpenDraft, Ports
from bots.wiring import House

BATCH = 500


class Display(Protocol):
    """Where a room is shown."""

    def show(self, record: Record) -> None:
        """Show a record."""
        ...

    def show_draft(self, draft: OpenDraft) -> None:
        """Show a turn's text while it grows."""
        ...


class Follower:
    """Shows a room's records and drafts as they come. `run` until cancelled; `until` waits for what was written."""

    def __init__(self, ports: Ports, room: str, display: Display, *, after: int = 0):
        self._log, self._drafts, self._room, self._display = ports.store.log, ports.store.drafts, room, display
        self._shown = after
        self._more = asyncio.Event()

    async def run(self) -> None:
        """Show what is there, then what comes."""
        async with aclosing(self._log.watch(self._room)) as watch:
            await self._catch_up()
            async for _ in watch:
                await self._catch_up()

    async def until(self, seq: int, *, seconds: float = 10.0) -> None:
        """Return once the record with that number was shown. Raises TimeoutError after ``seconds``."""
        async with asyncio.timeout(seconds):
            while self._shown < seq:
                self._more.clear()
                await self._more.wait()

    async def _catch_up(self) -> None:
        while records := await self._log.read(self._room, after=self._shown, limit=BATCH):
            for record in records:
                self._display.show(record)
            self._shown = records[-1].seq
            self._more.set()
        draft = await self._drafts.read(self._room)
        if draft is not None:
            self._display.show_draft(draft)


def terminal(redact: Callable[[str], str], *, me: str | None = None) -> Display:
    """The room on standard output, in colours and live where that is a terminal."""
    screen = sys.stdout.isatty()
    return TerminalRoom(sys.stdout, redact=redact, me=me, color=screen, live=screen)


def faces(house: House, room: str) -> Sequence[Profile]:
    """The agents of a room as they are set up now."""
    return house.bindings.profiles(room)
