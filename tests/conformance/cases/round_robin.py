"""One after the other."""

from tests.conformance.case import Case, messages, proxy, talker, turns
from tests.conformance.cases.reasons import NO_EMPTY_WORDS, NO_MODES

A, B, C = talker("a"), talker("b"), talker("c")

CASES = (
    Case(
        name="round-of-three",
        about="Three agents speak in the team's order, again and again, and each reads what was said before.",
        agents=(A, B, C),
        ends=turns(5),
        reads=("a", "b", "c"),
    ),
    Case(name="round-of-two", about="Two agents alternate.", agents=(A, B), ends=turns(4), reads=("b",)),
    Case(name="round-of-one-turn", about="A limit of one turn: only the first agent.", agents=(A, B, C), ends=turns(1)),
    Case(
        name="round-in-messages",
        about="A limit of four messages counts the task: three agents speak.",
        agents=(A, B, C),
        ends=messages(4),
    ),
    Case(
        name="round-of-one-agent",
        about="An agent alone in a round, with a limit of three turns.",
        agents=(A,),
        ends=turns(3),
        deviates={
            "0.2.40": "One agent and people are a room, too; 0.2.40 refuses a group of one.",
            "0.7.5": "An agent answers what others say, and nobody but itself has spoken since its first answer.",
        },
        ours={"said": [["ana", "task"], ["a", "A1"]], "stop": "rests"},
    ),
    Case(
        name="round-with-an-empty-answer",
        about="A model answers nothing.",
        agents=(A, talker("b", "", ""), C),
        ends=turns(3),
        deviates={"0.2.40": NO_EMPTY_WORDS, "0.7.5": NO_EMPTY_WORDS},
        ours={"said": [["ana", "task"], ["a", "A1"], ["c", "C1"], ["a", "A2"]]},
    ),
    Case(
        name="round-with-a-silent-agent",
        about="An agent in the round has no model, no people and no reply.",
        agents=(A, proxy("b", mode="NEVER"), C),
        ends=turns(3),
        cannot={"0.7.5": NO_MODES},
        deviates={"0.2.40": NO_EMPTY_WORDS},
        ours={"said": [["ana", "task"], ["a", "A1"], ["c", "C1"], ["a", "A2"]]},
    ),
)
