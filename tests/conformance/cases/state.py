"""A new process goes on where the old one ended."""

from typing import Unpack

from tests.conformance.case import Case, Chosen, Doings, messages, proxy, talker, text, turns
from tests.conformance.cases.reasons import NO_RESUME, PERSON_BETWEEN

A, B, C = talker("a"), talker("b"), talker("c")
CANNOT = {"0.2.40": NO_RESUME}


def kept(name: str, about: str, **more: Unpack[Doings]) -> Case:
    """Two tasks, and between them everything is saved and loaded."""
    case: Doings = {"agents": (A, B, C), "ends": turns(2), "tasks": ("task", "again"), "cannot": CANNOT, **more}
    return Case(name=name, about=about, restarts=True, **case)


CASES = (
    kept("kept-round", "The round goes on with the next agent."),
    kept("kept-words", "What was said before is read after.", reads=("a", "c"), ends=turns(3)),
    kept("kept-limit", "A limit counts anew.", agents=(A, B), ends=turns(3)),
    kept(
        "kept-end-word",
        "An end word of before does not end again.",
        agents=(talker("a", "DONE"), B),
        ends=text("DONE") | turns(2),
    ),
    kept(
        "kept-last-speaker",
        "Nobody may speak twice in a row; a person has spoken in between.",
        agents=(A, B),
        speakers=Chosen(answers=("a", "a"), repeats=False),
        ends=turns(1),
        deviates={"0.7.5": PERSON_BETWEEN},
        ours={"said": [["ana", "task"], ["a", "A1"], ["ana", "again"], ["a", "A2"]], "choosing": 2},
    ),
    kept(
        "kept-person",
        "A stand-in for people is asked in its turn.",
        agents=(A, proxy("boss", "words", "more")),
        ends=messages(3),
        reads=("a",),
    ),
)
