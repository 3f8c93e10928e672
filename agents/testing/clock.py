"""Time that stands still until it is moved."""

import asyncio
import heapq
from itertools import count


class FakeClock:
    """A `Clock` that a test moves: `advance` lets time pass and wakes every sleeper whose time has come.

    A woken sleeper runs as soon as the loop comes round to it. ``at`` is in seconds since the epoch.
    """

    def __init__(self, at: float = 1_780_000_000.0):
        self._now = at
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """What it was last set to."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the time was moved that far; at once for nothing or less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    def advance(self, seconds: float) -> None:
        """Let that much time pass."""
        self.set(self._now + seconds)

    def set(self, at: float) -> None:
        """Make it this time. Going back wakes nobody."""
        self._now = at
        while self._sleepers and self._sleepers[0][0] <= at:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass."""
        return sum(not woken.done() for _, _, woken in self._sleepers)
