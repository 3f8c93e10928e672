"""What is sent to a chat platform."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from agents.log.files import NamedFile
from agents.log.participants import ParticipantId, Profile


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a platform can do.

    max_length: how long a post's text may be, in the units that ``length`` counts.
    length: how long the platform finds a text; some count characters, some UTF-16 units or bytes.
    edits: posts can be changed.
    cards: questions can have buttons.
    files: posts can have files.
    max_parts: the most posts that one message becomes; a longer one is shown in part, with all of it in a file.
    """

    max_length: int
    length: Callable[[str], int] = len
    edits: bool = True
    cards: bool = True
    files: bool = True
    max_parts: int = 5


class Card(Struct, frozen=True, kw_only=True):
    """The buttons of a question; its text is the post's.

    ``question`` is the seq of the `Asked`, ``options`` are what the buttons say, ``kind`` is the question's kind.
    ``answered`` is a line on who answered what; with it, the buttons are gone.
    """

    question: int
    options: tuple[str, ...]
    kind: str
    answered: str | None = None


class Post(Struct, frozen=True, kw_only=True):
    """One message for one room, at most `Capabilities.max_length` long.

    The platform's id of a message is what follows the platform's name in the `Entry.source` of what people write there.

    key: names what is posted, ``room#seq/part``, so that it can be found again and is posted once.
    room: the room's name.
    by: who speaks.
    text: what is said, in CommonMark.
    audience: who may see it; empty means everybody.
    pings: whom it may notify. It notifies nobody else, whatever the text says: a model may write any name.
    called: what the text calls each of ``pings``, as it stands there behind ``@``; empty for who is not named there.
    files: what is attached.
    reply_to: the platform's id of the message that it answers.
    asked_by: of a draft, the one person whom it answers, if it is one; some platforms show growing text to one reader.
    card: the buttons below the text.
    partial: it is a draft, whose text is still growing.
    quiet: it is a remark of the house's, which is shown small where the platform can.
    """

    key: str
    room: str
    by: Profile
    text: str
    audience: tuple[ParticipantId, ...] = ()
    pings: tuple[ParticipantId, ...] = ()
    called: tuple[str, ...] = ()
    files: tuple[NamedFile, ...] = ()
    reply_to: str | None = None
    asked_by: ParticipantId | None = None
    card: Card | None = None
    partial: bool = False
    quiet: bool = False


class Platform(Protocol):
    """Where posts are sent to on a chat platform.

    Every method may raise `PlatformFailed`, which says whether trying again can help.

        hello = Post(key="web:lobby#1/1", room="web:lobby", by=Profile(id="agent:coder", name="Coder"), text="Hello.")
        message = await platform.post(hello)
        assert await platform.find(hello) == message
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, the same for as long as it is used."""
        ...

    async def post(self, post: Post) -> str:
        """Send it as a new message, also where there is one with its key; return the platform's id of it."""
        ...

    async def edit(self, platform_id: str, post: Post) -> None:
        """Give the message with that id this content. Its files are added where the platform can, else left out."""
        ...

    async def find(self, post: Post) -> str | None:
        """The platform's id of the message with this post's key, looked for in the room's recent history; else None."""
        ...
