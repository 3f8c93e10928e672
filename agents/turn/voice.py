"""Whose words a model wrote: its own, without its name in front, and none in the names of others."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import lru_cache

from msgspec import Struct

from agents.log.participants import Profile, is_agent, narrowed, spelling
from agents.log.prose import prose

_MARKUP = "[*_]{0,3}"
_BLANKS = r"[ \t]*"
_COLON = rf"{_BLANKS}[:\uff1a](?![:/]){_MARKUP}"
_LIVELY = re.compile("[?!\uff1f\uff01\u061f]")


class OwnWords(Struct, frozen=True, kw_only=True):
    """The ``text`` that a model says itself, and what it went on to write ``for_others``: nothing, mostly."""

    text: str
    for_others: str = ""


def own_words(text: str, me: Profile, others: Iterable[Profile]) -> OwnWords:
    r"""Part what a model wrote into its own words and a play that follows, with lines for the others.

    Models that read "ana: hello" tend to write their own name in front, in any dress: it is taken off. Lines headed by
    somebody else's name are a play where the model's own name heads its words, before or after them, or where nothing
    else follows and there is talk in them. What a line that ends in a colon introduces is a list and stays, and so does
    whatever stands in code or is quoted.

        ana, ben = Profile(id="agent:ana", name="ana"), Profile(id="agent:ben", name="ben")
        assert own_words("**ana**: Hi.\nben: Hi, ana!", ana, [ben]) == OwnWords(text="Hi.", for_others="ben: Hi, ana!")
    """
    first, mine = _own_headings((me.handle, me.name))
    text, headed = text.strip(), False
    while heading := first.match(narrowed(text)):
        text, headed = text[heading.end() :].lstrip(), True
    if ":" not in text and "\uff1a" not in text:
        return OwnWords(text=text)  # no line has a heading
    heads = {name: one for one in others for name in (one.handle, one.name) if name}
    theirs, names = _headings(tuple(heads))
    if not heads or not any(theirs.match(line) for line in narrowed(text).splitlines()):
        return OwnWords(text=text)
    people = {name for name, one in heads.items() if not is_agent(one.id)}
    lines = [_Line.of(line, at, mine, theirs, names) for line, at in _lines(prose(narrowed(text)))]
    begin = _begin_of_play(lines, people, headed=headed)
    if begin is None:
        return OwnWords(text=text)
    return OwnWords(text=text[:begin].rstrip(), for_others=text[begin:])


class _Line(Struct, frozen=True, kw_only=True):
    """A line that is not blank: where it begins, its words, and whose name heads it, if one does."""

    at: int
    words: str
    name: str = ""
    own: bool = False

    @staticmethod
    def of(line: str, at: int, mine: re.Pattern[str], theirs: re.Pattern[str], names: Sequence[str]) -> "_Line":
        heading = theirs.match(line)
        name = names[((heading.lastindex or 0) - 1) % len(names)] if heading else ""
        return _Line(at=at, words=line.rstrip(), name=name, own=not heading and bool(mine.match(line)))


def _lines(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.isspace():
            yield line, at
        at += len(line)


def _begin_of_play(lines: Sequence[_Line], people: Set[str], *, headed: bool) -> int | None:
    """Where the lines for others begin; None where there is no play. The first line is the model's own in any case."""
    returns = max((index for index, line in enumerate(lines) if line.own), default=0)
    last_own = max((index for index, line in enumerate(lines) if not line.name), default=0)
    in_list = False
    for index in range(1, len(lines)):
        line, before = lines[index], lines[index - 1]
        in_list = bool(line.name) and (in_list or before.words.endswith(":") or before.words.endswith("\uff1a"))
        if not line.name or in_list:
            continue
        if headed or index < returns or (index > last_own and _is_talk(lines[index:], people)):
            return line.at
    return None


def _is_talk(lines: Sequence[_Line], people: Set[str]) -> bool:
    """Whether headed lines are a conversation rather than a list of who does what."""
    names = [line.name for line in lines]
    return (
        len(set(names)) < len(names)
        or any(name in people for name in names)
        or any(_LIVELY.search(line.words) for line in lines)
    )


@lru_cache(maxsize=1024)
def _headings(names: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern of a line's heading, and whose name each of its groups stands for."""
    longest_first = tuple(sorted(names, key=len, reverse=True))
    any_name = "|".join(f"({spelling(name)})" for name in longest_first)
    return re.compile(_heading(any_name), re.IGNORECASE), longest_first


@lru_cache(maxsize=1024)
def _own_headings(names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What an agent writes in front of its first words, and in front of later ones."""
    name = f"(?:{'|'.join(spelling(one) for one in sorted(names, key=len, reverse=True))})"
    dressed = rf"(?:[*_]{{1,3}}@?{name}[*_]{{1,3}}|#{{1,6}}[ \t]+{_MARKUP}@?{name}{_MARKUP})"
    alone = rf"{dressed}{_BLANKS}(?:\r?\n|[\u2013\u2014])|\[@?{name}\][ \t\r\n]"
    return re.compile(f"{_heading(name)}|{alone}", re.IGNORECASE), re.compile(_heading(name), re.IGNORECASE)


def _heading(name: str) -> str:
    """A name with a colon, in the dresses that models give it; only forms that are nothing else."""
    return (
        rf"[ ]{{0,3}}(?:#{{1,6}}[ \t]+)?{_MARKUP}"
        rf"(?:@?(?:{name})|[\[(<\u3010]@?(?:{name})[\])>\u3011]){_MARKUP}{_COLON}"
    )
