"""P44: which ``[[channels]]`` table holds for a channel."""

import re

import pytest

from bots.config.places import Pattern, Place, most_specific, pattern

GENERAL = Place(platform="slack", id="C012AB3CD", name="data-team")
PROJECT = Place(platform="discord", id="112233", name="apollo", category="Projects")
DIRECT = Place(platform="slack", id="D1", direct=True)
LOBBY = Place(platform="web", id="lobby", name="lobby")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("slack:#data-team", GENERAL),
        ("slack:#Data-Team", GENERAL),
        ("slack:C012AB3CD", GENERAL),
        ("slack:#data-*", GENERAL),
        ("slack:*", GENERAL),
        ("*", GENERAL),
        ("discord:category:Projects", PROJECT),
        ("discord:category:projects", PROJECT),
        ("discord:112233", PROJECT),
        ("discord:#apollo", PROJECT),
        ("slack:dm", DIRECT),
        ("web:lobby", LOBBY),
    ],
)
def test_p44_a_pattern_matches_by_name_id_category_or_star(text: str, place: Place):
    assert pattern(text).matches(place)
    assert str(pattern(text)) == text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("slack:#data", GENERAL),
        ("discord:#data-team", GENERAL),
        ("slack:C012AB3CE", GENERAL),
        ("discord:category:Proj", PROJECT),
        ("discord:category:Projects", GENERAL),
        ("slack:*", DIRECT),
        ("*", DIRECT),
        ("slack:dm", GENERAL),
        ("slack:#*", DIRECT),
    ],
)
def test_p44_a_pattern_matches_nothing_else(text: str, place: Place):
    assert not pattern(text).matches(place)


def test_p44_the_most_specific_match_wins_whatever_the_order():
    ladder = ["*", "discord:*", "discord:category:Pro*", "discord:category:Projects", "discord:#a*", "discord:#ap*",
              "discord:#apollo", "discord:112233"]  # fmt: skip
    for start in range(len(ladder)):
        rest = ladder[: start + 1]
        bindings = [(pattern(text),) for text in rest]
        assert most_specific(PROJECT, bindings) == start
        assert most_specific(PROJECT, bindings[::-1]) == 0


def test_p44_of_equals_the_first_wins_and_no_match_is_none():
    assert most_specific(GENERAL, [(pattern("slack:#d*"),), (pattern("slack:#*m"),)]) == 0
    assert most_specific(GENERAL, [(pattern("web:lobby"), pattern("discord:*"))]) is None


def test_p44_thirty_channels_need_one_line():
    thirty = [Place(platform="slack", id=f"C{number}", name=f"team-{number}") for number in range(30)]
    assert all(most_specific(place, [(pattern("slack:#team-*"),)]) == 0 for place in thirty)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("slak:#x", 'did you mean "slack"?'),
        ("#x", "names no channel"),
        ("slack:", "names no channel"),
        ("slack:data-team", 'a channel by name is written "slack:#data-team"'),
        ("slack:category:x", "only Discord has categories"),
        (3, "should be a text"),
    ],
)
def test_p44_what_names_no_channel_is_explained(text: object, sentence: str):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        pattern(text)


def test_a_pattern_is_itself():
    one = Pattern(platform="web", kind="name", value="lobby")
    assert pattern(one) is one
