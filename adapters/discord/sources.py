"""The `source` of people's messages and clicks in the log, made of Discord's ids, which edits and replies name, too."""

from adapters.discord.rooms import NAME, where_is
from agents.log.records import Record


def source_of(message: int) -> str:
    """The source of a person's message."""
    return f"{NAME}:{message}"


def act_of(interaction: int) -> str:
    """The source of a click, a form or a command: unlike a message, nobody can delete those."""
    return f"{source_of(interaction)}!done"


def copy_of(message: int, room: str) -> str:
    """The source of a copy: a channel's message that is background in the room of a thread."""
    return f"{source_of(message)}>{where_is(room).thread}"


def message_of(record: Record) -> int | None:
    """The inverse of `source_of`; None for records of anything else, copies among them."""
    platform, _, number = (record.source or "").partition(":")
    return int(number) if platform == NAME and number.isdecimal() else None


def original_of(record: Record, room: str) -> int | None:
    """The inverse of `copy_of`."""
    number = (record.source or "").partition(":")[2].partition(">")[0]
    return int(number) if number.isdecimal() and record.source == copy_of(int(number), room) else None
