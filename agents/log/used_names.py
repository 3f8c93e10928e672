"""The names that rules and agents are given, and what is said of one that nobody has."""

from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher

from agents.log.logged import Logged
from agents.log.participants import ParticipantId, agent_id, is_person, short_name

CLOSE = 0.75
"""From which likeness on (difflib's ratio) a person's name is taken for the misspelt name of an agent."""


class Named(Logged, frozen=True, kw_only=True):
    """A name that a rule or an agent was given, so that a team can refuse one that it does not know.

    ``where`` it stands is told in the refusal, as in ``said(by=...)``. ``receiver`` says that it may also be a person's
    display name or ``stop``, as for whoever the floor is handed over to.
    """

    name: str
    where: str
    receiver: bool = False


def named(where: str, names: Sequence[str], *, receiver: bool = False) -> tuple[Named, ...]:
    """These names as they stand in one place; a text is a single name."""
    return tuple([Named(name=name, where=where, receiver=receiver) for name in one_or_more(names)])


def names_used_by(value: object) -> tuple[Named, ...]:
    """The names that a rule, an agent or a reply function says that it was given: its attribute ``names``, if any."""
    return getattr(value, "names", ())


def one_or_more(names: Sequence[str]) -> tuple[str, ...]:
    """The names, where a single text, which is a sequence of letters to Python, stands for one name."""
    return (names,) if isinstance(names, str) else tuple(names)


def is_known(name: Named, agents: Collection[ParticipantId]) -> bool:
    """Whether one of these agents is meant, or a person whom a team cannot know before they come."""
    if is_person(name.name) or agent_id(name.name) in agents:
        return True
    return name.receiver and (name.name == "stop" or _may_be_a_person(name.name, agents))


def _may_be_a_person(name: str, agents: Collection[ParticipantId]) -> bool:
    if name.startswith("@"):
        return True
    # Names in scripts without capital letters count too: no agent's name is written in one.
    if not name[:1].isalpha() or name[0].islower():
        return False
    return all(likeness(name, short_name(agent)) < CLOSE for agent in agents)


def likeness(name: str, other: str) -> float:
    """How much two names look alike, from 0 to 1, whatever their case."""
    return SequenceMatcher(None, name.casefold(), other.casefold()).ratio()


def nearest_first(name: str, known: Iterable[str]) -> str:
    """These names in one line, beginning with the one that is most like ``name``.

    assert nearest_first("codr", ["planner", "coder"]) == "coder, planner"
    """
    return ", ".join(sorted(known, key=lambda one: -likeness(name, one)))
