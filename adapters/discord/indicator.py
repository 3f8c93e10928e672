"""The typing indicator: it shows in a channel while an agent has the floor there, and ends with the turn."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from agents.errors import PlatformFailed
from agents.log.participants import ParticipantId
from agents.ports import Clock

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

AGAIN = 8.0
"""Seconds after which Discord is told again; it shows it for ten."""

GRACE = 0.3
"""Seconds that a turn must last to be shown: one that is over by then is answered, and nothing needs to be said."""

LONGEST = 900.0

TypeIn: TypeAlias = Callable[[str, ParticipantId], Awaitable[None]]


class Typing:
    """Shows that somebody writes. `speaking` says who has the floor, at any time; `run` does the showing."""

    def __init__(self, type_in: TypeIn, clock: Clock):
        self._type_in, self._clock = type_in, clock
        self._speakers: dict[str, ParticipantId] = {}
        self._news = asyncio.Event()

    def speaking(self, room: str, speaker: ParticipantId | None) -> None:
        """This participant has the floor in the room; None: nobody has."""
        if speaker is None:
            self._speakers.pop(room, None)
        else:
            self._speakers[room] = speaker
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        shown: dict[str, tuple[ParticipantId, asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                for room, (speaker, task) in list(shown.items()):
                    if self._speakers.get(room) != speaker:
                        task.cancel()
                        del shown[room]
                for room, speaker in self._speakers.items():
                    if room not in shown:
                        shown[room] = (speaker, group.create_task(self._show(room, speaker), name=f"typing {room}"))
                await self._news.wait()

    async def _show(self, room: str, speaker: ParticipantId) -> None:
        await self._clock.sleep(GRACE)
        until = self._clock.now() + LONGEST
        while self._clock.now() < until:
            try:
                async with asyncio.timeout(AGAIN):
                    await self._type_in(room, speaker)
            except (PlatformFailed, TimeoutError) as error:
                _log.debug("discord_typing_failed", room=room, reason=str(error))
            await self._clock.sleep(AGAIN)
