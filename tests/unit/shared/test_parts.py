"""P19: long texts in parts."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.shared.blocks import close_fence
from adapters.shared.parts import Part, fit, join, split, utf16_units
from agents.ports import Capabilities
from tests.unit.shared.markdowns import ANY_TEXT, CLUSTERS, MARKDOWNS

LENGTHS = st.sampled_from((len, utf16_units))
ORACLE = MarkdownIt("commonmark", {"html": False, "maxNesting": 200}).enable("table").disable("inline")

thousand = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))


def fences(text: str) -> list[Token]:
    return [token for token in ORACLE.parse(text) if token.type == "fence"]


def is_closed(token: Token, text: str) -> bool:
    assert token.map
    last = text.splitlines()[token.map[1] - 1].strip(" >\t")
    return token.map[1] - token.map[0] > 1 and last.startswith(token.markup) and not last.strip(token.markup[0])


def code_of(tokens: list[Token]) -> str:
    return "".join("".join(token.content.split()) for token in tokens)


def assert_parts_are_within_the_limit(parts, limit, length):
    assert all(length(part.text) <= limit for part in parts)


def assert_parts_reassemble(text, parts):
    assert join(parts) == text
    assert "".join(part.text[len(part.opened) : len(part.text) - len(part.closed)] for part in parts) == text


def assert_code_stays_code(text, parts):
    """Nothing enters or leaves a fence, each is closed, and each goes on in its language."""
    originals, pieces = fences(text), [(part.text, token) for part in parts for token in fences(part.text)]
    assert code_of([token for _, token in pieces]) == code_of(originals)
    assert all(is_closed(token, shown) for shown, token in pieces)
    words = {token.info.split()[0] for token in originals if token.info}
    assert {token.info.split()[0] for _, token in pieces if token.info} <= words


def assert_nothing_is_torn(text, parts, limit, length):
    """No line unless it is too long itself, and no character."""
    at = 0
    for part in parts[:-1]:
        at += len(part.body)
        if text[at - 1] != "\n":
            line = text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]
            assert length(line) > limit // 2 - 2
        for cluster in CLUSTERS:
            before = text.rfind(cluster, 0, at + len(cluster) - 1)
            assert not (before >= 0 and before < at < before + len(cluster)), (cluster, text[at - 9 : at + 9])


@thousand
@given(MARKDOWNS, st.integers(250, 700), LENGTHS)
def test_p19_a_thousand_random_markdowns_are_split_without_harm(text, limit, length):
    parts = split(text, limit, length)
    assert_parts_are_within_the_limit(parts, limit, length)
    assert_parts_reassemble(text, parts)
    assert_code_stays_code(text, parts)
    assert_nothing_is_torn(text, parts, limit, length)


@thousand
@given(ANY_TEXT, st.integers(64, 300), LENGTHS)
def test_p19_any_text_whatever_is_cut_within_the_limit_and_reassembles(text, limit, length):
    parts = split(text, limit, length)
    assert all(length(part.text) <= limit and part.body for part in parts)
    assert join(parts) == text


def test_p19_a_length_that_counts_the_rendered_form_is_honoured():
    def escaped(text: str) -> int:
        return len(text.replace("&", "&amp;").replace("<", "&lt;"))

    parts = split("a < b && c < d\n" * 100, 200, escaped)
    assert all(escaped(part.text) <= 200 for part in parts)
    assert join(parts) == "a < b && c < d\n" * 100


def test_p19_a_long_fence_in_a_deep_list_is_reopened_inside_a_list():
    text = "1. a\n   - b\n\n     ~~~~python\n" + "     print('```')\n" * 20 + "     ~~~~\n     end\n"
    parts = split(text, 200)
    assert parts[1].opened == "- …\n\n     ~~~~python\n"
    assert parts[0].closed == "     ~~~~"
    assert [token.info for part in parts for token in fences(part.text)] == ["python"] * len(parts)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- a\n", "  - b\n    - c\n"),
        ("- a\n\n", "  more\n\n    - b\n"),
        ("- - a\n\n", "    10. b\n        - c\n"),
        ("> - a\n>\n", ">   more\n>\n>     - b\n"),
        ("> - a\n", ">\n>     - b\n"),
        ("1. a\n\n", "   | a | b |\n   |---|---|\n   | 1 | 2 |\n"),
    ],
)
def test_p19_what_a_cut_leaves_without_its_list_is_given_one(before, after):
    """Otherwise it would be an indented block of code, or run into what stands before it."""
    parts = split(before.replace("a", "word " * 20, 1) + after, 110)
    kinds = [token.type for part in parts for token in ORACLE.parse(part.text)]
    assert parts[1].opened.lstrip("> ").startswith("- ")
    assert "code_block" not in kinds
    assert len([kind for kind in kinds if kind.endswith("_list_open")]) > 1


def test_p19_the_rest_of_a_torn_line_stays_in_its_list():
    parts = split("- " + "word " * 50 + "\n\n    - deep\n", 200)
    assert parts[1].text.startswith("- … word")
    assert "code_block" not in [token.type for token in ORACLE.parse(parts[1].text)]


def test_p19_a_table_goes_on_with_its_head():
    parts = split("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 30, 120)
    assert all(part.text.startswith("| a | b |\n|---|---|\n") for part in parts)


def test_p19_a_long_info_string_is_cut_to_its_language_and_a_hopeless_one_dropped():
    lines = "x = 1\n" * 60
    assert split(f"```python {'long ' * 20}\n{lines}```", 300)[1].opened == "```python\n"
    assert split(f"```{'l' * 40}\n{lines}```", 300)[1].opened == "```\n"


def test_p19_cuts_fall_between_paragraphs_where_that_leaves_a_part_at_least_half_full():
    parts = split("one two\nthree\n\n" * 20, 100)
    assert all(part.body.endswith("\n\n") for part in parts)


def test_p19_a_long_line_is_torn_between_words_and_not_inside_links_or_code():
    link, code = "[a link](https://example.org/a b)", "`some code here`"
    parts = split(f"{link} {code} word " * 20, 100)
    shown = [part.text for part in parts]
    assert sum(text.count(link) for text in shown) == 20
    assert sum(text.count(code) for text in shown) == 20
    assert all(text.endswith(" ") for text in shown)


def test_p19_a_torn_line_never_makes_a_code_fence_of_its_rest():
    parts = split(("x" * 70 + "```") * 8, 80)
    assert not any(fences(part.text) for part in parts)


def test_p19_one_character_longer_than_a_part_is_torn_because_the_limit_is_hard():
    zalgo = "e" + "\u0301" * 500
    assert join(split(zalgo, 100)) == zalgo
    assert all(len(part.text) <= 100 for part in split(zalgo, 100))


def test_p19_a_surrogate_pair_that_came_in_two_halves_stays_together():
    text = "\ud83d\ude00" * 300
    assert all(len(part.body) % 2 == 0 for part in split(text, 101))


def test_p19_a_fence_whose_marker_alone_fills_half_a_part_is_left_as_plain_lines():
    text = "`" * 60 + "\n" + "code\n" * 60 + "`" * 60
    parts = split(text, 100)
    assert all(len(part.text) <= 100 for part in parts)
    assert parts[1] == Part(body=parts[1].body)


def test_p19_a_length_that_shrinks_as_the_text_grows_is_still_honoured():
    """As where a second ``**`` turns two characters into markup that is not shown."""

    def shown(text: str) -> int:
        return len(text) - 90 * (text.count("**") // 2)

    text = "word " * 14 + "**\n" + "more\n" * 20 + "**" + " end" * 30
    parts = split(text, 100, shown)
    assert join(parts) == text
    assert all(shown(part.text) <= 100 for part in parts)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("no fence", "no fence"),
        ("```sh\nls", "```sh\nls\n```"),
        ("> ~~~~\n> x\n", "> ~~~~\n> x\n> ~~~~"),
        ("```\nx\n```\nafter", "```\nx\n```\nafter"),
        ("```\nx\n```", "```\nx\n```"),
        ("```", "```\n```"),
        ("inline ``` only", "inline ``` only"),
        ("> ```\n> x\n\nafter", "> ```\n> x\n\nafter"),
    ],
)
def test_p19_a_text_that_breaks_off_inside_a_fence_gets_it_closed(text, closed):
    assert close_fence(text) == closed


def test_a_limit_without_room_for_a_fence_is_refused():
    with pytest.raises(ValueError, match="at least 64"):
        split("text", 10)


def test_nothing_becomes_no_part():
    assert split("", 100) == ()
    assert fit("", Capabilities(max_length=100)).texts == ()
    assert fit("\n" * 300, Capabilities(max_length=100)).texts == ()


def test_p19_too_many_parts_become_the_beginning_and_a_file_with_the_whole():
    text = "# Title\n\n```python\n" + "print('é')\n" * 300 + "```\n"
    parts = fit(text, Capabilities(max_length=500, max_parts=3))
    assert len(parts.texts) == 1
    assert len(parts.texts[0]) <= 500
    assert parts.texts[0].endswith("*The whole message has 3,323 characters and is in the file message.md.*")
    assert is_closed(fences(parts.texts[0])[0], parts.texts[0])
    assert parts.overflow
    assert parts.overflow.content.decode() == text


def test_p19_a_platform_without_files_gets_every_part():
    text = "word\n" * 500
    parts = fit(text, Capabilities(max_length=100, max_parts=3, files=False))
    assert parts.overflow is None
    assert "".join(parts.texts) == text


@pytest.mark.parametrize(
    "text",
    ["`" * 200_000, "[" * 200_000, "> " * 100_000, "- " * 100_000, "*a " * 66_000, "x" * 200_000, "```\n" * 50_000,
     "[](" * 66_000, "|a" * 100_000, "\n" * 200_000, "- a\n" * 20_000, "<" * 200_000, "` `` " * 40_000],
    ids=lambda text: repr(text[:5]),
)  # fmt: skip
def test_p19_hostile_long_texts_are_split_in_seconds(text):
    began = time.process_time()
    assert join(split(text, 2000)) == text
    assert time.process_time() - began < 20
