"""Time inside the fake: it runs with the machine's, and jumps when a test says so."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Timer:
    """Something that happens at ``due`` unless it is cancelled before."""

    due: float
    act: Callable[[], None]
    handle: asyncio.TimerHandle | None = field(default=None, repr=False)
    forget: Callable[["Timer"], None] = field(default=lambda _: None, repr=False)

    def cancel(self) -> None:
        """It does not happen any more."""
        self.forget(self)
        if self.handle is not None:
            self.handle.cancel()


class VirtualClock:
    """Seconds since the epoch. ``advance`` moves time at once and rings every timer that became due, in order.

    It has the methods of the core's ``Clock`` port, so that a test can give the adapter the same time.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._timers: set[Timer] = set()
        self.armed = asyncio.Event()
        """Set once anybody waits for this clock."""

    def now(self) -> float:
        """Seconds since the epoch, with all jumps so far."""
        return time.time() + self._ahead

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        """Call ``act`` after that long, or as soon as time jumps over it."""
        timer = Timer(self.now() + max(0.0, seconds), act, forget=self._timers.discard)
        self._timers.add(timer)
        self._arm(timer)
        self.armed.set()
        return timer

    async def sleep(self, seconds: float) -> None:
        """Return after that long."""
        woken = asyncio.Event()
        timer = self.call_later(seconds, woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()

    def advance(self, seconds: float) -> None:
        """Jump; timers on the way ring with the time that they were set for."""
        goal = self.now() + seconds
        while due := [timer for timer in self._timers if timer.due <= goal]:
            first = min(due, key=lambda timer: timer.due)
            self._ahead += max(0.0, first.due - self.now())
            self._ring(first)
        self._ahead += max(0.0, goal - self.now())
        for timer in self._timers:
            self._arm(timer)

    def close(self) -> None:
        """Nothing rings any more."""
        for timer in list(self._timers):
            timer.cancel()

    def _arm(self, timer: Timer) -> None:
        if timer.handle is not None:
            timer.handle.cancel()
        wait = max(0.0, timer.due - self.now())
        timer.handle = asyncio.get_running_loop().call_later(wait, self._ring, timer)

    def _ring(self, timer: Timer) -> None:
        timer.cancel()
        timer.act()
