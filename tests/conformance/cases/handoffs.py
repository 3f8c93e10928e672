"""An agent gives the floor to another."""

from tests.conformance.case import Case, End, Handoffs, talker, turns
from tests.conformance.cases.reasons import NO_HANDOFF

CANNOT = {"0.2.40": NO_HANDOFF}
ALICE = talker("alice", "-> bob", hands_to=("bob",))
BOB = talker("bob", "-> alice", hands_to=("alice",))

CASES = (
    Case(
        name="handoff-there",
        about="The floor goes where it was handed.",
        agents=(ALICE, talker("bob")),
        speakers=Handoffs(),
        ends=turns(2),
        cannot=CANNOT,
        reads=("bob",),
    ),
    Case(
        name="handoff-and-back",
        about="And back again.",
        agents=(ALICE, BOB),
        speakers=Handoffs(),
        ends=turns(3),
        cannot=CANNOT,
    ),
    Case(
        name="handoff-ends",
        about="A handoff to one agent ends it.",
        agents=(ALICE, BOB),
        speakers=Handoffs(),
        ends=End(kind="handoff", of="alice"),
        cannot=CANNOT,
    ),
    Case(
        name="handoff-to-the-person",
        about="A handoff to the person ends the run; what the person says goes to whoever handed over.",
        agents=(talker("alice", "-> ana", hands_to=("ana",)), talker("bob")),
        speakers=Handoffs(),
        ends=End(kind="handoff", of="ana") | turns(1),
        tasks=("task", "again"),
        deviates={
            "0.7.5": "A person answers in plain words; 0.7.5 raises an error for anything but a handoff message."
        },
        ours={"said": [["ana", "task"], ["alice", "-> ana"], ["ana", "again"], ["alice", "ALICE2"]]},
        cannot=CANNOT,
    ),
    Case(
        name="handoff-to-two",
        about="Two handoffs at once: the first one counts.",
        agents=(talker("alice", "-> bob & carl", hands_to=("bob", "carl")), talker("bob"), talker("carl")),
        speakers=Handoffs(),
        ends=turns(2),
        cannot=CANNOT,
    ),
    Case(
        name="handoff-to-nobody",
        about="The one who has the floor speaks and does not hand over.",
        agents=(talker("alice", hands_to=("bob",)), talker("bob")),
        speakers=Handoffs(),
        ends=turns(3),
        cannot=CANNOT,
        deviates={"0.7.5": "Whoever has answered has nothing new to answer: the room rests until somebody writes."},
        ours={"said": [["ana", "task"], ["alice", "ALICE1"]], "stop": "rests"},
    ),
)
