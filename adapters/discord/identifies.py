"""How often a bot may begin a session (IDENTIFY): Discord wants five seconds between two, and a thousand a day at most.

A bot that exceeds the day's number loses its token (Discord's documentation: "Gateway", "Session Start Limit").
"""

import json
from collections import deque

import structlog

from adapters.discord.bots import Bot
from agents.errors import StoreFailed
from agents.ports import Clock, Facts

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

NAMESPACE = "discord_identifies"

BETWEEN = 5.0
"""Seconds that Discord wants between two; for big bots less, which we are not."""

A_DAY = 900
"""Discord resets the token of a bot that begins 1,000 sessions in a day."""

_DAY = 86_400.0


class UsedUp(Exception):  # it ends a client; nothing failed
    """No more sessions today."""


class Identifies:
    """One bot's sessions. They are counted across restarts, as far as the store takes that down."""

    def __init__(self, bot: Bot, clock: Clock, records: Facts):
        self._bot, self._clock, self._records = bot, clock, records
        self._times: deque[float] | None = None
        self._last: float | None = None

    async def day(self) -> None:
        """Return when another session may begin as far as the day's count goes."""
        times = await self._load()
        if (wait := self._used_up_for(times)) > 0:
            _log.error("discord_too_many_sessions", bot=self._bot.name, sessions=A_DAY, again_in=round(wait))
            await self._clock.sleep(wait)

    async def count(self) -> None:
        """Return when a session may begin, and count it. Raises `UsedUp`; `day` then waits."""
        times = await self._load()
        if self._used_up_for(times) > 0:
            raise UsedUp
        if self._last is not None:
            await self._clock.sleep(self._last + BETWEEN - self._clock.now())
        self._last = self._clock.now()
        times.append(self._last)
        try:
            await self._records.put(NAMESPACE, str(self._bot.user), json.dumps([round(at) for at in times]))
        except StoreFailed as error:
            _log.warning("discord_session_not_counted", bot=self._bot.name, reason=str(error))

    def _used_up_for(self, times: deque[float]) -> float:
        return times[0] + _DAY - self._clock.now() if len(times) == A_DAY else 0.0

    async def _load(self) -> deque[float]:
        if self._times is None:
            try:
                kept = await self._records.get(NAMESPACE, str(self._bot.user))
            except StoreFailed as error:
                _log.warning("discord_sessions_not_known", bot=self._bot.name, reason=str(error))
                kept = None
            self._times = deque(json.loads(kept or "[]"), maxlen=A_DAY)
        return self._times
