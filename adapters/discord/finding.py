"""Which record a message of people's is: edits, deletions and replies name messages by Discord's ids."""

from adapters.discord.rooms import NAME, ids_within, where_is
from adapters.discord.timelines import OLDEST
from agents.log.records import Record
from agents.ports import Log

_BATCH = 500
_FURTHEST = 10_000
"""Records back from a room's newest one that are looked through."""

_LATE = ids_within(2 * OLDEST)
"""Between the ids of two messages of which the older may stand behind the newer: it was missed, and heard later."""

_BEGINNING = 200
"""Records at a room's beginning among which those of recalled messages are."""


def source_of(message: int) -> str:
    """What the store knows a message by."""
    return f"{NAME}:{message}"


def act_of(interaction: int) -> str:
    """What the store knows a click, a form or a command by: nobody can delete those, as they can a message."""
    return f"{source_of(interaction)}!done"


def copy_of(message: int, room: str) -> str:
    """What the store knows a message by that was recalled into the room of a thread that it does not stand in."""
    return f"{source_of(message)}>{where_is(room).thread}"


def message_of(record: Record) -> int | None:
    """The inverse of `source_of`; None for records of anything else, copies among them."""
    platform, _, number = (record.source or "").partition(":")
    return int(number) if platform == NAME and number.isdecimal() else None


def original_of(record: Record, room: str) -> int | None:
    """The inverse of `copy_of`."""
    number = (record.source or "").partition(":")[2].partition(">")[0]
    return int(number) if number.isdecimal() and record.source == copy_of(int(number), room) else None


async def record_of(log: Log, room: str, message: int) -> Record | None:
    """The record of a message in a room, the newest records first. Raises `StoreFailed`."""
    upto = await _head(log, room)
    oldest = max(0, upto - _FURTHEST)
    while upto > oldest:
        after = max(oldest, upto - _BATCH)
        for record in reversed(await log.read(room, after=after, limit=upto - after)):
            here = message_of(record)
            if here == message:
                return record
            if here is not None and here + _LATE < message:
                return None
        upto = after
    return None


async def copy_in(log: Log, room: str, message: int) -> Record | None:
    """The record of a message that was recalled into a thread's room. Raises `StoreFailed`."""
    source = copy_of(message, room)
    return next((one for one in await beginning(log, room) if one.source == source), None)


async def beginning(log: Log, room: str) -> tuple[Record, ...]:
    """The room's first records. Raises `StoreFailed`."""
    return await log.read(room, limit=_BEGINNING)


async def newest(log: Log, room: str, count: int) -> tuple[Record, ...]:
    """The room's newest records, oldest first. Raises `StoreFailed`."""
    return await log.read(room, after=max(0, await _head(log, room) - count), limit=count)


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
