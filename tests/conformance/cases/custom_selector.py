"""A function chooses who speaks."""

from tests.conformance.case import Case, Table, talker, turns

TEAM = (talker("a"), talker("b"), talker("c"))
ENDS = "None ends the turn-taking, as in 0.2.40; a model is asked where the function says 'auto'."
NO_WAYS = "Its function names agents only."

CASES = (
    Case(
        name="function-names-agents",
        about="The function follows a table.",
        agents=TEAM,
        speakers=Table(after={"ana": "b", "b": "a", "a": "c", "c": "b"}),
        ends=turns(5),
        reads=("c",),
    ),
    Case(
        name="function-says-none",
        about="The function says None.",
        agents=TEAM,
        speakers=Table(after={"ana": "b", "b": None}, answers=("a", "c")),
        ends=turns(3),
        deviates={"0.7.5": ENDS},
    ),
    Case(
        name="function-says-none-at-once",
        about="The function says None over the task.",
        agents=TEAM,
        speakers=Table(after={"ana": None}, answers=("a",)),
        ends=turns(1),
        deviates={"0.7.5": ENDS},
    ),
    Case(
        name="function-says-auto",
        about="The function leaves it to a model.",
        agents=TEAM,
        speakers=Table(after={"ana": "b", "b": "auto"}, answers=("c",)),
        ends=turns(2),
        cannot={"0.7.5": NO_WAYS},
    ),
    Case(
        name="function-says-round-robin",
        about="The function leaves it to the round.",
        agents=TEAM,
        speakers=Table(after={"ana": "b", "b": "round_robin", "c": "round_robin"}),
        ends=turns(3),
        cannot={"0.7.5": NO_WAYS},
    ),
    Case(
        name="function-names-the-last",
        about="The function lets the same agent go on.",
        agents=TEAM,
        speakers=Table(after={"ana": "a", "a": "a"}),
        ends=turns(3),
    ),
    Case(
        name="function-names-a-stranger",
        about="The function names nobody of the team: an error, not silence.",
        agents=TEAM,
        speakers=Table(after={"ana": "a", "a": "zed"}),
        ends=turns(3),
    ),
    Case(
        name="function-is-async",
        about="The function is a coroutine.",
        agents=TEAM,
        speakers=Table(after={"ana": "c", "c": "a"}, awaited=True),
        ends=turns(2),
        cannot={"0.2.40": "Its function is a plain one."},
    ),
)
