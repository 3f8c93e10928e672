"""A file of a room: by reference, as events carry it, and by content."""

from agents.log.logged import Logged


class FileRef(Logged, frozen=True, kw_only=True):
    """A file of the room; its bytes are in ``Files`` under ``sha256`` before an event names it. ``size`` in bytes."""

    sha256: str
    name: str
    media_type: str
    size: int


class NamedFile(Logged, frozen=True, kw_only=True):
    """A file by content. From a sandbox, ``name`` is a safe base name."""

    name: str
    media_type: str
    content: bytes
