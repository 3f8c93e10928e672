"""Teams that need no model, for houses that stand in front of a fake Slack."""

import asyncio

from agents import Team, Transcript, first, function_agent, max_turns, mentioned, round_robin
from agents.budget.limits import Limits
from agents.log.code_blocks import RUN_CODE, CodeBlock, to_arguments
from agents.log.events import Asked, Pending, Said
from agents.log.participants import Profile, is_person
from agents.ports import Draft
from agents.runtime.moderator import DRAFT_SECONDS
from agents.turn.approvals import OPTIONS
from agents.turn.model_reply import Thinking, introduction
from agents.turn.turn import Acts, Turn
from tests.unit.house import Plain


def _planner_answers_people(room: Transcript) -> str | None:
    return "planner" if is_person(room.last.by) else None


echo = Team(
    name="echo",
    agents=[
        function_agent("planner", lambda room: f"You said: {room.last.text}", avatar=":compass:"),
        function_agent("coder", lambda room: f"Coded: {room.last.text}", avatar=":computer:"),
    ],
    speakers=first(mentioned, _planner_answers_people),
)
"""Whoever is addressed repeats what was said; else the planner does, once."""


class Faced(Plain):
    """A plain agent with a face."""

    @property
    def profile(self) -> Profile:
        return Profile(id=f"agent:{self.name}", name=self.name, avatar=":robot_face:")


def _asks(question: Asked) -> Team:
    async def acts(turn: Turn) -> Acts:
        for answered in turn.answers:
            assert answered.answer is not None
            yield Said(text=f"Heard {answered.answer.words!r}.")
            return
        if not turn.transcript.open_questions:
            yield question

    return Team(name="asks", agents=[Faced("asker", acts)], termination=max_turns(3))


approving = _asks(Asked(text="May I run this?", kind="approval", options=("Approve", "Reject")))
asking = _asks(Asked(text="Which city?", options=("Madrid", "Lisbon")))


class Gate:
    """Lets a growing text wait until a test has seen it."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()


gate = Gate()


async def _grows(turn: Turn) -> Acts:
    yield Draft(text="This ")
    await asyncio.sleep(2 * DRAFT_SECONDS)
    yield Draft(text="This is a long beginning of an answer that grows ")
    gate.reached.set()
    await gate.go_on.wait()
    yield Said(text="This is a long beginning of an answer that grows and ends.")


growing = Team(name="growing", agents=[Faced("writer", _grows)], termination=max_turns(1))


def _code(code: str) -> Asked:
    arguments = to_arguments((CodeBlock(language="python", code=code),))
    waiting = Pending(call="c1", tool=RUN_CODE, arguments=arguments, digest="0" * 64)
    return Asked(text="May I run this?", kind="approval", options=OPTIONS, pending=waiting)


coding_edits = _asks(_code("print(1)\n"))
coding_much = _asks(_code("print(1)\n" * 400))
tooling = _asks(
    Asked(
        text="May I send this?",
        kind="approval",
        options=OPTIONS,
        pending=Pending(call="c2", tool="send", arguments='{"to": "all"}', digest="0" * 64),
    )
)
"""An approver may change what they ask about."""


def _goes_on(room: Transcript) -> str:
    return f"planner: and what do you say to number {len(room.messages)}?"


chatty = Team(
    name="chatty", agents=[function_agent("planner", _goes_on)], speakers=first(mentioned, _planner_answers_people)
)
"""Whoever says anything gets a question back, which addresses a planner: theirs, if they have one."""


CROWD = tuple(f"agent{number:02}" for number in range(1, 21))

crowd = Team(
    name="crowd",
    agents=[function_agent(name, lambda room, name=name: f"{name} is here.", avatar=":ant:") for name in CROWD],
    speakers=mentioned,
    limits=Limits(agent_turns_without_a_person=30),
)
"""Twenty agents; whoever is addressed says so."""

EPIC = "\n\n".join(f"Sentence number {number} of a long story." for number in range(1_100))
"""Some 40,000 characters."""

narrating = Team(name="narrating", agents=[function_agent("narrator", lambda room: EPIC)], speakers=round_robin)


async def _reads(turn: Turn) -> Acts:
    if is_person(turn.transcript.last.by):
        words = "\n".join(f"{one.name}: {one.text}" for one in turn.prompt())
        yield Said(text=f"{introduction(turn, Thinking())}\n{words}")


reading = Team(name="reading", agents=[Faced("reader", _reads)], speakers=first(mentioned, round_robin))
"""The reader repeats what its model would read."""
