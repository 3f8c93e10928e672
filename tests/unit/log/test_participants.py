"""Who is addressed by what is written (C6), and how participants are called."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log.participants import (
    AGENT_NAME,
    SYSTEM,
    Mention,
    Profile,
    agent_id,
    is_agent,
    is_person,
    mentions_in,
    short_name,
)

PRESENT = (
    Profile(id="agent:coder", name="Coder", aliases=("dev", "builder")),
    Profile(id="agent:code-reviewer", name="Reviewer"),
    Profile(id="agent:al", name="Al"),
    Profile(id="person:slack/T1/U1", name="Ana"),
)


def addressed(text: str) -> list[str]:
    """Who is mentioned, by id, having checked that the offsets point at the words."""
    mentions = mentions_in(text, PRESENT)
    for mention in mentions:
        assert text[mention.start : mention.end].lstrip("@").casefold() in {
            name.casefold() for profile in PRESENT for name in (profile.handle, profile.name, *profile.aliases)
        }
    return [mention.participant for mention in mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@coder please", ["agent:coder"]),
        ("please, @CODER!", ["agent:coder"]),
        ("(@coder)", ["agent:coder"]),
        ("ask @dev.", ["agent:coder"]),
        ("@coder's job", ["agent:coder"]),
        ("first @Reviewer, then @coder", ["agent:code-reviewer", "agent:coder"]),
        ("@coder and @builder and @coder", ["agent:coder"]),
        ("@code-reviewer looks", ["agent:code-reviewer"]),
        ("@U1 decides", ["person:slack/T1/U1"]),
        ("@ana decides", ["person:slack/T1/U1"]),
    ],
)
def test_c6_an_at_sign_addresses_by_name_or_alias(text: str, expected: list[str]) -> None:
    assert addressed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("coder, write it", ["agent:coder"]),
        ("Coder: write it", ["agent:coder"]),
        ("coder , write it", ["agent:coder"]),
        ("  dev:\nwrite it", ["agent:coder"]),
        ("hey coder, write it", ["agent:coder"]),
        ("Hello, Reviewer: look", ["agent:code-reviewer"]),
        ("coder, ask @reviewer", ["agent:coder", "agent:code-reviewer"]),
        ("coder, that is you, @coder", ["agent:coder"]),
    ],
)
def test_c6_a_leading_name_addresses(text: str, expected: list[str]) -> None:
    assert addressed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody in particular",
        "the coder, of course",
        "coder writes",
        "coder:no",
        "@codery",
        "@coders do",
        "@code",
        "@coder-2 is another",
        "@coder.py is a file",
        "ana@coder.example",
        "see /@coder",
        "@@coder",
        "@",
        "also, coder",
        "alas, no",
    ],
)
def test_c6_a_name_inside_another_word_addresses_nobody(text: str) -> None:
    assert addressed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`@coder`",
        "``@coder``",
        "``a ` @coder``",
        "```\n@coder\n```",
        "```python\n@coder\ndef f(): ...\n```\ndone",
        "~~~\n@coder\n~~~",
        "````\n```\n@coder\n```\n````",
        "```\n@coder and the fence stays open",
    ],
)
def test_c6_code_addresses_nobody(text: str) -> None:
    assert addressed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`x` @coder `y`",
        "``x`` @coder",
        "```\n@reviewer\n```\n@coder",
        "a lone ` and @coder",
        "`one line\n@coder next line`",
    ],
)
def test_c6_words_beside_code_address(text: str) -> None:
    assert addressed(text) == ["agent:coder"]


def test_c6_a_mention_says_where_it_stands() -> None:
    assert mentions_in("é, @coder", PRESENT) == (Mention(participant="agent:coder", start=3, end=9),)


def test_c6_nobody_is_addressed_where_nobody_is_present() -> None:
    assert mentions_in("@coder", ()) == ()


@given(st.text(alphabet="@coder`~ \n,:.-x", max_size=60))
def test_c6_any_text_has_mentions_in_order_and_without_overlap(text: str) -> None:
    mentions = mentions_in(text, PRESENT)

    starts = [mention.start for mention in mentions]
    assert starts == sorted(starts)
    assert all(one.end <= other.start for one, other in pairwise(mentions))
    assert len({mention.participant for mention in mentions}) == len(mentions)


def test_ids_say_what_a_participant_is() -> None:
    assert agent_id("coder") == agent_id("agent:coder") == "agent:coder"
    assert is_agent("agent:coder")
    assert not is_agent("person:web/agent")
    assert is_person("person:web/ana")
    assert not is_person(SYSTEM)


@pytest.mark.parametrize(
    ("participant", "called"),
    [("agent:coder", "coder"), ("person:web/ana", "ana"), ("person:slack/T1/U1", "U1"), (SYSTEM, "system")],
)
def test_an_id_has_a_short_name(participant: str, called: str) -> None:
    assert short_name(participant) == called
    assert Profile(id=participant, name="").handle == called


@pytest.mark.parametrize("name", ["a", "Coder", "code-reviewer_2", "a" * 64])
def test_an_agent_may_be_called(name: str) -> None:
    assert AGENT_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "2coder", "-a", "two words", "é", "a" * 65, "a.b"])
def test_an_agent_may_not_be_called(name: str) -> None:
    assert not AGENT_NAME.fullmatch(name)


def test_c6_a_person_called_like_an_agent_does_not_take_its_mentions() -> None:
    namesake = Profile(id="person:slack/T1/U2", name="coder")
    for present in ((namesake, *PRESENT), (*PRESENT, namesake)):
        assert [one.participant for one in mentions_in("@coder hi", present)] == ["agent:coder"]


ABROAD = (
    Profile(id="agent:ana", name="ana"),
    Profile(id="agent:ben", name="ben"),
    Profile(id="agent:Story_writer", name="Story_writer"),
    Profile(id="agent:writer", name="writer"),
    Profile(id="person:slack/T1/U2", name="Ana (2)"),
    Profile(id="person:slack/T1/U3", name="Ana Maria"),
    Profile(id="person:slack/T1/U4", name="花子"),
    Profile(id="person:slack/T1/U5", name="José"),
    Profile(id="person:slack/T1/U6", name="Иван"),
)


def called(text: str) -> list[str]:
    """Who is mentioned, as the text writes it."""
    return [text[one.start : one.end] for one in mentions_in(text, ABROAD)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("＠ben お願いします", ["＠ben"]),
        ("＠ｂｅｎ　お願いします", ["＠ｂｅｎ"]),
        ("@benさん、見てください", ["@ben"]),
        ("请@ben看一下", ["@ben"]),
        ("请@ben和@ana看一下", ["@ben", "@ana"]),
        ("안녕하세요 @ben님", ["@ben"]),
        ("ถาม@benครับ", ["@ben"]),
        ("ben：看一下", ["ben"]),
        ("ben，你好", ["ben"]),
        ("ben、これを見て", ["ben"]),
        ("见@花子说的", ["@花子"]),
        ("花子、これを見て", ["花子"]),
        ("¡@ben!", ["@ben"]),
        ("спроси у @Иван.", ["@Иван"]),
        ("hola @JOSÉ", ["@JOSÉ"]),
        ("hola @Jose\u0301, ¿qué tal?", ["@Jose\u0301"]),
        ("(@ben)/_@ana_", ["@ben", "@ana"]),
    ],
)
def test_m23_mentions_are_found_as_every_script_writes_them(text: str, expected: list[str]) -> None:
    assert called(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Ana (2), look", ["person:slack/T1/U2"]),
        ("@ana maria: x", ["person:slack/T1/U3"]),
        ("@Ana, look", ["agent:ana"]),
        ("Ana Maria, look", ["person:slack/T1/U3"]),
        ("ask @Story_writer", ["agent:Story_writer"]),
        ("ask @Story\\_writer", ["agent:Story_writer"]),
        ("ask @writer_", ["agent:writer"]),
    ],
)
def test_m23_of_several_names_that_fit_the_longest_is_meant(text: str, expected: list[str]) -> None:
    assert [one.participant for one in mentions_in(text, ABROAD)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "> @ben said it\n\nmail me at x@ben.example",
        "  > ben: @ben said it",
        "mail ana+x@ben.example or mañana@ben",
        "see https://example.com/(@ben and https://example.com/?by=@ben",
        "```python\n@ben\n``` \n",
        "Like so: ```\n@ben\nstays code",
        "`@ben` and ``x ` @ben``",
        "@Ивановна",
        "@benoît",
    ],
)
def test_m23_quotes_code_and_addresses_mention_nobody(text: str) -> None:
    assert called(text) == []


def test_m23_a_name_that_two_have_means_the_agent() -> None:
    two = (Profile(id="person:web/ben", name="ben"), Profile(id="agent:ben", name="Ben"))
    assert [one.participant for one in mentions_in("请@ben看", two)] == ["agent:ben"]
