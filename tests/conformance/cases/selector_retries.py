"""What happens where a choosing model's answer is of no use."""

from typing import Unpack

from tests.conformance.case import Case, Chosen, Doings, talker, turns

TEAM = (talker("a"), talker("b"), talker("c"))
IN_ORDER = "The team's order decides then; 0.7.5 lets the last speaker go on, even where that is not allowed."
NOBODY = "A model may choose that nobody speaks; over a person's task it is asked once more, then the first answers."


def choice(name: str, about: str, *answers: str, n: int = 1, repeats: bool = True, **more: Unpack[Doings]) -> Case:
    """A team of three, or others, and ``n`` turns."""
    chosen = Chosen(answers=answers, repeats=repeats)
    case: Doings = {"agents": TEAM, "speakers": chosen, "ends": turns(n), **more}
    return Case(name=name, about=about, **case)


CASES = (
    choice("choice-none-then-one", "No name, then a name.", "whoever", "b"),
    choice("choice-several-then-one", "Several names, then one.", "a or b", "b"),
    choice("choice-empty-then-one", "An empty answer, then a name.", "", "b"),
    choice("choice-third-attempt", "Two useless answers, then a name.", "whoever", "a or b", "c"),
    choice("choice-never-at-first", "Three useless answers, and nobody has spoken yet.", "x", "y", "z"),
    choice(
        "choice-never-later",
        "Three useless answers after b has spoken.",
        "b",
        "x",
        "y",
        "z",
        n=2,
        deviates={"0.7.5": IN_ORDER},
    ),
    choice(
        "choice-never-and-no-repeats",
        "Three useless answers after b has spoken, and nobody may speak twice in a row.",
        "b",
        "x",
        "y",
        "z",
        n=2,
        repeats=False,
        deviates={"0.7.5": IN_ORDER},
    ),
    choice("choice-of-one", "Where only one may speak no model is asked.", "a", n=2, repeats=False, agents=TEAM[:2]),
    choice("choice-again-allowed", "The last speaker is chosen again, which is allowed.", "b", "b", n=2),
    choice(
        "choice-again-refused",
        "The last speaker is chosen again, which is not allowed.",
        "b",
        "b",
        "c",
        n=2,
        repeats=False,
    ),
    choice(
        "choice-of-nobody",
        "The model answers twice that nobody should speak, then names one.",
        "nobody",
        "nobody",
        "b",
        deviates={
            "0.2.40": NOBODY,
            "0.7.5": NOBODY,
        },
        ours={"said": [["ana", "task"], ["a", "A1"]], "choosing": 2},
        finding="A person's task is not left without an answer because the model names nobody once.",
    ),
)
