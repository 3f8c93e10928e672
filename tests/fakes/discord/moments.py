"""The fake's time: the real one, plus whatever a test has let pass."""

import time
from datetime import UTC, datetime

EPOCH = 1_420_070_400.0
"""Discord's first second, which its ids count from."""


class Time:
    """Seconds since 1970 that a test can hurry (`advance`), and ids made of them."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._last = 0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def new_id(self) -> int:
        """Return an id above every earlier one; its upper bits tell when it was made, as discord.py reads them."""
        self._last = max(self._last + 1, int((self.now() - EPOCH) * 1000) << 22)
        return self._last


def made_at(snowflake: int) -> float:
    """When an id was made, in seconds since 1970."""
    return (snowflake >> 22) / 1000 + EPOCH


def iso(at: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat()
