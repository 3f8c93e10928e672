"""Which record a message of people's is: edits, deletions and replies name messages by Discord's ids."""

from adapters.discord.rooms import NAME
from agents.ports import Log
from agents.records import Record

_BATCH = 500
_FURTHEST = 10_000
"""Records back from a room's newest one that are looked through."""


def source_of(message: int) -> str:
    """What the store knows a message by."""
    return f"{NAME}:{message}"


async def record_of(log: Log, room: str, message: int) -> Record | None:
    """The record of a message in a room, the newest records first. Raises `StoreFailed`."""
    source, upto = source_of(message), await _head(log, room)
    oldest = max(0, upto - _FURTHEST)
    while upto > oldest:
        after = max(oldest, upto - _BATCH)
        for record in reversed(await log.read(room, after=after, limit=upto - after)):
            if record.source == source:
                return record
        upto = after
    return None


async def _head(log: Log, room: str) -> int:
    """The number of the newest record: numbers have no gaps."""
    high = 1
    while await log.read(room, after=high - 1, limit=1):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if await log.read(room, after=middle - 1, limit=1) else (low, middle)
    return low
