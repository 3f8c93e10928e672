"""What is sent to a chat platform."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from agents.log.files import NamedFile
from agents.log.participants import ParticipantId, Profile


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a platform can do. ``max_length`` is in the platform's own units, counted by ``length``."""

    max_length: int
    length: Callable[[str], int] = len
    edits: bool = True
    cards: bool = True
    files: bool = True
    max_parts: int = 5


class Card(Struct, frozen=True, kw_only=True):
    """A question as people see it: its text is the post's; ``answered`` closes it with who said what."""

    question: int
    options: tuple[str, ...]
    kind: str
    answered: str | None = None


class Post(Struct, frozen=True, kw_only=True):
    """One message for one room, at most ``max_length`` long, by one face. ``text`` is CommonMark.

    ``key`` (``room#seq/part``) makes it happen once; ``reply_to`` is a platform id; ``partial`` marks a draft.
    ``pings`` are the people whom it may notify; whatever the text says, it notifies nobody else (P21). ``asked_by``
    is the one person whom a draft answers, where there is only one: some platforms show growing text to somebody.
    A platform's id of a message is what follows the platform's name in the `source` of such a message.
    """

    key: str
    room: str
    by: Profile
    text: str
    audience: tuple[ParticipantId, ...] = ()
    pings: tuple[ParticipantId, ...] = ()
    files: tuple[NamedFile, ...] = ()
    reply_to: str | None = None
    asked_by: ParticipantId | None = None
    card: Card | None = None
    partial: bool = False


class Platform(Protocol):
    """A chat platform's sending side. Every method may raise `PlatformFailed`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    async def post(self, post: Post) -> str:
        """Send it as a new message and return the platform's id of it."""
        ...

    async def edit(self, platform_id: str, post: Post) -> None:
        """Give that message this content. Files of an edit are added where the platform can, else left out."""
        ...

    async def find(self, post: Post) -> str | None:
        """Look in the room's recent history for the message with this post's key; its platform id, or None."""
        ...
