"""What is sent to a chat platform."""

from collections.abc import Callable

from agents.participants import ParticipantId, Profile
from agents.runs import NamedFile
from agents.values import value


@value
class Capabilities:
    """What a platform can do. ``max_length`` is in the platform's own units, counted by ``length``."""

    max_length: int
    length: Callable[[str], int] = len
    edits: bool = True
    cards: bool = True
    files: bool = True
    max_parts: int = 5


@value
class Card:
    """A question as people see it: its text is the post's; ``answered`` closes it with who said what."""

    question: int
    options: tuple[str, ...]
    kind: str
    answered: str | None = None


@value
class Post:
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
