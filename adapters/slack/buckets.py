"""How many calls Slack takes: one bucket for each app and method, and for posts one for each channel.

Figures: docs.slack.dev/apis/web-api/rate-limits. Buckets are kept a little smaller than Slack's own, so that in steady
state no call is refused; when one is, its bucket alone rests for as long as Slack says.
"""

from dataclasses import dataclass

from agents.ports import Clock

_TIERS = {
    "chat.postEphemeral": 100,
    "files.getUploadURLExternal": 100, "files.completeUploadExternal": 100, "files.info": 100,
    "users.info": 100, "views.open": 100, "auth.test": 100, "assistant.threads.setStatus": 100,
    "usergroups.users.list": 20, "conversations.list": 20, "reactions.remove": 20,
    "chat.startStream": 20, "chat.appendStream": 100, "chat.stopStream": 20,
}  # fmt: skip
_USUAL = 50
"""Calls a minute."""

_SHARE = 0.6
"""How much of a minute's calls may go at once."""

_POSTS_AT_ONCE = 2
LONGEST_WAIT = 8.0
"""Seconds that a call waits for its turn; where it would be more, whoever calls is told to come back."""


@dataclass(slots=True)
class _Bucket:
    """``full`` is when it would be empty of room: a generic cell rate algorithm, as in ATM networks."""

    interval: float
    burst: float
    due: float = 0.0
    rests_until: float = 0.0

    def wait(self, now: float) -> float:
        return max(self.due - (self.burst - 1) * self.interval - now, self.rests_until - now, 0.0)

    def take(self, now: float) -> None:
        self.due = max(self.due, now + self.wait(now)) + self.interval


class Buckets:
    """All limits of one workspace. ``scale`` shortens every interval."""

    def __init__(self, clock: Clock, *, scale: float = 1.0):
        self._clock, self._scale = clock, scale
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def take(self, app: str, method: str, channel: str = "") -> float:
        """Take a place; the seconds until the call may begin. More than `LONGEST_WAIT`: no place was taken."""
        now, bucket = self._clock.now(), self._of(app, method, channel)
        wait = bucket.wait(now)
        if wait <= LONGEST_WAIT:
            bucket.take(now)
        return wait

    def give_back(self, app: str, method: str, channel: str = "") -> None:
        """A place that was taken is not needed: whoever comes next waits for one less."""
        self._of(app, method, channel).due -= self._of(app, method, channel).interval

    def has_room(self, app: str, method: str, channel: str = "") -> bool:
        """Whether something that can wait or be left out may go: at most half of what goes at once is used up."""
        bucket = self._of(app, method, channel)
        now = self._clock.now()
        return bucket.rests_until <= now and bucket.due - now <= bucket.burst * bucket.interval / 2

    def rest(self, app: str, method: str, channel: str, seconds: float) -> None:
        """Slack asked to slow down."""
        bucket = self._of(app, method, channel)
        bucket.rests_until = max(bucket.rests_until, self._clock.now() + seconds)

    def _of(self, app: str, method: str, channel: str) -> _Bucket:
        key = (app, method, channel) if method == "chat.postMessage" else (app, method)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = self._new(method)
        return bucket

    def _new(self, method: str) -> _Bucket:
        if method == "chat.postMessage":
            return _Bucket(1.0 * self._scale, _POSTS_AT_ONCE)
        count = _TIERS.get(method, _USUAL)
        return _Bucket(60.0 / count * self._scale, count * _SHARE)
