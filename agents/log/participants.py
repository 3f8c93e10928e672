"""Who takes part: ids, profiles and the mentions that address them."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from agents.log.logged import Logged

SYSTEM = "system"
"""Who is named where no participant did it: stops, questions whose time is up, turns that crashed."""

EVERYBODY = "everybody"
"""The audience of a message to all: ``Said(text="Done.", audience=(EVERYBODY,))``. It is written as an empty one."""

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


_CODE = re.compile(r"(`{3,}|~{3,}).*?(?:\1|\Z)|(?<!`)(`{1,2})(?!`)[^\n]*?(?<!`)\2(?!`)", re.DOTALL)
_AT = re.compile(r"(?<![\w@./-])@([\w.-]*\w)")
_LEADING = re.compile(r"\s*(?:(?:hey|hi|hello|ok|okay|dear)[,\s]+)?([\w.-]+)\s*[,:]\s", re.IGNORECASE)


def mentions_in(text: str, present: Iterable[Profile]) -> tuple[Mention, ...]:
    """Who is addressed in plain text: ``@name`` anywhere outside code, or ``name,`` or ``name:`` at the beginning.

    They come in the order of the text, each once, where they are first addressed. A name inside another word is no
    mention. Where several have a name, an agent is meant rather than a person.

        present = [Profile(id="agent:coder", name="Coder"), Profile(id="person:web/ana", name="Ana")]
        (mention,) = mentions_in("Could @coder do it?", present)
        assert mention.participant == "agent:coder"
    """
    addressed = list(_addressed(text))
    if not addressed:
        return ()
    names: dict[str, ParticipantId] = {}
    for profile in sorted(present, key=lambda one: not is_agent(one.id)):  # agents first, so nobody takes their names
        for name in _names(profile):
            names.setdefault(name.casefold(), profile.id)
    found: dict[ParticipantId, Mention] = {}
    for name, start, end in addressed:
        participant = names.get(name.casefold())
        if participant and participant not in found:
            found[participant] = Mention(participant=participant, start=start, end=end)
    return tuple(found.values())


def _names(profile: Profile) -> tuple[str, ...]:
    return (profile.handle, profile.name, *profile.aliases)


def _addressed(text: str) -> Iterator[tuple[str, int, int]]:
    leading = _LEADING.match(text)
    if leading:
        yield leading[1], leading.start(1), leading.end(1)
    if "@" not in text:
        return
    code = [match.span() for match in _CODE.finditer(text)]
    for match in _AT.finditer(text):
        if not any(start <= match.start() < end for start, end in code):
            yield match[1], match.start(), match.end()
