"""How fast messages leave: limits of one destination and of a whole platform, kept so that nothing is refused."""

from collections import deque
from dataclasses import dataclass

from agents.ports import Clock

_MOST_ROOMS = 1000
"""Rooms remembered before the quiet ones are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``count`` sends in any ``seconds``."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceLimits:
    """What a platform allows.

    A draft changes every ``draft`` seconds at most, slowing down to ``draft_slowest``, and ``drafts`` times in all.
    """

    room: Rate
    platform: Rate
    draft: float = 1.0
    draft_slowest: float = 10.0
    drafts: int = 300


class Pace:
    """Counts what leaves and says when the next may. One for all lanes of a platform."""

    def __init__(self, clock: Clock, limits: PaceLimits):
        self._clock, self.limits = clock, limits
        self._all: deque[float] = deque(maxlen=limits.platform.count)
        self._rooms: dict[str, deque[float]] = {}

    def delay(self, room: str, *, spare: bool = False) -> float:
        """Seconds until something may leave for ``room``; 0 = now.

        With ``spare`` a quarter of each limit is left alone: final messages and questions go before drafts.
        """
        limits, now = self.limits, self._clock.now()
        return max(
            _delay(self._all, limits.platform, now, spare=spare),
            _delay(self._rooms.get(room, ()), limits.room, now, spare=spare),
        )

    def add(self, room: str) -> None:
        """Something leaves for ``room`` now."""
        now = self._clock.now()
        if len(self._rooms) >= _MOST_ROOMS and room not in self._rooms:
            quiet = now - self.limits.room.seconds
            self._rooms = {known: times for known, times in self._rooms.items() if times[-1] > quiet}
        self._all.append(now)
        self._rooms.setdefault(room, deque(maxlen=self.limits.room.count)).append(now)

    def between_drafts(self, shown: int) -> float:
        """Seconds to wait before the draft that was shown so many times is shown again."""
        return min(self.limits.draft * (1 + shown / 8), self.limits.draft_slowest)


def _delay(times: "deque[float] | tuple[()]", rate: Rate, now: float, *, spare: bool) -> float:
    free = rate.count - (rate.count // 4 if spare else 0)
    return max(times[-free] + rate.seconds - now, 0.0) if len(times) >= free else 0.0
