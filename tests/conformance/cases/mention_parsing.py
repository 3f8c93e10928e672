"""Which agent a choosing model's answer names."""

from typing import Unpack

from tests.conformance.case import Agent, Case, Chosen, Notes, talker, turns

WRITERS = (talker("Story_writer"), talker("writer"), talker("bob"))
STORY = (talker("Story_writer"), talker("bob"), talker("zoe"))


def names(name: str, about: str, *answers: str, agents: tuple[Agent, ...] = WRITERS, **more: Unpack[Notes]) -> Case:
    """One choice."""
    return Case(name=name, about=about, agents=agents, speakers=Chosen(answers=answers), ends=turns(1), **more)


LONGEST = "The longest name that fits is meant, so no second question is needed."
CASE = "Upper and lower case name the same agent; no two agents differ by case alone."
THOUGHTS = "What a model thinks aloud is not read as its choice."
CASES = (
    names("name-alone", "The name and nothing else.", "writer"),
    names("name-in-a-sentence", "A name in a sentence.", "The next speaker should be bob."),
    names("name-in-bold", "A name in bold.", "**bob**"),
    names("name-in-json", "A name in an object.", '{"speaker": "bob"}'),
    names("name-with-a-blank", "A blank for the underscore.", "Story writer", agents=STORY),
    names("name-with-an-escape", "An escaped underscore.", "Story\\_writer", agents=STORY),
    names(
        "name-around-another",
        "With a blank for the underscore the name holds another agent's name.",
        "Story writer",
        "Story_writer",
        deviates={"0.2.40": LONGEST, "0.7.5": LONGEST},
        ours={"said": [["ana", "task"], ["Story_writer", "STORY_WRITER1"]], "choosing": 1},
    ),
    names("name-in-a-name", "An underscored name does not name its part.", "Story_writer"),
    names("name-in-a-word", "A name within a word is none.", "bobby", "bob"),
    names("name-twice", "The same name twice is one.", "bob, I mean bob"),
    names(
        "name-in-capitals",
        "Another case.",
        "BOB",
        "bob",
        deviates={"0.2.40": CASE, "0.7.5": CASE},
        ours={"said": [["ana", "task"], ["bob", "BOB1"]], "choosing": 1},
    ),
    names(
        "name-in-thoughts",
        "Thoughts name one, the answer another.",
        "<think>bob could go on</think>writer",
        "writer",
        deviates={"0.2.40": THOUGHTS, "0.7.5": THOUGHTS},
        ours={"said": [["ana", "task"], ["writer", "WRITER1"]], "choosing": 1},
    ),
    names(
        "name-with-a-hyphen",
        "A hyphenated name holds another agent's name.",
        "data-bot",
        "data-bot",
        agents=(talker("data-bot"), talker("bot")),
        cannot={"0.7.5": "Its agents' names have no hyphens."},
        deviates={"0.2.40": LONGEST},
        ours={"said": [["ana", "task"], ["data-bot", "DATA-BOT1"]], "choosing": 1},
    ),
)
