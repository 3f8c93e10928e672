"""Endings that are joined."""

from tests.conformance.case import Case, End, messages, talker, text, turns
from tests.conformance.cases.reasons import NO_AND

A, B, C = talker("a"), talker("b"), talker("c")
CANNOT = {"0.2.40": NO_AND}

CASES = (
    Case(
        name="either-the-word",
        about="A word or a limit: the word comes first.",
        agents=(A, talker("b", "DONE")),
        ends=text("DONE") | messages(6),
    ),
    Case(
        name="either-the-limit",
        about="A word or a limit: the limit comes first.",
        agents=(A, talker("b", "B1", "DONE")),
        ends=text("DONE") | messages(4),
    ),
    Case(
        name="either-at-once",
        about="Both hold at the same message: both are told as the reason.",
        agents=(A, talker("b", "DONE")),
        ends=text("DONE") | messages(3),
    ),
    Case(
        name="both-words",
        about="Two words are needed; the first one counts although it was said earlier.",
        agents=(talker("a", "TESTED"), B, talker("c", "APPROVED")),
        ends=(text("TESTED") & text("APPROVED")) | turns(6),
        cannot=CANNOT,
    ),
    Case(
        name="both-in-the-other-order",
        about="Two words are needed, in whatever order.",
        agents=(talker("a", "APPROVED"), B, talker("c", "TESTED")),
        ends=(text("TESTED") & text("APPROVED")) | turns(6),
        cannot=CANNOT,
    ),
    Case(
        name="both-in-one-message",
        about="One word and a number of messages, at the same time.",
        agents=(A, talker("b", "DONE"), C),
        ends=text("DONE") & messages(3),
        cannot=CANNOT,
    ),
    Case(
        name="both-and-only-one",
        about="Only one of two words is ever said: the limit ends it.",
        agents=(talker("a", "TESTED"), B),
        ends=(text("TESTED") & text("APPROVED")) | messages(5),
        cannot=CANNOT,
    ),
    Case(
        name="both-by-sources",
        about="Two agents have to agree.",
        agents=(talker("a", "YES"), talker("b", "NO", "YES"), C),
        ends=(text("YES", by="a") & text("YES", by="b")) | turns(9),
        cannot=CANNOT,
    ),
    Case(
        name="last-speaker",
        about="It ends when the critic has spoken.",
        agents=(A, B, talker("critic")),
        ends=End(kind="speaker", of="critic"),
        cannot={"0.2.40": "Who spoke is not among what its endings look at."},
    ),
    Case(
        name="either-of-three",
        about="Three alternatives.",
        agents=(A, talker("b", "STOP"), C),
        ends=text("DONE") | text("STOP") | messages(9),
    ),
    Case(
        name="both-again",
        about="What was said for the first task does not count for the second.",
        agents=(talker("a", "TESTED"), talker("b", "APPROVED", "APPROVED")),
        ends=(text("TESTED") & text("APPROVED")) | turns(3),
        tasks=("task", "again"),
        cannot=CANNOT,
    ),
)
