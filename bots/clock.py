"""The machine's time."""

import asyncio
import time


class SystemClock:
    """`agents.ports.Clock` on this machine."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Return after that long."""
        await asyncio.sleep(seconds)
