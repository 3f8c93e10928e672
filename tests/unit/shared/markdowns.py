"""Random CommonMark for property tests: what models write, and worse."""

from hypothesis import strategies as st

CLUSTERS = ("👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "é", "❤️", "한", "각", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "ñ̃")
"""What people see as one character and a naive cut tears."""

_WORDS = st.sampled_from(
    ("a", "the", "coder", "**bold**", "*it*", "`code`", "``a ` b``", "[link](https://example.org/a_(b))",
     "naïve", "→", "@everyone", "<@U123>", "| pipe |", "x_y_z", "2*3*4", "&amp;", "<b>", "日本語のテキスト", "\\*",
     "~~no~~", *CLUSTERS)
)  # fmt: skip
_LINE = st.lists(_WORDS, min_size=1, max_size=12).map(" ".join)
_LONG_LINE = st.builds(
    lambda words, times: " ".join(words) * times, st.lists(_WORDS, min_size=1, max_size=6), st.integers(1, 30)
)
_CODE_LINE = st.sampled_from(
    ("print('hi')", "    return 1", "", "# comment", "```", "~~~", "| a | b |", "- item", "> quote", "\tTab", "x" * 90)
)
_FENCE = st.sampled_from(("```", "~~~", "````", "~~~~~", "``````"))
_INFO = st.sampled_from(
    ("", "python", "py title=x", "sh", "c++", "a very long info string that is not a language " * 3)
)


@st.composite
def _fences(draw: st.DrawFn) -> list[str]:
    fence = draw(_FENCE)
    lines = draw(st.lists(_CODE_LINE, max_size=14))
    inside = [line for line in lines if not (line[:3] == fence[:3] and len(line) >= len(fence))]
    return [fence + draw(_INFO), *inside, fence]


_TABLES = st.integers(0, 12).map(
    lambda rows: ["| name | value |", "|:---|---:|", *(f"| row {n} | {n * n} |" for n in range(rows))]
)
_LEAVES = st.one_of(
    st.lists(_LINE, min_size=1, max_size=4),
    _LONG_LINE.map(lambda line: [line]),
    _fences(),
    _TABLES,
    _LINE.map(lambda line: [f"## {line}"]),
    st.just(["---"]),
)


def _item(marker: str, blocks: list[list[str]]) -> list[str]:
    lines = [line for block in blocks for line in (*block, "")][:-1]
    indent = " " * len(marker)
    return [marker + lines[0], *(indent + line if line else "" for line in lines[1:])]


def _quote(blocks: list[list[str]]) -> list[str]:
    return [f"> {line}".rstrip() for block in blocks for line in (*block, "")]


def _containers(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    blocks = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        st.builds(_item, st.sampled_from(("- ", "* ", "1. ", "10. ", "-   ")), blocks),
        blocks.map(_quote),
    )


_BLOCKS = st.recursive(_LEAVES, _containers, max_leaves=6)

MARKDOWNS = st.lists(_BLOCKS, min_size=1, max_size=8).map(
    lambda blocks: "\n".join("\n".join([*block, ""]) for block in blocks)
)
"""Well-formed documents of nested blocks."""

ANY_TEXT = st.one_of(
    st.text(max_size=600),
    st.lists(st.sampled_from((*"`~|>-*_[]()<>#\n\r\t ", "```", "\n\n", "    ", "word", *CLUSTERS)), max_size=300).map(
        "".join
    ),
)
"""Anything, markup torn and half open."""
