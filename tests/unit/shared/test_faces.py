"""P43: a face for everybody, the same everywhere."""

import pytest

from adapters.shared.faces import Face, face
from agents.log.participants import Profile


def a_face(name: str = "coder", avatar: str = "") -> Face:
    return face(Profile(id=f"agent:{name}", name=name, avatar=avatar))


def test_p43_a_profile_without_avatar_gets_initials_on_a_colour_that_never_changes():
    assert a_face("coder") == Face(initials="CO", hue=312)
    assert a_face("planner") == Face(initials="PL", hue=251)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana María", "AM"),
        ("x", "X"),
        ("code-runner", "CR"),
        ("ñandú", "ÑA"),
        ("Ana María López", "AM"),
        ("李雷", "李雷"),
    ],
)
def test_p43_initials_are_taken_from_the_name(name, initials):
    assert face(Profile(id="person:web/ana", name=name)).initials == initials


def test_p43_a_name_without_letters_falls_back_to_the_handle_and_then_to_a_question_mark():
    assert face(Profile(id="person:web/ana", name="***")).initials == "AN"
    assert face(Profile(id="person:web/--", name="***")).initials == "?"


@pytest.mark.parametrize(
    ("avatar", "emoji", "picture"),
    [(":compass:", "🧭", ""), ("🧑‍🔬", "🧑‍🔬", ""), ("https://example.org/a.png", "", "https://example.org/a.png"),
     (":no_such_code:", "", ""), ("javascript:alert(1)", "", ""), ("<é>", "", ""), ("été", "", "")],
)  # fmt: skip
def test_p43_an_avatar_is_an_emoji_code_an_emoji_or_the_address_of_a_picture(avatar, emoji, picture):
    shown = a_face(avatar=avatar)
    assert (shown.emoji, shown.picture, shown.initials) == (emoji, picture, "CO")
