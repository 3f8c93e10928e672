"""The machine's time."""

import asyncio
import time


class SystemClock:
    """`agents.ports.Clock` on this machine."""

    now = staticmethod(time.time)

    async def sleep(self, seconds: float) -> None:
        """Return after that long."""
        await asyncio.sleep(seconds)
