"""P19: what people see as one character is never torn."""

import pytest

from adapters.shared.graphemes import can_cut, last_cut


@pytest.mark.parametrize(
    "whole",
    ["e\u0301", "n\u0303\u0301", "👍🏽", "❤\ufe0f", "👩\u200d👩\u200d👧", "🇩🇪", "\r\n", "\u1112\u1161\u11ab",
     "가\u11a8", "\ud83d\ude00", "🏴\U000e0067\U000e0062\U000e007f", "1\ufe0f\u20e3", "a\u200c"],
)  # fmt: skip
def test_p19_one_character_has_no_place_to_cut_inside(whole):
    text = f"x{whole}y"
    assert [at for at in range(1, len(text)) if can_cut(text, at)] == [1, 1 + len(whole)]


def test_p19_flags_are_cut_between_countries_only():
    text = "🇩🇪🇫🇷🇪🇸"
    assert [at for at in range(len(text) + 1) if can_cut(text, at)] == [0, 2, 4, 6]


def test_p19_ordinary_text_is_cut_anywhere():
    assert all(can_cut("añ日b\n\r", at) for at in range(7))


def test_p19_the_last_cut_is_as_late_as_it_may_be_and_the_end_where_nothing_may():
    assert last_cut("abcd", 0, 3) == 3
    assert last_cut("abc👍🏽d", 0, 4) == 3
    assert last_cut("e" + "\u0301" * 10, 0, 5) == 5
