"""Which post came first."""

import pytest

from adapters.shared.keys import is_earlier


@pytest.mark.parametrize(
    ("key", "than", "earlier"),
    [
        ("slack:T1/C1#7/1", "slack:T1/C1#9/1", True),
        ("slack:T1/C1#7/2", "slack:T1/C1#9/draft", True),
        ("slack:T1/C1#9/1", "slack:T1/C1#9/2", False),
        ("slack:T1/C1#9/1", "slack:T1/C1#9/1", False),
        ("slack:T1/C1#10/1", "slack:T1/C1#9/1", False),
        ("slack:T1/C1#7/draft", "slack:T1/C1#9/1", False),
        ("slack:T1/C1#7/interrupted/1", "slack:T1/C1#9/1", False),
        ("slack:T1/C2#7/1", "slack:T1/C1#9/1", False),
        ("", "slack:T1/C1#9/1", False),
        ("a note", "slack:T1/C1#9/1", False),
    ],
)
def test_p3_a_message_of_an_earlier_record_came_before_and_a_draft_tells_nothing(key: str, than: str, *, earlier: bool):
    assert is_earlier(key, than) is earlier
