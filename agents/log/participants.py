"""Who takes part: ids, profiles and the mentions that address them."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal
from unicodedata import normalize

from agents.log.logged import Logged
from agents.log.prose import GLUED, prose

SYSTEM = "system"
"""Who is named where no participant did it: stops, questions whose time is up, turns that crashed."""

EVERYBODY = "everybody"
"""The audience of a message to all, where its author answers a private one; it is written as an empty audience.

    def announce(transcript: Transcript) -> Said:
        return Said(text="A private message came in.", audience=(EVERYBODY,))
"""

ParticipantId = str
"""``agent:coder``, ``person:web/ana``, ``person:slack/T1/U1`` or `SYSTEM`."""

AGENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
"""What an agent may be called: what OpenAI's API takes as a message's ``name``, beginning with a letter."""


def agent_id(name: str) -> ParticipantId:
    """The id of the agent called ``name``; an id is returned as it is."""
    return name if name.startswith("agent:") else f"agent:{name}"


def is_agent(participant: ParticipantId) -> bool:
    """Whether this is one of our agents."""
    return participant.startswith("agent:")


def is_person(participant: ParticipantId) -> bool:
    """Whether this is a human participant."""
    return participant.startswith("person:")


@lru_cache(maxsize=4096)
def short_name(participant: ParticipantId) -> str:
    """What an id is called when no profile is at hand: ``agent:coder`` is ``coder``."""
    return participant.partition(":")[2].rpartition("/")[2] or participant


class Profile(Logged, frozen=True, kw_only=True):
    """Who a participant is to people and models, the same on every platform.

    id: the id under which everything that they do is logged.
    name: what people call them.
    role: one line on what they are good for; people read it, and models that choose who speaks next.
    avatar: an emoji code (``:compass:``), the URL of an image, or empty: a face is then drawn from the name.
    aliases: other names by which a text may address them.

        ana = Profile(id="person:web/ana", name="Ana")
        assert ana.handle == "ana"
    """

    id: ParticipantId
    name: str
    role: str = ""
    avatar: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def handle(self) -> str:
        """What is typed after ``@`` to address the participant."""
        return short_name(self.id)


class Mention(Logged, frozen=True, kw_only=True):
    """A participant whom a text addresses, from ``start`` up to ``end``: offsets in Python's characters."""

    participant: ParticipantId
    start: int
    end: int


_WIDE = range(0xFF10, 0xFF1A), range(0xFF21, 0xFF3B), range(0xFF41, 0xFF5B), (0xFF08, 0xFF09, 0xFF0D, 0xFF20, 0xFF3F)
_NARROW = {code: code - 0xFEE0 for codes in _WIDE for code in codes} | {0x3000: 0x20}
"""Letters and signs as keyboards of Japanese and Chinese type them, each as long as the one that it stands for."""

_GREETING = r"(?:(?:hey|hi|hello|ok|okay|dear|hallo|hola|ciao|salut|bonjour|ol\u00e1)[,\s\uff0c\u3001]+)?"
_LEADING = re.compile(r"[,:\uff0c\uff1a\u3001]")
_LONGEST_ADDRESS = 200
"""Within how many characters from the beginning a leading name ends, with its greeting."""

_URL = re.compile(r"https?://[^\s<>]+")


def mentions_in(text: str, present: Iterable[Profile]) -> tuple[Mention, ...]:
    """Who is addressed in plain text: ``@name`` anywhere, or ``name,`` or ``name:`` at the beginning.

    They come in the order of the text, each once, where they are first addressed. Where words are written without
    blanks none is needed around ``@name``, and signs may be full-width. A name inside another word is no mention, nor
    is one in code, in a quoted line, or in an address of mail or of the web. Of several names that fit the longest
    counts, and where several have a name, an agent is meant rather than a person.

        present = [Profile(id="agent:coder", name="Coder"), Profile(id="person:web/ana", name="Ana")]
        (mention,) = mentions_in("Could @coder do it?", present)
        assert mention.participant == "agent:coder"
    """
    if "@" not in text and "\uff20" not in text and not _LEADING.search(text, 0, _LONGEST_ADDRESS):
        return ()
    addresses = _addresses_of(tuple(present))
    if addresses is None:
        return ()
    leading, anywhere, called = addresses
    own = prose(narrowed(text))
    if "://" in own:
        own = _URL.sub(lambda url: " " * len(url[0]), own)
    found: dict[ParticipantId, Mention] = {}
    first = leading.match(own)
    matches = [first] if first else []
    if "@" in own:
        matches += anywhere.finditer(own)
    for match in matches:
        group = match.lastindex or 0
        participant = called[group - 1]
        if participant not in found:
            start = match.start(group) if match is first else match.start()
            found[participant] = Mention(participant=participant, start=start, end=match.end(group))
    return tuple(found.values())


@lru_cache(maxsize=256)
def _addresses_of(
    present: tuple[Profile, ...],
) -> tuple[re.Pattern[str], re.Pattern[str], tuple[ParticipantId, ...]] | None:
    """A leading name, a name after ``@``, and whom the groups of these two patterns stand for; None without names."""
    ordered = sorted(present, key=lambda one: not is_agent(one.id))  # agents first, so nobody takes their names
    names = [(narrowed(name), one.id) for one in ordered for name in _names(one) if name]
    if not names:
        return None
    spelt = dict.fromkeys(
        (form, whom) for name, whom in names for form in (name, *map(normalize, _FORMS, (name, name)))
    )
    longest_first = sorted(spelt, key=lambda one: -len(one[0]))
    any_name = "|".join(f"({spelling(name)})" for name, _ in longest_first)
    leading = rf"\s*{_GREETING}(?:{any_name})\s*(?:[,:](?=\s|\Z)|[\uff0c\uff1a\u3001])"
    anywhere = rf"(?<![A-Za-z0-9\u00c0-\u024f.@/+=-])@(?:{any_name})(?![._-]*(?![{GLUED}])[^\W_])"
    called = tuple([whom for _, whom in longest_first])
    return re.compile(leading, re.IGNORECASE), re.compile(anywhere, re.IGNORECASE), called


_FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")


def narrowed(text: str) -> str:
    """The text with full-width letters and signs as narrow ones, each in its place; punctuation stays as it is."""
    return text if text.isascii() else text.translate(_NARROW)


def spelling(name: str) -> str:
    r"""A pattern of the ways to write a name in Markdown: any blanks for a blank, and ``_`` or ``\_``."""
    return re.sub(r"\\?\s+|_", lambda gap: r"\\?_" if gap[0] == "_" else r"[ \t\xa0]+", re.escape(name))


def _names(profile: Profile) -> tuple[str, ...]:
    return (profile.handle, profile.name, *profile.aliases)
