"""P20, P21: CommonMark for each platform. The golden files lie in ``golden``: cases, and one file for each renderer."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.shared.markdown import is_safe, parse, render, words
from adapters.shared.mentions import neutralise_mentions
from adapters.shared.render_discord import discord_markdown
from adapters.shared.render_plain import plain
from adapters.shared.render_slack import slack_mrkdwn
from adapters.shared.tables import width
from tests.unit.shared.markdowns import ANY_TEXT, MARKDOWNS

GOLDEN = Path(__file__).parent / "golden"
RENDERERS = {"discord": discord_markdown, "plain": plain, "slack": slack_mrkdwn}


def golden(name: str) -> dict[str, str]:
    """The sections of a golden file; ``␣`` marks a space without width."""
    sections = re.split(r"^=== (.+)\n", (GOLDEN / name).read_text("utf-8"), flags=re.MULTILINE)[1:]
    texts = (text.removesuffix("\n").replace("␣", "\u200b") for text in sections[1::2])
    return dict(zip(sections[::2], texts, strict=True))


CASES = golden("cases.md")


def test_p20_there_are_sixty_golden_cases_for_each_renderer():
    assert len(CASES) >= 60
    assert all(list(golden(f"{name}.txt")) == list(CASES) for name in RENDERERS)


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("case", CASES)
def test_p20_golden(renderer, case):
    assert RENDERERS[renderer](CASES[case]) == golden(f"{renderer}.txt")[case]


# What holds for every text


WORDS = (
    "word", "é", "你", "1", " ", ".", ". ", ", ", "; ", ": ", "? ", "! ", "'", '"', "(", ") ", "’", "— ", "… ", "- ",
    "\n\n",
)  # fmt: skip
MARKED = (
    "1. a", "2) a", "- a", "(1) a", "    a", " a", "a ", "a  \nb", "a\n- b", "a\n1. b", "a\n---", "a\n\n1. b",
    "a\n\n- b", "a\n\n    b", "a*b*c", "a _b_ c", "a ~~b~~ c", "a `b` c", "a [b](c)", "a ![b](c)", "a https://b.c d",
    "a &amp; b", "a <b@c.d> e", "a\\*b", "a | b\n- | -", "a # b", "a\n# b", "a\n> b", "a\tb", "a\n\n\nb", "a\x00b",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=8).map("".join))
def test_p20_plain_words_are_read_without_the_parser_as_it_would_read_them(text: str):
    assert parse(text) == parse(f"{text}\n"), "a line break at the end changes nothing, and takes the parser"


@pytest.mark.parametrize("text", MARKED)
def test_p20_no_mark_is_taken_for_plain_words(text: str):
    assert parse(text) == parse(f"{text}\n")


def assert_slack_text_has_no_angle_bracket_but_of_our_links(text):
    rest = re.sub(r"<(?:https?://|mailto:)[^<>|]+(?:\|[^<>|]*)?>", "", slack_mrkdwn(text), flags=re.IGNORECASE)
    assert "<" not in rest
    assert not re.search("@(everyone|here)", rest, re.IGNORECASE)


def assert_discord_text_has_no_live_mention_and_no_link_that_unfolds(text):
    shown = discord_markdown(text)
    assert not re.search(r"@(everyone|here)|<@[!&]?\d{5,25}>", shown, re.IGNORECASE)
    outside = re.sub(r"```.*?```|(`+).+?\1", "", shown, flags=re.DOTALL)
    assert not re.search(r"\]\((?!<)", re.sub(r"\\.", "", outside)) or "](" in text


def assert_plain_text_keeps_every_word(text):
    shown = iter(plain(text))
    assert all(char in shown for char in re.sub(r"\W", "", words(parse(text))))


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT | MARKDOWNS)
def test_p20_p21_every_text_is_whole_and_harmless_on_every_platform(text):
    assert_slack_text_has_no_angle_bracket_but_of_our_links(text)
    assert_discord_text_has_no_live_mention_and_no_link_that_unfolds(text)
    assert_plain_text_keeps_every_word(text)


@given(ANY_TEXT)
def test_p21_neutralising_twice_is_as_once_and_shows_the_same(text):
    once = neutralise_mentions(f"{text}@everyone <@U12345678>{text}<!here>")
    assert neutralise_mentions(once) == once
    assert once.replace("\u200b", "") == f"{text}@everyone <@U12345678>{text}<!here>".replace("\u200b", "")


@pytest.mark.parametrize(
    "text",
    ["@everyone", "@Here", "a@everyone", "(@channel)", "@group now", "<!channel>", "<!HERE>", "<!subteam^S1|@x>",
     "<@U12345678>", "<@W12345678|ana>", "<@123456789>", "<@!123456789>", "<@&123456789>"],
)  # fmt: skip
def test_p21_every_kind_of_live_mention_is_taken_apart(text):
    assert neutralise_mentions(text) != text


@pytest.mark.parametrize(
    "text",
    ["ana@example.org", "@ana", "@channels", "x@channel.org", "<!-- note -->", "<!DOCTYPE html>",
     "List<@NonNull String>", "@hero", "a < b @ c", "@app.get('/')", "<#123456>"],
)  # fmt: skip
def test_p21_what_mentions_nobody_is_left_alone(text):
    assert neutralise_mentions(text) == text


@pytest.mark.parametrize("address", ["https://a.b", "HTTP://a.b/?x=1#y", "mailto:ana@example.org"])
def test_p20_links_lead_to_the_web_and_to_mailboxes(address):
    assert is_safe(address)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//a.b", "/x", "", "https://a b", "mailto:!x", "file:///x", "https://"],
)
def test_p20_links_lead_nowhere_else(address):
    assert not is_safe(address)


def test_p20_a_renderer_of_ones_own_is_one_function():
    def rule(node, children):
        return node.text.upper() if node.kind == "text" else "".join(children)

    assert render(parse("**bold** and [link](https://x.y)"), rule) == "BOLD AND LINK"


def test_p20_markup_in_a_thousand_layers_is_shown_without_them():
    text = "*a " * 1000 + "b*" * 1000
    assert "b" in plain(text)


@pytest.mark.parametrize("renderer", RENDERERS.values())
@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "[" * 2_000, "![" * 1_000, "*a " * 15_000, "> " * 20_000, "- a\n" * 4_000,
     "`" * 40_000, "| a " * 10_000, "<" * 40_000, "https://" * 5_000, "![" * 20_000, "a_b*" * 10_000,
     "(" * 20_000 + "https://a.b" + ")" * 20_000, "ab, " * 10_000 + "*", "a" + "." * 40_000 + "*"],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_p20_hostile_texts_of_40_000_characters_take_seconds_at_most(renderer, text):
    began = time.process_time()
    renderer(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("🎉", 2), ("a\u200bb", 2)]
)
def test_the_width_of_a_text_is_what_a_terminal_needs_for_it(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1. Run: ```bash\necho hi\n```\nthen done", "1. Run:\n\n```bash\necho hi\n```\n\nthen done"),
        ("Say ```sh\nls\n``` and `x`", "Say `sh ls ` and `x`"),
        ("<!--\n```sh\nls\n```\n-->\n\n    ```sh\n    ls", "```\n```sh\nls\n```".replace("```sh", "``\u200b`sh")),
        ("- ```sh\n  ls\n  ```", "- ```sh\n  ls\n  ```"),
    ],
)
def test_m24_discord_has_a_fence_where_the_runner_has_one_and_nowhere_else(text, shown):
    assert discord_markdown(text) == shown
