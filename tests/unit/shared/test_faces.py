"""P43: a face for everybody, the same everywhere."""

import pytest

from adapters.shared.faces import hue, picture


def test_p43_a_colour_never_changes():
    assert (hue("agent:coder"), hue("agent:planner")) == (312, 251)


@pytest.mark.parametrize(
    ("avatar", "address"),
    [
        (":compass:", ""),
        ("🧑‍🔬", ""),
        ("https://example.org/a.png", "https://example.org/a.png"),
        (" https://example.org/a.png ", "https://example.org/a.png"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_p43_an_avatar_may_be_the_address_of_a_picture(avatar: str, address: str):
    assert picture(avatar) == address
