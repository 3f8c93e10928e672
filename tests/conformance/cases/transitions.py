"""Who may speak after whom."""

from tests.conformance.case import Case, Chosen, Graph, talker, turns
from tests.conformance.cases.reasons import NO_TRANSITIONS, ROUND_GOES_ON

TEAM = (talker("a"), talker("b"), talker("c"))
EMPTY = "No allowed successor means none, also where the list is empty; 0.2.40 takes an empty list for no rule at all."
CANNOT = {"0.7.5": NO_TRANSITIONS}

CASES = (
    Case(
        name="graph-chain",
        about="Each has one successor, the last one none: it ends there.",
        agents=TEAM,
        speakers=Graph(after={"a": ("c",), "c": ("b",)}),
        ends=turns(9),
        cannot=CANNOT,
    ),
    Case(
        name="graph-in-the-round",
        about="Among several successors the round decides.",
        agents=TEAM,
        speakers=Graph(after={"a": ("b", "c"), "b": ("a", "c"), "c": ("a",)}),
        ends=turns(5),
        cannot=CANNOT,
    ),
    Case(
        name="graph-disallowed",
        about="Forbidden transitions: all others are allowed.",
        agents=TEAM,
        speakers=Graph(after={"a": ("b", "a"), "c": ("a", "c"), "b": ("b",)}, disallowed=True),
        ends=turns(4),
        cannot=CANNOT,
    ),
    Case(
        name="graph-self-loop",
        about="An agent that may only follow itself.",
        agents=TEAM,
        speakers=Graph(after={"a": ("a",)}),
        ends=turns(3),
        cannot=CANNOT,
    ),
    Case(
        name="graph-empty-list",
        about="An agent whose list of successors is empty.",
        agents=TEAM,
        speakers=Graph(after={"a": ("b",), "b": (), "c": ("a",)}),
        ends=turns(4),
        cannot=CANNOT,
        deviates={"0.2.40": EMPTY},
        ours={"said": [["ana", "task"], ["a", "A1"], ["b", "B1"]], "stop": "graph"},
    ),
    Case(
        name="graph-again",
        about="A second task is not bound by who spoke last.",
        agents=TEAM,
        speakers=Graph(after={"a": ("b",)}),
        ends=turns(9),
        tasks=("task", "again"),
        cannot=CANNOT,
        deviates={"0.2.40": ROUND_GOES_ON},
        ours={"said": [["ana", "task"], ["a", "A1"], ["b", "B1"], ["ana", "again"], ["c", "C1"]]},
    ),
    Case(
        name="graph-and-a-model",
        about="A model chooses among the allowed; where one is allowed it is not asked.",
        agents=TEAM,
        speakers=Chosen(answers=("a", "c"), graph=Graph(after={"a": ("b", "c"), "b": ("a",), "c": ("b",)})),
        ends=turns(4),
    ),
    Case(
        name="graph-forbidden-choice",
        about="The model names one who may not follow, then one who may.",
        agents=TEAM,
        speakers=Chosen(answers=("a", "a", "c"), graph=Graph(after={"a": ("b", "c"), "b": ("a",), "c": ("b",)})),
        ends=turns(2),
        deviates={"0.7.5": "A choice that the graph forbids is never taken; 0.7.5 takes any agent's name."},
    ),
    Case(
        name="graph-no-successor",
        about="A model would choose, but nobody may follow.",
        agents=TEAM,
        speakers=Chosen(answers=("b",), graph=Graph(after={"a": ("b",)})),
        ends=turns(4),
        deviates={"0.7.5": "Where nobody may follow, the conversation ends with that reason; 0.7.5 raises an error."},
    ),
)
