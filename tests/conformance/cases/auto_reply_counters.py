"""How often an agent replies without a person."""

from tests.conformance.case import Agent, Case, Chat, Mode, Reply, proxy, talker, turns
from tests.conformance.cases.reasons import NO_MODES

AUTO = Reply(text="auto", place="after check")
CANNOT = {"0.7.5": NO_MODES}


def boss(limit: int, *people: str, mode: Mode = "NEVER") -> Agent:
    """A stand-in for people that replies so often by itself."""
    return proxy("boss", *people, mode=mode, limit=limit, replies=(AUTO,))


CASES = (
    Case(
        name="limit-never",
        about="NEVER with a limit of two: two automatic replies, then the end.",
        agents=(boss(2), talker("worker")),
        speakers=Chat(),
        cannot=CANNOT,
    ),
    Case(
        name="limit-zero",
        about="A limit of none: it never replies by itself.",
        agents=(boss(0), talker("worker")),
        speakers=Chat(),
        cannot=CANNOT,
    ),
    Case(
        name="limit-reset-by-words",
        about="A person's words let it reply by itself as often again.",
        agents=(boss(1, "more", "exit", mode="TERMINATE"), talker("worker")),
        speakers=Chat(),
        cannot=CANNOT,
    ),
    Case(
        name="limit-of-the-answerer",
        about="Of the two who talk, the one who answers has the smaller limit.",
        agents=(boss(5), talker("worker", limit=1)),
        speakers=Chat(),
        cannot=CANNOT,
        deviates={
            "0.2.40": "Replies are counted for each sender, and the task is the person's, not the first agent's."
        },
        ours={
            "said": [["ana", "task"], ["worker", "WORKER1"], ["boss", "auto"], ["worker", "WORKER2"], ["boss", "auto"]]
        },
    ),
    Case(
        name="limit-reset-by-the-end",
        about="After the end a second task finds the counter at zero.",
        agents=(boss(1), talker("worker")),
        speakers=Chat(),
        tasks=("task", "again"),
        cannot=CANNOT,
    ),
    Case(
        name="limit-in-a-group",
        about="One of three in a round may reply once.",
        agents=(talker("a"), talker("b", limit=1), talker("c")),
        ends=turns(9),
        cannot=CANNOT,
    ),
)
