"""Which of several reply functions answers."""

from tests.conformance.case import Case, Chat, Reply, proxy, talker, turns
from tests.conformance.cases.reasons import NO_CHAIN, NO_EMPTY_WORDS


def chain(name: str, about: str, *replies: Reply) -> Case:
    """An agent with a model and these replies is told something."""
    return Case(
        name=name,
        about=about,
        agents=(talker("a"), talker("b", replies=replies)),
        speakers=Chat(),
        ends=turns(1),
        cannot={"0.7.5": NO_CHAIN},
    )


CASES = (
    chain("reply-newest-first", "The newest is tried first.", Reply(text="old"), Reply(text="new")),
    chain("reply-passes-on", "The newest passes on, the one before answers.", Reply(text="old"), Reply(text=None)),
    chain("reply-all-pass", "All pass on: the model answers.", Reply(text=None), Reply(text=None)),
    chain("reply-before-the-model", "A reply goes before the model.", Reply(text="mine")),
    chain("reply-after-the-model", "At the end of the chain it is not reached.", Reply(text="mine", place="last")),
    chain("reply-never", "A trigger that never fires.", Reply(text="mine", on="never")),
    chain("reply-to-another", "A trigger on another sender.", Reply(text="mine", on="zed")),
    Case(
        name="reply-to-one-agent",
        about="A trigger on the message of one of two agents.",
        agents=(talker("a"), talker("b", replies=(Reply(text="to a", on="a"),))),
        speakers=Chat(),
        ends=turns(3),
        cannot={"0.7.5": NO_CHAIN},
        deviates={"0.2.40": "The task is the person's own; in 0.2.40 it is a message of the first agent."},
        ours={"said": [["ana", "task"], ["b", "B1"], ["a", "A1"], ["b", "to a"]]},
    ),
    Case(
        name="reply-before-the-check",
        about="A reply in front of the check with people answers even what would end.",
        agents=(proxy("boss", mode="NEVER", replies=(Reply(text="not yet"),)), talker("b", "TERMINATE")),
        speakers=Chat(),
        ends=turns(3),
        cannot={"0.7.5": NO_CHAIN},
    ),
    Case(
        name="reply-by-nobody",
        about="Nothing in the chain answers.",
        agents=(proxy("boss", mode="NEVER"), talker("b")),
        speakers=Chat(),
        ends=turns(3),
        cannot={"0.7.5": NO_CHAIN},
        deviates={"0.2.40": NO_EMPTY_WORDS},
        ours={"said": [["ana", "task"], ["b", "B1"]], "stop": "rests"},
    ),
)
