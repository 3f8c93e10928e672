"""M6, C47: reasoning in think tags is kept apart from speech, however the text arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ports import TextDelta, ThoughtDelta
from agents.ports.thoughts import ThinkTags, without_thoughts


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


@pytest.mark.parametrize(
    ("said", "text", "thoughts"),
    [
        ("<thinking>ana or cid</thinking>\nben", "ben", "ana or cid"),
        ("<Thought>hm</THOUGHT>ben", "ben", "hm"),
        ("<thoughts>hm</thoughts>ben", "ben", "hm"),
        ("<reasoning>hm</reasoning> ben", "ben", "hm"),
        ("[THINK]hm[/THINK]ben", "ben", "hm"),
        ("<seed:think>hm</seed:think>ben", "ben", "hm"),
        ("◁think▷hm◁/think▷ben", "ben", "hm"),
        ("<|begin_of_thought|>hm<|end_of_thought|>\n\nben", "ben", "hm"),
        ("<|channel|>analysis<|message|>hm<|channel|>final<|message|>ben", "ben", "hm"),
        ("<think>a <think>b</think> c</think>ben", "ben", "a <think>b</think> c"),
        ("<think>a <thinking> b</think>ben", "ben", "a <thinking> b"),
        ("<thinking>all of it", "", "all of it"),
        ("[think]what `<think>` is[/think]ben", "ben", "what `<think>` is"),
        ("Is [this] a <thin> line?", "Is [this] a <thin> line?", ""),
        ("Use `a <thinking> b </thinking>` here", "Use `a <thinking> b </thinking>` here", ""),
        ("~~~xml\n<reasoning>x</reasoning>\n~~~\nok", "~~~xml\n<reasoning>x</reasoning>\n~~~\nok", ""),
        ("So:\n- ```\n<think>\n</think>\n```", "So:\n- ```\n<think>\n</think>\n```", ""),
        ("````\n```\n<think>\n````\n<think>x</think>ok", "````\n```\n<think>\n````\nok", "x"),
        ("A lone ` there\n<think>x</think>ok", "A lone ` there\nok", "x"),
        ("``a ` <think>`` <think>x</think>ok", "``a ` <think>`` ok", "x"),
    ],
)
def test_c47_all_usual_marks_of_thoughts_are_known_in_pieces_of_any_size(said: str, text: str, thoughts: str) -> None:
    for size in (1, 2, 3, 7, 100):
        tags, streamed, thought = split([said[start : start + size] for start in range(0, len(said), size)])
        assert (tags.text, tags.thoughts) == (text, thoughts)
        assert (streamed, thought) == (text, thoughts)
    assert without_thoughts(said) == (text, thoughts)


@pytest.mark.parametrize(
    ("said", "text", "thoughts"),
    [
        ("the one that knows</thinking>\nben", "ben", "the one that knows"),
        ("The mark <reasoning> begins one.", "The mark <reasoning> begins one.", ""),
        ("See [think](https://a.b).", "See [think](https://a.b).", ""),
        ("<think>I may write <think> first.</think>ben", "ben", "I may write <think> first."),
        ("First </think>, then </think>.", "First </think>, then </think>.", ""),
        ("It ends with `</think>`.", "It ends with `</think>`.", ""),
    ],
)
def test_c47_marks_that_are_not_in_pairs_are_read_as_they_were_meant(said: str, text: str, thoughts: str) -> None:
    assert without_thoughts(said) == (text, thoughts)
