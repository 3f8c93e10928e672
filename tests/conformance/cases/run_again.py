"""A second task for the same team."""

from tests.conformance.case import Case, Chat, Chosen, messages, talker, text, turns
from tests.conformance.cases.reasons import PERSON_BETWEEN, ROUND_GOES_ON

A, B, C = talker("a"), talker("b"), talker("c")
TWICE = ("task", "again")

CASES = (
    Case(
        name="again-after-a-limit",
        about="Two turns, then a second task: who speaks, and what of the first it reads.",
        agents=(A, B, C),
        ends=turns(2),
        tasks=TWICE,
        reads=("a",),
        deviates={"0.2.40": ROUND_GOES_ON},
    ),
    Case(
        name="again-counts-anew",
        about="A limit of three messages holds for each task by itself.",
        agents=(A, B),
        ends=messages(3),
        tasks=TWICE,
        reads=("b",),
    ),
    Case(
        name="again-three-times",
        about="One turn for each of three tasks.",
        agents=(A, B, C),
        ends=turns(1),
        tasks=("task", "again", "and again"),
        reads=("c",),
        deviates={"0.2.40": ROUND_GOES_ON},
    ),
    Case(
        name="again-after-an-end-word",
        about="The end word of the first task does not end the second one.",
        agents=(A, talker("b", "DONE", "B2", "DONE")),
        ends=text("DONE") | turns(6),
        tasks=TWICE,
        reads=("a",),
    ),
    Case(
        name="again-in-a-chat",
        about="Two questions to an expert, one answer each.",
        agents=(talker("student"), talker("expert")),
        speakers=Chat(),
        ends=turns(1),
        tasks=TWICE,
        cannot={"0.7.5": "It has no chat in which one asks and the other answers."},
    ),
    Case(
        name="again-with-a-choosing-model",
        about="The model chooses for the second task too, and may choose who answered the first.",
        agents=(A, B, C),
        speakers=Chosen(answers=("b", "b")),
        ends=turns(1),
        tasks=TWICE,
        reads=("b",),
    ),
    Case(
        name="again-by-the-last-speaker",
        about="Nobody may speak twice in a row; a person has spoken in between.",
        agents=(A, B),
        speakers=Chosen(answers=("a", "a"), repeats=False),
        ends=turns(1),
        tasks=TWICE,
        deviates={"0.7.5": PERSON_BETWEEN},
    ),
)
