"""Random CommonMark for property tests: what models write, and worse.

Documents are made from a seed, which is much quicker than drawing each word; the number of blocks still shrinks.
"""

from random import Random

from hypothesis import strategies as st

CLUSTERS = ("👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "é", "❤️", "한", "각", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "ñ̃")
"""What people see as one character and a naive cut tears."""

_WORDS = (
    "a", "the", "coder", "**bold**", "*it*", "`code`", "``a ` b``", "[link](https://example.org/a_(b))", "naïve",
    "→", "@everyone", "<@U123>", "| pipe |", "x_y_z", "2*3*4", "&amp;", "<b>", "日本語のテキスト", "\\*", "~~no~~",
    *CLUSTERS,
)  # fmt: skip
_CODE_LINES = (
    "print('hi')", "    return 1", "", "# comment", "```", "~~~", "| a | b |", "- item", "> quote", "\tTab", "x" * 90,
)  # fmt: skip
_FENCES = ("```", "~~~", "````", "~~~~~", "``````")
_INFOS = ("", "python", "py title=x", "sh", "c++", "a very long info string that is not a language " * 3)
_MARKERS = ("- ", "* ", "1. ", "10. ", "-   ")
_DEEPEST = 4


def document(seed: int, blocks: int) -> str:
    """A well-formed document of so many nested blocks."""
    random = Random(seed)
    return "\n".join("\n".join([*_block(random, 0), ""]) for _ in range(blocks))


def _block(random: Random, depth: int) -> list[str]:
    kinds = (_paragraph, _paragraph, _long_line, _fence, _fence, _table, _heading)
    if depth < _DEEPEST and random.random() < 0.4:
        inner = [_block(random, depth + 1) for _ in range(random.randint(1, 3))]
        return _quote(inner) if random.random() < 0.3 else _item(random.choice(_MARKERS), inner)
    return random.choice(kinds)(random)


def _line(random: Random) -> str:
    return " ".join(random.choices(_WORDS, k=random.randint(1, 12)))


def _paragraph(random: Random) -> list[str]:
    return [_line(random) for _ in range(random.randint(1, 4))]


def _long_line(random: Random) -> list[str]:
    return [" ".join(random.choices(_WORDS, k=random.randint(1, 6))) * random.randint(1, 30)]


def _fence(random: Random) -> list[str]:
    fence = random.choice(_FENCES)
    lines = random.choices(_CODE_LINES, k=random.randint(0, 14))
    inside = [line for line in lines if not (line[:3] == fence[:3] and len(line) >= len(fence))]
    return [fence + random.choice(_INFOS), *inside, fence]


def _table(random: Random) -> list[str]:
    return ["| name | value |", "|:---|---:|", *(f"| row {n} | {n * n} |" for n in range(random.randint(0, 12)))]


def _heading(random: Random) -> list[str]:
    return [f"## {_line(random)}", "---"][: random.randint(1, 2)]


def _item(marker: str, blocks: list[list[str]]) -> list[str]:
    lines = [line for block in blocks for line in (*block, "")][:-1]
    indent = " " * len(marker)
    return [marker + lines[0], *(indent + line if line else "" for line in lines[1:])]


def _quote(blocks: list[list[str]]) -> list[str]:
    return [f"> {line}".rstrip() for block in blocks for line in (*block, "")]


MARKDOWNS = st.builds(document, st.integers(0, 2**32 - 1), st.integers(1, 8))
"""Well-formed documents of nested blocks."""

_SCRAPS = st.sampled_from((*"`~|>-*_[]()<>#\n\r\t ", "```", "\n\n", "    ", "word", *CLUSTERS))

_CHARACTERS = st.characters(exclude_categories=["Cs"])
"""All that can be written down, without the detour by a codec that takes seconds."""

ANY_TEXT = st.one_of(st.text(_CHARACTERS, max_size=600), st.lists(_SCRAPS, max_size=300).map("".join))
"""Anything, markup torn and half open."""
