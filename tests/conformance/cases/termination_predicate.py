"""Which words end a conversation."""

from typing import Unpack

from tests.conformance.case import Case, Chat, Notes, Reply, proxy, talker, text, turns
from tests.conformance.cases.reasons import NO_MODES, PEOPLE_END_NOTHING, WHOLE_WORDS

BOSS = proxy("boss", mode="NEVER", replies=(Reply(text="go on", place="after check"),))


def default(name: str, about: str, words: str, **more: Unpack[Notes]) -> Case:
    """An agent says something to a stand-in for people that would answer by itself."""
    notes: Notes = {"cannot": {"0.7.5": NO_MODES}, **more}
    return Case(name=name, about=about, agents=(BOSS, talker("b", words, "TERMINATE")), speakers=Chat(), **notes)


def words(name: str, about: str, said: str, task: str = "task", end: str = "DONE", **more: Unpack[Notes]) -> Case:
    """The first of two agents says something, in a group that ends with a word."""
    return Case(
        name=name,
        about=about,
        agents=(talker("a", said), talker("b")),
        ends=text(end) | turns(2),
        tasks=(task,),
        **more,
    )


def no_end(name: str, about: str, said: str) -> Case:
    """What ends the references and not ours."""
    both = {"0.2.40": WHOLE_WORDS, "0.7.5": WHOLE_WORDS}
    told = {"said": [["ana", "task"], ["a", said], ["b", "B1"]]}
    return words(name, about, said, deviates=both, ours=told, finding=WHOLE_WORDS)


CASES = (
    default("default-word", "TERMINATE, and nothing besides, ends.", "TERMINATE"),
    default(
        "default-word-and-a-space",
        "A model answers the word and a space.",
        "TERMINATE ",
        deviates={"0.2.40": "A model's answer is taken without the blanks around it."},
        ours={"said": [["ana", "task"], ["b", "TERMINATE"]]},
    ),
    default("default-word-in-a-sentence", "Within a sentence it is not the word.", "All done. TERMINATE"),
    default("default-word-in-small-letters", "In small letters it is not the word.", "terminate"),
    words("end-word-last", "An end word at the end of an answer.", "All is DONE"),
    words("end-word-alone", "An end word alone.", "DONE"),
    words("end-word-on-its-line", "An end word on a line of its own.", "Here it is.\n\nDONE"),
    words("end-word-in-small-letters", "Case counts.", "All is done"),
    no_end("end-word-in-mid-sentence", "A word that is only mentioned.", "I say DONE when I am ready."),
    no_end("end-word-in-a-word", "A word inside another.", "It is UNDONE"),
    no_end("end-word-in-code", "A word in code.", "```text\nDONE\n```"),
    words(
        "end-word-by-the-person",
        "The task itself holds the end word.",
        "A1",
        task="Please end with DONE",
        deviates={"0.2.40": PEOPLE_END_NOTHING, "0.7.5": PEOPLE_END_NOTHING},
        ours={"said": [["ana", "Please end with DONE"], ["a", "A1"], ["b", "B1"]]},
    ),
    Case(
        name="end-word-by-one-agent",
        about="Only the reviewer's word counts.",
        agents=(talker("writer", "APPROVED"), talker("reviewer", "Not yet.", "APPROVED")),
        ends=text("APPROVED", by="reviewer") | turns(6),
    ),
    Case(
        name="end-word-by-a-stand-in",
        about="Only what the boss says ends it, and a person speaks for the boss.",
        agents=(talker("writer", "Is it APPROVED?"), proxy("boss", "shorter", "APPROVED")),
        ends=text("APPROVED", by="boss") | turns(6),
    ),
    Case(
        name="end-word-by-anybody",
        about="The word of whoever says it first ends it, here a person's who speaks for the boss.",
        agents=(talker("writer"), proxy("boss", "APPROVED")),
        ends=text("APPROVED") | turns(4),
    ),
    Case(
        name="default-word-in-a-group",
        about="A model says TERMINATE in a group that names no end word.",
        agents=(talker("a", "TERMINATE"), talker("b")),
        ends=turns(2),
        deviates={"0.2.40": "A team says by its termination which words end it; only a stand-in for people knows one."},
    ),
)
