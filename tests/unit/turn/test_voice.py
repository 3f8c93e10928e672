"""M23: a model speaks under its own name alone, and for nobody else."""

import pytest

from agents.log.participants import Profile
from agents.turn.voice import OwnWords, own_words

ANA = Profile(id="agent:ana", name="Ana")
OTHERS = (
    Profile(id="agent:ben", name="ben"),
    Profile(id="agent:Story_writer", name="Story_writer"),
    Profile(id="person:terminal/you", name="You"),
    Profile(id="person:slack/T1/U1", name="Eva (2)"),
)


@pytest.mark.parametrize(
    "text",
    [
        "hello", "ana: hello", "Ana:hello", "**ana**: hello", "**ana:** hello", "__Ana__: hello", "*ana*: hello",
        "[ana]: hello", "(ana): hello", "<Ana>: hello", "【ana】：hello", "@ana: hello", "ana：hello", "ａｎａ：hello",
        "### ana: hello", "**ana**\nhello", "## Ana\n\nhello", "[ana] hello", "[ana]\nhello", "**ana** — hello",
        "ana: ana: hello", "ana:\n\n**Ana:** hello", " \n ana : hello",
    ],
)  # fmt: skip
def test_m23_its_own_name_in_front_is_taken_off_in_any_dress(text: str) -> None:
    assert own_words(text, ANA, OTHERS) == OwnWords(text="hello")


@pytest.mark.parametrize(
    "text",
    [
        "anaconda: a snake", "ana", "ana is here", "ana, you said?", "ana::method", "**ana** is here", "ana://x",
        "[ana](https://a.b)", "`ana`: a name", "# analysis\nfine", "ben: ana: hello", "ana - hello",
    ],
)  # fmt: skip
def test_m23_what_only_looks_like_a_heading_stays(text: str) -> None:
    assert own_words(text, ANA, OTHERS) == OwnWords(text=text)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("ana: hi\nben: hi ana, I am done TERMINATE\nYou: thanks", "hi"),
        ("**ana**: hi\n\n**ben:** hi ana", "hi"),
        ("ana：いいですね。\nben：そうですね", "いいですね。"),
        ("I agree.\n\nben: Really?", "I agree."),
        ("I agree.\nben: fine\nStory_writer: fine\nben: then go", "I agree."),
        ("I agree.\nYou: thanks", "I agree."),
        ("I agree.\n[Eva (2)]: thanks", "I agree."),
        ("Hello all.\nben: a test runs\nana: good\nLet us go on.", "Hello all."),
        ("Done.\n@Story\\_writer: Once upon a time!", "Done."),
        ("[ana]: first\nsecond\n\nben: no", "first\nsecond"),
        ("ana: Plan:\nben: tests\nSo we begin.\nben: great", "Plan:\nben: tests\nSo we begin."),
    ],
)
def test_m23_a_play_with_lines_for_others_is_cut_off_where_it_begins(text: str, own: str) -> None:
    found = own_words(text, ANA, OTHERS)
    assert found.text == own
    assert found.for_others
    assert text.endswith(found.for_others)


@pytest.mark.parametrize(
    "text",
    [
        "The plan:\nben: does tests\nStory_writer: writes",
        "The plan is this.\nben: does tests",
        "The plan is this.\nben: does tests\nStory_writer: writes\nI do the rest.",
        "计划：\nben：测试！\nYou: 看",
        "- ben: does tests!\n- You: decide",
        "ben: please test it!",
        "What was said:\n> ben: really?\n> You: yes",
        "It prints this:\n```\nben: hi!\nYou: hi!\n```",
        "```\nana: x\nben: hi!\n```",
        "bent: over\nyours: truly?",
    ],
)
def test_m23_lists_quotes_code_and_addresses_are_its_own_words(text: str) -> None:
    assert own_words(text, ANA, OTHERS) == OwnWords(text=text)


def test_m23_where_nobody_else_is_there_nothing_is_cut() -> None:
    assert own_words("ana: hi\nben: hi", ANA, ()) == OwnWords(text="hi\nben: hi")
