"""What time it is, and waiting."""

from typing import Protocol


class Clock(Protocol):
    """Time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that long."""
        ...
