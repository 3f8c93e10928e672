"""What of a text is neither code nor quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log.prose import prose


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain words", "plain words"),
        ("a `b` c", "a c"),
        ("a ``b ` c`` d", "a d"),
        ("a ` b", "a ` b"),
        ("a `` b ` c ` d", "a `` b d"),
        ("a\n> b\nc", "a c"),
        ("a\n```py\nb\n```\nc", "a c"),
        ("a\n````\n```\nb\n````\nc", "a c"),
        ("a\n~~~ x\nb\n~~~\nc", "a c"),
        ("a\n~~~\n```\n~~~~\nc", "a c"),
        ("a: ```py\nb\n```\nc", "a: c"),
        ("- a\n  ```\n  b\n  ```\n- c", "- a - c"),
        ("a\n```\nb", "a"),
        ("a ```b``` c", "a c"),
        ("1 > 0 `x`", "1 > 0"),
    ],
)
def test_m22_code_and_quoted_lines_are_left_out(text: str, kept: str) -> None:
    assert " ".join(prose(text).split()) == kept


@given(st.text(alphabet="ab `~>\n\r-\u2028", max_size=60))
def test_every_character_that_is_kept_stays_where_it_was(text: str) -> None:
    shown = prose(text)
    assert len(shown) == len(text)
    assert all(kept in (" ", was) for kept, was in zip(shown, text, strict=True))
