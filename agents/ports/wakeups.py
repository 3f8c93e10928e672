"""Who runs a room that has news."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from msgspec import Struct


class Slept(Struct, frozen=True, kw_only=True):
    """What a runner says when it leaves a room: everything up to the seq ``upto`` is dealt with.

    ``wake_at`` is when to run it again without news, in seconds since the epoch; None where nothing waits for a time.
    """

    upto: int
    wake_at: float | None = None


RunRoom: TypeAlias = Callable[[str], Awaitable[Slept]]
"""Runs the room of that name until there is nothing to do."""


class Wakeups(Protocol):
    """Sees to it that a room with news is run, by one runner at a time.

    A wake may be lost with the process. `Schedule` is durable, and rooms that it calls due are run in any case.

        await wakeups.wake("web:lobby")
        await wakeups.wake("web:lobby", at=clock.now() + 60.0)
    """

    async def wake(self, room: str, at: float | None = None) -> None:
        """Have the room run as soon as may be, or at a time in seconds since the epoch. Returns before it has run.

        A time is kept in the schedule; raises `StoreFailed` where it cannot be.
        """
        ...

    async def serve(self, run: RunRoom) -> None:
        """Run woken and due rooms until cancelled: no room twice at once, and a bounded number of them at a time.

        A room that is woken while it runs is run once more afterwards. What ``run`` raises ends this.
        """
        ...
