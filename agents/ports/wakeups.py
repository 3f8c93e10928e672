"""Who runs a room that has news."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from msgspec import Struct


class Slept(Struct, frozen=True, kw_only=True):
    """A runner's word when it leaves a room: everything up to ``upto`` is dealt with; next alarm, if any."""

    upto: int
    wake_at: float | None = None


RunRoom: TypeAlias = Callable[[str], Awaitable[Slept]]


class Wakeups(Protocol):
    """`This room has news; someone run it, alone.` A wake is only a hint: the schedule is what is durable."""

    async def wake(self, room: str, at: float | None = None) -> None:
        """Run the room now, or at a time (seconds since the epoch)."""
        ...

    async def serve(self, run: RunRoom) -> None:
        """Run woken and due rooms until cancelled: never one room twice at once, a bounded number in all."""
        ...
