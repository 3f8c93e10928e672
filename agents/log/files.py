"""A file of a room: by reference, as events carry it, and by content."""

from agents.values import value


@value
class FileRef:
    """A file of the room; its bytes are in ``Files`` under ``sha256`` before an event names it. ``size`` in bytes."""

    sha256: str
    name: str
    media_type: str
    size: int


@value
class NamedFile:
    """A file by content. From a sandbox, ``name`` is a safe base name."""

    name: str
    media_type: str
    content: bytes
