"""`is thinking …` under the agent's own name while it has the floor, with Slack's own Stop button.

Methods and figures: docs.slack.dev, assistant.threads.setStatus and agents.sessions.setStatus. Both need a thread.
"""

import asyncio
import logging
from dataclasses import dataclass

from adapters.slack.faces import Voices
from adapters.slack.places import Spot, is_ours, spot_of
from adapters.slack.refusals import Refused
from agents.errors import PlatformFailed
from agents.log.participants import Profile
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

THINKING = "is thinking…"
REFRESH = 90.0
"""Seconds; Slack takes a status away by itself after two minutes."""

CLOSING_SECONDS = 2.0
"""For all statuses together, at the end."""

_SECONDS = 10.0
_MOST_ROOMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownStatus:
    by: Profile
    until: float


class Statuses:
    """Shows who has the floor in each thread. `speaking` may be called at any time; `run` does the calls."""

    def __init__(self, voices: Voices, clock: Clock):
        self._voices, self._clock = voices, clock
        self._wanted: dict[str, Profile | None] = {}
        self._shown: dict[str, _ShownStatus] = {}
        self._unknown: set[tuple[str, str]] = set()
        self._news = asyncio.Event()

    def speaking(self, room: str, by: Profile | None) -> None:
        """This participant has the floor in the room, or nobody."""
        shown = self._shown.get(room)
        if not is_ours(room) or not spot_of(room).thread or (by is None and shown is None and room not in self._wanted):
            return
        if by is None and shown is None:
            del self._wanted[room]  # it ended before anybody saw that it began
        elif shown is None or by is None or shown.by.id != by.id or room in self._wanted:
            self._wanted[room] = by
            self._news.set()

    async def run(self) -> None:
        """Show and take away until cancelled; then take away what is left."""
        try:
            while True:
                self._news.clear()
                while self._wanted:
                    room = next(iter(self._wanted))
                    await self._set(room, self._wanted.pop(room))
                await self._news_or_refresh()
        finally:
            await asyncio.shield(self._take_away_all())

    async def _take_away_all(self) -> None:
        """What Slack does not hear of in time it takes away by itself."""
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                for room in list(self._shown):
                    await self._set(room, None)
        except TimeoutError:
            LOGGER.info("Slack was not told in time that %d threads wait for nobody.", len(self._shown))

    async def _set(self, room: str, by: Profile | None) -> None:
        shown = self._shown.pop(room, None)
        face = by or (shown.by if shown else None)
        if face is None:
            return
        spot = spot_of(room)
        if by is not None and len(self._shown) < _MOST_ROOMS:
            self._shown[room] = _ShownStatus(by=by, until=self._clock.now() + REFRESH)
        await self._call(spot, face, "assistant.threads.setStatus", THINKING if by else "")
        await self._call(spot, face, "agents.sessions.setStatus", "processing" if by else "active")

    async def _call(self, spot: Spot, by: Profile, method: str, status: str) -> None:
        try:
            voice = self._voices.of(by, spot)
            caller = voice.app.caller
            if (spot.team, method) in self._unknown or not (caller.has_room(method) or not status):
                return
            async with asyncio.timeout(_SECONDS):
                await caller.call(method, channel_id=spot.channel, thread_ts=spot.thread, status=status, **voice.face)
        except (PlatformFailed, TimeoutError) as error:
            LOGGER.debug("A status was not shown: %s", error)
            if isinstance(error, Refused) and error.name in (
                "missing_scope",
                "unknown_method",
                "not_allowed_token_type",
            ):
                self._unknown.add((spot.team, method))

    async def _news_or_refresh(self) -> None:
        """Wait for news, or until the oldest status must be shown anew."""
        due = min((one.until for one in self._shown.values()), default=None)
        if due is None:
            await self._news.wait()
            return
        async with asyncio.TaskGroup() as group:
            alarm = group.create_task(self._ring(max(due - self._clock.now(), 0.0)))
            await self._news.wait()
            alarm.cancel()
        for room, shown in list(self._shown.items()):
            if shown.until <= self._clock.now():
                self._wanted.setdefault(room, shown.by)

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._news.set()
