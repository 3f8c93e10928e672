"""Rate limits: per method, app and team by tier, and a message a second in each channel with short bursts.

Slack counts in windows of a minute that it does not publish; here each limit is a bucket that refills evenly.
Source: docs.slack.dev/apis/web-api/rate-limits. The workspace's own cap is unpublished; the figure is a guess.
"""

import math
from dataclasses import dataclass

from tests.fakes.slack.clock import VirtualClock

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute that Slack promises for each tier."""

CHANNEL_BURST = 3
"""Messages that a channel takes at once before one a second holds."""

HISTORY = ("conversations.history", "conversations.replies")
"""What apps that are sold outside the Marketplace may ask once a minute, for fifteen messages (since 2025-05-29)."""

WORKSPACE_PER_MINUTE = 300
"""Messages of one app in one workspace ("several hundred a minute")."""


@dataclass(slots=True, eq=False)
class _Bucket:
    size: float
    per_second: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """Take one; the seconds until there is one, 0 if there was."""
        self.level = min(self.size, self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level >= 1.0:
            self.level -= 1.0
            return 0.0
        return (1.0 - self.level) / self.per_second


class RateLimits:
    """Off until ``enforced``. ``scale`` shortens every window: 0.01 makes a Slack second last 10 ms.

    ``outside_marketplace``: apps are sold there, and get little of what was said.

    ``refused`` lists what was answered with 429: (method, app, seconds).
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.enforced = False
        self.scale = 1.0
        self.workspace_per_minute = WORKSPACE_PER_MINUTE
        self.outside_marketplace = False
        self.refused: list[tuple[str, str, int]] = []
        self._clock = clock
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    @property
    def history_page(self) -> int | None:
        """The most messages of a page of history, where there is such a limit."""
        return 15 if self.outside_marketplace else None

    def check(self, method: str, app: str, team: str, tier: int | None, channel: str | None) -> int | None:
        """Seconds for ``Retry-After`` if this call is one too many, else None. A call that is refused costs nothing.

        No tier: the method posts, and its limits are the channel's and the workspace's.
        """
        if not self.enforced:
            return None
        if self.outside_marketplace and method in HISTORY:
            wait = self._take((method, app, team), 1, 1 / 60)
        elif tier is not None:
            wait = self._take((method, app, team), TIERS[tier], TIERS[tier] / 60)
        else:
            wait = self._take(("in", app, team, channel or ""), CHANNEL_BURST, 1.0)
            most = self.workspace_per_minute
            wait = wait or self._take(("workspace", app, team), most, most / 60)
        if not wait:
            return None
        seconds = max(1, math.ceil(wait))
        self.refused.append((method, app, seconds))
        return seconds

    def _take(self, key: tuple[str, ...], size: float, per_second: float) -> float:
        now, rate = self._clock.now(), per_second / self.scale
        bucket = self._buckets.setdefault(key, _Bucket(size, rate, size, now))
        bucket.per_second = rate
        return bucket.take(now)
