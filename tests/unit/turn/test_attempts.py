"""What a model tries again in one turn, and how often."""

from agents.errors import ModelFailed
from agents.ports import ModelMessage, ModelRequest
from agents.turn.attempts import SHORTENED, Attempts
from agents.turn.view import Cut, everything, head_and_tail, last, within

TOO_LONG = ModelFailed("It is longer than m can read.", kind="too_long")
REQUEST = ModelRequest(messages=[ModelMessage(role="user", text="x" * 3_984)])
"""1,000 tokens."""


def shown(cut: Cut, sizes: list[int], besides: int = 0) -> list[int]:
    """The places of the items that are shown."""
    totals = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return [place for begin, end in cut(totals, besides) for place in range(begin, end)]


def test_a_request_that_was_too_long_is_made_shorter_by_two_fifths_each_time() -> None:
    attempts = Attempts()
    assert attempts.most is None
    assert attempts.shorter(TOO_LONG, REQUEST)
    assert attempts.most == 600


def test_a_request_is_made_shorter_three_times_at_most() -> None:
    attempts = Attempts()
    assert [attempts.shorter(TOO_LONG, REQUEST) for _ in range(SHORTENED + 1)] == [True] * SHORTENED + [False]


def test_any_other_failure_makes_nothing_shorter() -> None:
    attempts = Attempts()
    assert not attempts.shorter(ModelFailed("It is down.", kind="server"), REQUEST)
    assert attempts.most is None


def test_what_fits_into_the_window_is_shown_as_the_agent_wants_it() -> None:
    assert shown(within(head_and_tail(1, 2), 100), [20] * 10, besides=40) == [0, 8, 9]
    assert shown(within(everything, 100), []) == []


def test_the_oldest_is_left_out_of_what_does_not_fit_into_the_window() -> None:
    assert shown(within(everything, 100), [20] * 10, besides=10) == [7, 8, 9]
    assert shown(within(last(8), 100), [20] * 10) == [5, 6, 7, 8, 9]


def test_the_beginning_goes_where_beginning_and_end_do_not_fit() -> None:
    assert shown(within(head_and_tail(2, 6), 100), [20] * 10) == [5, 6, 7, 8, 9]


def test_the_newest_is_shown_even_where_it_alone_is_too_long() -> None:
    assert shown(within(everything, 100), [20, 500]) == [1]
