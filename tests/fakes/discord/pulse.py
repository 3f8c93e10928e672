"""How tests wait for something to be so, without sleeping."""

import asyncio
from collections.abc import Callable


class Pulse:
    """Beats whenever anything happened; `until` looks again at each beat."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, so: Callable[[], object], within: float = 10.0) -> None:
        """Return once ``so()`` is true; `TimeoutError` after ``within`` real seconds."""
        async with asyncio.timeout(within):
            while not so():
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                try:
                    await future
                finally:
                    self._waiting.discard(future)
