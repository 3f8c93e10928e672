"""A process that dies at any append: nothing is lost, doubled or run twice (P3, P31 in the core, C5, C22)."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from agents import Team, Transcript, assistant, code_runner, first, function_agent, mentioned, said
from agents.log.events import UNKNOWN, Answered, Asked, Said, Stopped, ToolCalled, TurnStarted, TurnTaken
from agents.log.records import Entry, Record
from agents.ports import ModelAnswer, ModelRequest
from agents.testing import FakeSandbox
from tests.stores import with_ports
from tests.unit.house import ANA, House, calls, tool

CODE = "```python\nprint(1)\n```"
RAN = "exitcode: 0 (execution succeeded)\nCode output: 1\n"
STARTED_BEFORE = f"The code was started before, and how it ended is {UNKNOWN}."
TALK = [
    ("Ana", "go"),
    ("planner", "Let me look."),
    ("Ana", "Madrid"),
    ("planner", "Plot Madrid."),
    ("coder", CODE),
    ("runner", RAN),
    ("reviewer", "DONE"),
]


class Dead(BaseException):
    """The process is gone: nothing of it runs any more."""


def plan(request: ModelRequest) -> ModelAnswer | str:
    """What the planner does next, as its prompt tells."""
    results = [message.text for message in request.messages if message.role == "tool"]
    if not results:
        return calls(("search", "{}"), ("fetch", "{}"), text="Let me look.")
    if not any(text.startswith("Ana: ") for text in results):
        return calls(("ask_person", '{"question": "Which city?"}'), prefix="ask")
    return "Plot Madrid."


def follow(transcript: Transcript) -> str | None:
    """Who comes after whom."""
    last = transcript.last
    if last.by == ANA.id or last.text == "Let me look.":
        return "planner"
    return {"agent:planner": "coder", "agent:coder": "runner", "agent:runner": "reviewer"}.get(last.by)


class World:
    """What outlives the process: the store, the sandbox, and what tools have done outside."""

    def __init__(self) -> None:
        self.done: list[str] = []
        team = Team(
            agents=[
                assistant("planner", tools=[self._doing("search"), self._doing("fetch", idempotent=True)]),
                function_agent("coder", lambda transcript: CODE),
                code_runner("runner"),
                function_agent("reviewer", lambda transcript: "DONE"),
            ],
            speakers=first(mentioned, follow),
            termination=said("DONE"),
        )
        self.house = House(team, models=plan, sandbox=FakeSandbox(lambda block: "1\n"))
        self.appends = 0
        self._healthy = self.house.ports.store.log

    def _doing(self, name: str, *, idempotent: bool = False):
        def run(arguments: str) -> str:
            self.done.append(name)
            return f"{name} done"

        return tool(name, run, idempotent=idempotent)

    def mortal(self, at: int, *, written: bool) -> None:
        """The process dies at that append, just before or just after it is written."""
        dead = False

        async def die(room: str, entries: Sequence[Entry]) -> None:
            nonlocal dead
            self.appends += 1
            if self.appends == at and written:
                dead = True
                await self._healthy.append(room, entries)
            if dead or self.appends == at:
                dead = True
                raise Dead

        self.house.before_append(die)

    def reborn(self) -> None:
        """Another process over the same store."""
        store = with_ports(self.house.ports.store, log=self._healthy)
        self.house.ports = replace(self.house.ports, store=store)
        self.house.restart()

    async def play(self) -> None:
        """Everything that happens from outside, delivered again by whoever was not answered."""
        await self.house.enter(Said(text="go"), source="web:go")
        await self.house.run()
        asked = [one.seq for one in (await self.house.transcript()).questions]
        if asked:
            await self.house.enter(Answered(question=asked[0], text="Madrid"), source="web:answer")
        await self.house.run()


async def test_without_a_crash_the_conversation_is_told_once():
    world = World()
    world.mortal(0, written=False)
    await world.play()
    assert await world.house.talk() == TALK
    assert world.done == ["search", "fetch"]
    assert world.appends <= 25, "the test below dies at each of 25 appends"


@pytest.mark.parametrize("written", [False, True], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("at", range(1, 26))
async def test_a_process_that_dies_at_an_append_loses_doubles_and_repeats_nothing(at: int, written: bool):
    world = World()
    world.mortal(at, written=written)
    try:
        await world.play()
    except* Dead:
        world.reborn()
        await world.play()
    talk = [(name, RAN if text == STARTED_BEFORE else text) for name, text in await world.house.talk()]
    assert talk == TALK
    assert _closed(await world.house.log())
    assert world.done.count("search") <= 1
    assert world.done.count("fetch") <= 2
    assert isinstance(world.house.ports.sandbox, FakeSandbox)
    assert len(world.house.ports.sandbox.runs) <= 1
    starts = [one.call for one in await world.house.events(ToolCalled) if isinstance(one, ToolCalled)]
    assert all(starts.count(call) == 1 or call == "call-2" for call in starts)
    assert len(await world.house.events(Asked)) == 1
    assert len(await world.house.events(Stopped)) == 1


def _closed(log: Sequence[Record]) -> bool:
    """Whether every turn was ended before the next one began."""
    kinds = [type(record.event) for record in log if isinstance(record.event, TurnStarted | TurnTaken)]
    return kinds == [TurnStarted, TurnTaken] * (len(kinds) // 2)
