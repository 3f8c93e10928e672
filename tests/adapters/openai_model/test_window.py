"""How much a model reads is learned: from a refusal in any wording, and from a prompt that was cut silently."""

import pytest

from adapters.openai_model.window import Window, window_in


@pytest.mark.parametrize(
    ("complaint", "tokens"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", 8_192),
        ("request (9000 tokens) exceeds the available context size (8000 tokens)", 8_000),
        ('{"n_prompt_tokens": 9000, "n_ctx": 4096}', 4_096),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("The prompt may have at most 32,768 tokens.", 32_768),
        ("Input is limited to 16_384 tokens.", 16_384),
        ("inputs must have less than 1: 4096", None),
        ("max_tokens must be at most 128; the context window is 2048", 2_048),
        ("too long", None),
        ("context length is 17", None),
        ("x" * 4_000 + " context length is 8192", None),
    ],
)
def test_a_refusal_says_how_much_the_model_reads(complaint: str, tokens: int | None) -> None:
    assert window_in(complaint) == tokens


def test_a_refusal_that_names_no_number_leaves_four_fifths_of_what_was_sent() -> None:
    window = Window()
    window.refused("too long", 10_000)
    assert window.tokens == 8_000


def test_a_window_never_grows_by_a_refusal() -> None:
    window = Window(4_096)
    window.refused("The context length is 8192.", 10_000)
    assert window.tokens == 4_096
    window.refused("The context length is 2048.", 10_000)
    assert window.tokens == 2_048


def test_a_longer_prompt_of_which_no_more_is_read_was_cut() -> None:
    window = Window()
    window.answered(10_000, 2_048)
    window.answered(12_000, 2_048)
    assert window.tokens is None  # it has grown by less than a quarter
    window.answered(16_000, 2_048)
    assert window.tokens == 2_048


def test_a_known_window_is_only_made_smaller_by_what_is_read() -> None:
    window = Window(1_024)
    window.answered(10_000, 2_048)
    window.answered(16_000, 2_048)
    assert window.tokens == 1_024


@pytest.mark.parametrize(
    "answers",
    [
        [(10_000, 2_048), (16_000, 4_096)],  # more is read of more
        [(10_000, 2_048), (9_000, 2_048)],  # it is shorter
        [(1_000, 600), (9_000, 600)],  # too little was sent before to tell
        [(10_000, 0), (16_000, 0)],  # the endpoint does not count
    ],
)
def test_nothing_is_learned_from_an_answer_to_what_was_read_whole(answers: list[tuple[int, int]]) -> None:
    window = Window()
    for characters, read in answers:
        window.answered(characters, read)
    assert window.tokens is None
