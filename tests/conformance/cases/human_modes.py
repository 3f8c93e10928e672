"""When people are asked, and what their answers do: nothing, ``exit``, or words."""

from tests.conformance.case import Case, Chat, Chosen, Mode, Reply, messages, proxy, talker, turns
from tests.conformance.cases.reasons import NO_MODES

AUTO = Reply(text="auto", place="after check")
ENDS = "TERMINATE"


def mode(
    name: str,
    about: str,
    mode: Mode,
    *people: str,
    says: tuple[str, ...] = (),
    limit: int | None = None,
) -> Case:
    """A boss, whom people speak for in that mode, and a worker who says something to it."""
    return Case(
        name=name,
        about=about,
        agents=(proxy("boss", *people, mode=mode, limit=limit, replies=(AUTO,)), talker("worker", *says)),
        speakers=Chat(),
        cannot={"0.7.5": NO_MODES},
    )


CASES = (
    mode("always-nothing", "ALWAYS: nothing lets it reply by itself.", "ALWAYS", "", "exit"),
    mode("always-exit", "ALWAYS: exit ends.", "ALWAYS", "exit"),
    mode("always-words", "ALWAYS: words are its reply.", "ALWAYS", "shorter", "exit"),
    mode("always-end-nothing", "ALWAYS, and the message would end: nothing ends.", "ALWAYS", "", says=(ENDS,)),
    mode("always-end-exit", "ALWAYS, and the message would end: exit ends.", "ALWAYS", "exit", says=(ENDS,)),
    mode("always-end-words", "ALWAYS, and the message would end: words go on.", "ALWAYS", "more", "exit", says=(ENDS,)),
    mode("terminate-usual", "TERMINATE: nobody is asked at a usual message.", "TERMINATE", "exit", says=("hi", ENDS)),
    mode("terminate-end-nothing", "TERMINATE: asked at the end, nothing ends.", "TERMINATE", "", says=(ENDS,)),
    mode("terminate-end-exit", "TERMINATE: asked at the end, exit ends.", "TERMINATE", "exit", says=(ENDS,)),
    mode(
        "terminate-end-words",
        "TERMINATE: asked at the end, words go on.",
        "TERMINATE",
        "more",
        "exit",
        says=(ENDS, ENDS),
    ),
    mode(
        "terminate-limit-nothing", "TERMINATE: asked at the limit, nothing goes on.", "TERMINATE", "", "exit", limit=1
    ),
    mode("terminate-limit-exit", "TERMINATE: asked at the limit, exit ends.", "TERMINATE", "exit", limit=1),
    mode("terminate-limit-words", "TERMINATE: asked at the limit, words go on.", "TERMINATE", "more", "exit", limit=1),
    mode("never-usual", "NEVER: nobody is asked.", "NEVER", says=("hi", ENDS)),
    mode("never-end", "NEVER: the message ends it.", "NEVER", says=(ENDS,)),
    Case(
        name="model-with-people",
        about="An agent with a model, in mode ALWAYS: nothing lets the model speak, words stand for it.",
        agents=(talker("a"), talker("b", mode="ALWAYS", people=("", "words", "exit"))),
        speakers=Chat(),
        cannot={"0.7.5": NO_MODES},
    ),
    Case(
        name="person-in-a-round",
        about="A stand-in for people between two agents: the round waits for the person and goes on with the words.",
        agents=(talker("writer"), proxy("boss", "shorter"), talker("critic")),
        ends=messages(5),
        reads=("critic",),
    ),
    Case(
        name="person-in-a-limit",
        about="A limit of two turns in which a person speaks for an agent.",
        agents=(talker("writer"), proxy("boss", "shorter", "more")),
        ends=turns(2),
    ),
    Case(
        name="person-does-not-answer",
        about="A stand-in for people between two agents, and nobody answers: nobody speaks meanwhile.",
        agents=(talker("writer"), proxy("boss"), talker("critic")),
        ends=messages(6),
    ),
    Case(
        name="person-is-chosen",
        about="A model lets a stand-in for people speak, then an agent.",
        agents=(talker("a"), proxy("boss", "words")),
        speakers=Chosen(answers=("boss", "a")),
        ends=turns(2),
        reads=("a",),
    ),
)
