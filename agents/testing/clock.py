"""Time that stands still until it is moved."""

import asyncio
import heapq
from itertools import count


class FakeClock:
    """A `Clock` that a test moves. ``at`` is the time at which it starts, in seconds since the epoch.

        clock = FakeClock(at=100.0)
        clock.advance(60.0)
        assert clock.now() == 160.0

    `advance` wakes every sleeper whose time has come; they run when the test next awaits something.
    """

    def __init__(self, at: float = 1_780_000_000.0):
        self._now = at
        self._order = count()  # of two sleepers with the same time, the first one wakes first
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """The time to which it was moved last."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once time was moved that far; at once for none or fewer seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)  # others still get to run, as with any clock
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.set(self._now + seconds)

    def set(self, at: float) -> None:
        """Move time to ``at``, in seconds since the epoch. Going back wakes nobody."""
        self._now = at
        while self._sleepers and self._sleepers[0][0] <= at:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():  # a cancelled sleeper stays in the heap until its time comes
                woken.set_result(None)

    @property
    def sleepers(self) -> int:
        """How many tasks wait for time to pass."""
        return sum(not woken.done() for _, _, woken in self._sleepers)
