"""What the store knows people's messages and clicks by: edits, deletions and replies name messages by Discord's ids."""

from adapters.discord.rooms import NAME, where_is
from agents.log.records import Record


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
