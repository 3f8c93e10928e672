"""Rate limits: buckets with their headers, and how much is left in each."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5

from tests.fakes.discord.calls import Request

_FREE = 1_000_000
_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")


@dataclass(slots=True, kw_only=True, eq=False)
class _Bucket:
    limit: int
    seconds: float
    left: int = 0
    resets_at: float = 0.0


class Limits:
    """Nothing is limited until `limit` says so. ``exceeded`` counts requests that came although a bucket was empty.

    They run on real time, as discord.py does, unless ``now`` is set to another clock's.
    """

    def __init__(self) -> None:
        self.now: Callable[[], float] = time.monotonic
        self._rules: dict[str, tuple[int, float]] = {}
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self.exceeded = 0

    def limit(self, route: str, requests: int, seconds: float) -> None:
        """Allow so many requests in so many seconds to a route, for each bot or webhook and each channel or guild."""
        self._rules[route] = (requests, seconds)
        self._buckets.clear()

    def take(self, request: Request) -> tuple[dict[str, str], float]:
        """Count a request. Return its rate limit headers, and how many seconds it came too early."""
        rule = self._rules.get(request.route)
        bucket_id = md5(request.route.encode(), usedforsecurity=False).hexdigest()
        now = self.now()
        if rule is None:
            return _headers(bucket_id, _FREE, _FREE, 1.0), 0.0
        who = request.bot.user_id if request.bot else 0
        key = (request.route, str(who), *(request.params.get(name, "") for name in _MAJOR))
        bucket = self._buckets.setdefault(key, _Bucket(limit=rule[0], seconds=rule[1]))
        if now >= bucket.resets_at:
            bucket.left, bucket.resets_at = bucket.limit, now + bucket.seconds
        wait = bucket.resets_at - now
        if bucket.left == 0:
            self.exceeded += 1
            return _headers(bucket_id, bucket.limit, 0, wait), wait
        bucket.left -= 1
        return _headers(bucket_id, bucket.limit, bucket.left, wait), 0.0


def _headers(bucket_id: str, limit: int, left: int, wait: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
        "X-RateLimit-Reset-After": f"{wait:.3f}",
        "X-RateLimit-Bucket": bucket_id,
    }
