"""What time it is, and waiting."""

from typing import Protocol


class Clock(Protocol):
    """What time it is, and waiting.

    Everything that waits asks the clock, so that a test can move time by hand.

        start = clock.now()
        await clock.sleep(0)
        assert clock.now() >= start
    """

    def now(self) -> float:
        """The time now, in seconds since the epoch (UTC)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds; at once for none or fewer."""
        ...
