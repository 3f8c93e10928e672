"""Every regular expression of the product takes time that grows with the length of a text, and not with its square.

The patterns are found in the code itself, with the methods by which they are used, so a new one is tried without being
listed anywhere. Texts are made from each pattern's own parts: what it repeats, many times over, and an end that fails.
"""

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _parser  # the only way to see what a pattern is made of

import pytest

from adapters.shared.parts import whole_words
from agents.errors import WrongUse
from agents.log.participants import Profile, mentions_in
from agents.people.commands import parse
from agents.ports.thoughts import without_thoughts
from agents.team.courtesies import content
from agents.team.end_words import end_of_words
from agents.team.model_choice import names_in
from agents.turn.voice import own_words

ROOT = Path(__file__).parents[2]
SHORT, LONG = 1_000, 8_000
METHODS = ("match", "fullmatch", "search", "sub", "subn", "findall", "finditer", "split")
FORGIVEN = 0.004
"""Seconds that the long text may take without a look at how time grows."""

LINES_ONLY = {"agents/log/code_blocks.py:_OPENING"}
"""Patterns that are given one line at a time, so that a line end is in none of their texts."""


def _files() -> list[Path]:
    return sorted(path for top in ("agents", "adapters", "bots") for path in (ROOT / top).rglob("*.py"))


def _module(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def patterns() -> Iterator[tuple[str, str, re.Pattern[str], str]]:
    """Where a pattern stands, its name, the pattern, and the method by which it is used."""
    trees = {path: ast.parse(path.read_text()) for path in _files()}
    used: dict[tuple[Path | None, str], set[str]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                named = node.value
                name = named.id if isinstance(named, ast.Name) else getattr(named, "attr", "")
                used.setdefault((path if name.startswith("_") else None, name), set()).add(node.attr)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[ast.Constant(value=str(text)), *_]
                ) if method in METHODS:
                    yield str(path.relative_to(ROOT)), "", re.compile(text), method
        if not any(isinstance(node, ast.Name) and node.id == "re" for node in ast.walk(tree)):
            continue
        for name, value in vars(importlib.import_module(_module(path))).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                for method in sorted(used.get((path if name.startswith("_") else None, name), {"search"})):
                    yield str(path.relative_to(ROOT)), name, value, method


def samples(tree: object) -> Iterator[str]:
    """Short texts that parts of a pattern match: one for each part that is repeated, and for what it is made of."""
    for operation, argument in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield _example(argument[2])
            yield from samples(argument[2])
        elif name == "SUBPATTERN":
            yield from samples(argument[3])
        elif name == "BRANCH":
            for branch in argument[1]:
                yield _example(branch)
                yield from samples(branch)
        elif name in ("ASSERT", "ASSERT_NOT", "ATOMIC_GROUP"):
            yield from samples(argument[1] if isinstance(argument, tuple) else argument)


def _example(tree: object) -> str:
    text = ""
    for operation, argument in tree:
        match str(operation):
            case "LITERAL":
                text += chr(argument)
            case "NOT_LITERAL" | "ANY":
                text += "a" if argument != ord("a") else "b"
            case "IN":
                text += _one_of(argument)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                text += _example(argument[2]) * max(argument[0], 1)
            case "SUBPATTERN":
                text += _example(argument[3])
            case "BRANCH":
                text += _example(argument[1][0])
            case "ATOMIC_GROUP":
                text += _example(argument)
            case _:
                pass
    return text


def _one_of(items: list[tuple[object, object]]) -> str:
    """A character of the class: a plain one if there is such, else the first that it names."""
    named = [argument[0] if str(name) == "RANGE" else argument for name, argument in items if str(name) in _NAMED]
    tried = [*"a1 -_.!/<>[](){}@`*~'\"\n\tA", *map(chr, named)]
    return next(one for one in tried if _is_in(items, one))


_NAMED = ("LITERAL", "RANGE")


def _is_in(items: list[tuple[object, object]], one: str) -> bool:
    negated, inside = False, False
    for operation, argument in items:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                inside |= ord(one) == argument
            case "RANGE":
                inside |= argument[0] <= ord(one) <= argument[1]
            case _:
                inside |= re.fullmatch(_CATEGORIES[str(argument)], one) is not None
    return inside != negated


_CATEGORIES = {
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def _hostile(pattern: re.Pattern[str], times: int) -> Iterator[str]:
    tree = _parser.parse(pattern.pattern, pattern.flags)
    pumps = dict.fromkeys([*samples(tree), _example(tree)])
    pumps |= dict.fromkeys(_example(tree)[:length] for length in (1, 2, 3))
    for pump in [pump[:12] for pump in pumps if pump]:
        for end in ("", "\x00", "!", " ", "\n\x00"):
            for begin in ("", _example(tree)[:8]):
                yield begin + pump * (times // len(pump)) + end


def _seconds(pattern: re.Pattern[str], method: str, text: str) -> float:
    best = 1e9
    for _ in range(3):
        began = time.process_time()
        match method:
            case "finditer":
                for _ in pattern.finditer(text):
                    pass
            case "sub" | "subn":
                pattern.sub("", text)
            case _:
                getattr(pattern, method)(text)
        best = min(best, time.process_time() - began)
        if best < FORGIVEN:
            break
    return best


def _id(found: tuple[str, str, re.Pattern[str], str]) -> str:
    return f"{found[0]}:{found[1] or found[2].pattern[:20]}.{found[3]}"


@pytest.mark.parametrize("found", list(patterns()), ids=_id)
def test_no_pattern_takes_time_that_grows_with_the_square_of_a_text(found: tuple[str, str, re.Pattern[str], str]):
    where, name, pattern, method = found
    for short, long in zip(_hostile(pattern, SHORT), _hostile(pattern, LONG), strict=True):
        if "\n" in long and f"{where}:{name}" in LINES_ONLY:
            continue
        slow = _seconds(pattern, method, long)
        # Eight times the text may take eight times as long, and a bad day twice that; the square takes 64 times.
        assert slow < FORGIVEN or slow < 25 * _seconds(pattern, method, short), repr(long[:30])


READERS: dict[str, Callable[[str], object]] = {
    "mentions": lambda text: [mentions_in(begin + text, PRESENT) for begin in ("", "@", "@ben", "ben ", "hey")],
    "thoughts": lambda text: [without_thoughts(begin + text) for begin in ("", "<think>", "`")],
    "names of speakers": lambda text: names_in(text, ["Story_writer", "a", "b"], ["a_b"]),
    "whose words": lambda text: [own_words(begin + text, PRESENT[0], PRESENT[1:]) for begin in ("", "ben: ", "x\n")],
    "end words": lambda text: [end_of_words(shown, "DONE") for shown in (text, f"DONE{text}", f"{text}DONE")],
    "courtesies": content,
    "a command": lambda text: command(text),
    "a growing draft": whole_words,
}
PRESENT = (Profile(id="agent:ben", name="Ben Ali"), Profile(id="person:x/1", name="あ"))
PIECES = (
    "a",
    " ",
    "\n",
    "!",
    "!stop",
    "a ",
    ". ",
    "@",
    "/",
    "`",
    "``` ",
    "~~~\n",
    "> ",
    "_",
    "**",
    ": ",
    "é",
    "あ",
    "<",
    "<think>",
    "</think>",
    "[/think",
)


def command(text: str) -> object:
    try:
        return [parse(begin + text, bare_slash=True) for begin in ("!stop", "/stop", "@Tertulia stop", "")]
    except WrongUse as error:
        return error


@pytest.mark.parametrize("reader", READERS)
def test_what_is_read_of_a_text_takes_time_that_grows_with_its_length(reader: str):
    read = READERS[reader]

    def seconds(text: str) -> float:
        return min(_timed(read, text) for _ in range(3))

    for piece in PIECES:
        for end in ("", "x", "!"):
            long = seconds(piece * (4 * LONG // len(piece)) + end)
            short = seconds(piece * (4 * SHORT // len(piece)) + end)
            assert long < FORGIVEN or long < 25 * short, (piece, end)


def _timed(read: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    read(text)
    return time.process_time() - began
