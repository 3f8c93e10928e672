"""P45: people and groups by the platforms' own ids."""

import re

import pytest

from bots.config.people import Who, names, who


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("slack:U012AB3CD", "slack:user:U012AB3CD"),
        ("slack:user:U012AB3CD", "slack:user:U012AB3CD"),
        ("slack:group:S0614TZR7", "slack:group:S0614TZR7"),
        ("slack:T012AB3CD/U012AB3CD", "slack:user:T012AB3CD/U012AB3CD"),
        ("slack:group:T012AB3CD/S0614TZR7", "slack:group:T012AB3CD/S0614TZR7"),
        ("slack:workspace", "slack:workspace"),
        ("slack:workspace:T1", "slack:workspace:T1"),
        ("discord:role:Moderator", "discord:role:Moderator"),
        ("discord:role:Night: Watch", "discord:role:Night: Watch"),
        ("discord:server", "discord:server"),
        ("discord:80351110224678912", "discord:user:80351110224678912"),
        ("web:ana", "web:user:ana"),
    ],
)
def test_p45_an_entry_names_a_person_or_a_group(text: str, name: str):
    assert names([who(text)]) == {name}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("U012AB3CD", "names nobody"),
        ("slak:U012AB3CD", 'did you mean "slack"?'),
        ("slack:role:x", "is no kind of people on slack"),
        ("slack:grup:S1", 'did you mean "group"?'),
        ("slack:group", "lacks an id"),
        ("slack:@ana", "Copy member ID"),
        ("discord:ana", "Copy User ID"),
        (["slack"], "should be a text"),
    ],
)
def test_p45_what_names_nobody_is_explained(text: object, sentence: str):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        who(text)


def test_a_read_entry_is_itself():
    one = Who(platform="slack", kind="workspace")
    assert who(one) is one
