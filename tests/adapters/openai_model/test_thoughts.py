"""M6: reasoning in think tags is kept apart from speech, however the text arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai_model.thoughts import ThinkTags
from agents.ports import TextDelta, ThoughtDelta


def split(pieces: list[str]) -> tuple[ThinkTags, str, str]:
    tags = ThinkTags()
    deltas: list[TextDelta | ThoughtDelta] = []
    for piece in pieces:
        deltas += tags.feed(piece)
    deltas += tags.end()
    text = "".join(one.text for one in deltas if isinstance(one, TextDelta))
    thoughts = "".join(one.text for one in deltas if isinstance(one, ThoughtDelta))
    return tags, text, thoughts


@pytest.mark.parametrize(
    ("said", "text", "thoughts"),
    [
        ("Hello", "Hello", ""),
        ("<think>hm</think>Hello", "Hello", "hm"),
        ("\n<think>hm</think>\n\nHello", "Hello", "hm"),
        ("Hello <think>hm</think>world", "Hello world", "hm"),
        ("<think>a</think>x<think>b</think>y", "xy", "ab"),
        ("<think></think>Hello", "Hello", ""),
        ("1 < 2 and <b>", "1 < 2 and <b>", ""),
        ("<think>all of it", "", "all of it"),
        ("Write `<think>` first", "Write `<think>` first", ""),
        ("```\n<think>\n```", "```\n<think>\n```", ""),
        ("", "", ""),
    ],
)
def test_m6_tags_part_speech_and_thoughts_in_pieces_of_any_size(said: str, text: str, thoughts: str) -> None:
    for size in (1, 2, 3, 7, 100):
        tags, streamed, thought = split([said[start : start + size] for start in range(0, len(said), size)])
        assert (tags.text, tags.thoughts) == (text, thoughts)
        assert (streamed, thought) == (text, thoughts)


def test_m6_words_before_a_lone_closing_tag_were_reasoning() -> None:
    tags, _, _ = split(["so two and two</think>\n\nFour."])
    assert (tags.text, tags.thoughts) == ("Four.", "so two and two")


def test_m6_a_tag_in_mid_speech_that_is_never_closed_was_speech() -> None:
    tags, _, _ = split(["<think>a</think>The tag <think> begins a thought."])
    assert (tags.text, tags.thoughts) == ("The tag <think> begins a thought.", "a")


@given(st.lists(st.sampled_from(["<", "think", ">", "</think>", "<think>", "/", "a", "`", " "])))
def test_m6_nothing_is_lost_or_made_up(pieces: list[str]) -> None:
    tags, text, thoughts = split(pieces)
    said = "".join(pieces)
    letters = sum(tags.text.count(one) + tags.thoughts.count(one) for one in "a`")
    assert letters == sum(said.count(one) for one in "a`")
    assert len(text) + len(thoughts) <= len(said)
