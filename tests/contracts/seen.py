"""What people see of a room, the same for every platform."""

from dataclasses import dataclass

from agents.log.participants import ParticipantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as people in the room see it. ``buttons`` are those that can be pressed, ``files`` are names.

    ``words`` is the text without markup; ``notified`` are the people whom it made a device ring for, and
    ``everybody`` where it did so for all of them.
    """

    platform_id: str
    author: str
    words: str
    buttons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    notified: frozenset[ParticipantId | str] = frozenset()
