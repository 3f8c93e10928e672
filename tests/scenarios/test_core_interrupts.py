"""Interrupts: who takes the floor away, when, and what is kept of the turn (P5, P6)."""

import asyncio
from collections.abc import Sequence

import pytest

from agents import Team, assistant, first, mentioned, model_chooses, round_robin
from agents.log.events import Halted, ToolCalled
from agents.log.records import Entry
from agents.ports import Draft, OpenDraft
from agents.runtime.conversation import Conversation
from agents.runtime.family import Family
from agents.runtime.room import open_room
from agents.testing import FakeModel, Gate, Partway, until
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, BOB, LOBBY, Bell, House, Plain, calls, let_others, tool

PAIR = (assistant("planner"), assistant("coder"))
MENTIONED = first(mentioned, round_robin)


async def test_p5_an_addressed_message_in_the_middle_of_the_stream_keeps_the_partial_text_and_chooses_anew():
    gate = Gate()
    house = House(
        Team(agents=PAIR, speakers=MENTIONED),
        models=[Partway(first="The plan is to ", then=gate, rest="do it all."), "Here I am.", "Fine."],
    )
    await house.says("@planner plan it")
    async with house.running():
        await gate.reached.wait()
        await house.says("@coder just do it")
    transcript = await house.transcript()
    partial = next(one for one in transcript.messages if one.by == "agent:planner")
    assert (partial.by, partial.text, partial.partial) == ("agent:planner", "The plan is to ", True)
    assert transcript.floor.past[0].outcome == "interrupted"
    assert transcript.floor.past[0].detail == "Ana spoke up."
    assert (await house.speakers())[:2] == ["planner", "coder"]
    assert ("planner", "The plan is to  [interrupted]") in house.prompts[1]


async def test_p5_whoever_speaks_while_a_speaker_is_being_chosen_is_heard_by_the_choice():
    gate = Gate()
    chooser = FakeModel([Partway(first="plan", then=gate, rest="ner"), "coder", "nobody"])
    house = House(
        Team(agents=PAIR, speakers=model_chooses(model="chooser")),
        models={"chooser": chooser, "default": FakeModel(["Here I am.", "So I need not."])},
    )
    await house.says("plan it")
    async with house.running():
        await gate.reached.wait()
        await house.says("the coder should do it", BOB)
        await let_others()
        gate.open()
    assert (await house.speakers())[0] == "coder"
    assert "the coder should do it" in str(chooser.requests[1].messages)


async def test_p5_an_interrupted_call_is_counted():
    gate = Gate()
    house = House(
        Team(agents=PAIR, speakers=MENTIONED), models=[Partway(first="A" * 400, then=gate, rest="no"), "Yes."]
    )
    await house.says("@planner plan it")
    async with house.running():
        await gate.reached.wait()
        await house.says("@coder just do it")
    usage = (await house.transcript()).floor.past[0].usage
    assert usage is not None
    assert usage.output_tokens == 100
    assert usage.input_tokens > 0


async def test_p5_talk_that_addresses_nobody_does_not_interrupt():
    gate = Gate()
    house = House(
        Team(agents=PAIR[:1]), models=[Partway(first="The plan is ", then=gate, rest="this."), "And to Bob: yes."]
    )
    await house.says("plan it")
    async with house.running():
        await gate.reached.wait()
        await house.says("I am curious", BOB)
        await asyncio.sleep(0)
        gate.open()
    assert await house.talk() == [
        ("Ana", "plan it"),
        ("Bob", "I am curious"),
        ("planner", "The plan is this."),
        ("planner", "And to Bob: yes."),
    ]
    assert await house.outcomes() == ["said", "said"]


async def test_p5_an_addressed_message_waits_for_a_running_tool():
    bell = Bell()
    planner = assistant("planner", tools=[tool("search", "found it", bell=bell)])
    house = House(
        Team(agents=[planner, PAIR[1]], speakers=mentioned), models=[calls(("search", "{}")), "I am here instead."]
    )
    await house.says("@planner look it up")
    async with house.running() as running:
        await bell.rung.wait()
        await house.says("@coder and you?")
        await let_others()
        assert not running.done()
        bell.go_on.set()
    assert await house.returned() == ["found it"]
    assert (await house.outcomes())[0] == "interrupted"
    assert await house.speakers() == ["planner", "coder"]


@pytest.mark.parametrize("verb", ["/stop", "/halt"])
async def test_p5_stop_and_halt_interrupt_at_once_even_a_running_tool(verb: str):
    bell = Bell()
    house = House(
        Team(agents=[assistant("planner", tools=[tool("search", bell=bell)])]), models=[calls(("search", "{}"))]
    )
    await house.says("look it up")
    async with house.running():
        await bell.rung.wait()
        await house.says(verb)
    assert await house.returned() == ["interrupted before it finished"]
    assert await house.outcomes() == ["interrupted"]


async def test_p5_stop_after_an_addressed_message_does_not_wait_for_the_tool_any_more():
    bell = Bell()
    house = House(
        Team(agents=[assistant("planner", tools=[tool("search", bell=bell)])]), models=[calls(("search", "{}"))]
    )
    await house.says("look it up")
    async with house.running():
        await bell.rung.wait()
        await house.says("@planner hurry")
        await asyncio.sleep(0)
        await house.says("/stop")
    assert await house.outcomes() == ["interrupted"]


async def test_p5_stop_counts_though_somebody_speaks_right_after_it():
    gate = Gate()
    house = House(Team(agents=PAIR[:1]), models=[Partway(first="On and ", then=gate, rest="on."), "Yes?"])
    await house.says("talk")
    async with house.running():
        await gate.reached.wait()
        await house.says("/stop")
        await house.says("thanks")
    assert (await house.outcomes())[0] == "interrupted"
    assert (await house.talk())[-1] == ("planner", "Yes?")


async def test_p5_a_second_interrupt_while_the_agent_still_cleans_up_changes_nothing():
    bell, cleaning = Bell(), Bell()

    async def stubborn(turn: Turn) -> Acts:
        try:
            yield Draft(text="I am ")
            await bell.wait()
        finally:
            await cleaning.wait()

    house = House(Team(agents=[Plain("mule", stubborn)]))
    await house.says("go")
    async with house.running():
        await bell.rung.wait()
        await house.says("/stop")
        await cleaning.rung.wait()
        await house.says("/stop")
        await house.says("/halt")
        await let_others()
        cleaning.go_on.set()
    assert await house.outcomes() == ["interrupted"]
    assert (await house.talk())[-1] == ("mule", "I am ")


async def test_p6_a_halt_that_comes_while_the_start_of_the_turn_is_told_stops_it(monkeypatch: pytest.MonkeyPatch):
    house = House(Team(agents=PAIR[:1]), models=["This must not be said."])
    await house.says("go")
    write = house.ports.store.drafts.write

    async def halt_first(draft: OpenDraft) -> None:
        await write(draft)
        await house.ports.store.log.append(draft.room, [Entry(event=Halted(), by=ANA.id)])
        await let_others()

    monkeypatch.setattr(house.ports.store.drafts, "write", halt_first)
    await house.run()
    assert await house.talk() == [("Ana", "go")]
    assert house.model.requests == []
    assert await house.outcomes() == ["interrupted"]


async def test_p5_an_interrupt_never_cuts_through_an_append():
    """What the agent said before its tool started is in the log, whenever the interrupt comes."""
    planner = assistant("planner", tools=[tool("search")])
    answers = [calls(("search", "{}"), text="Let me look."), "Me."]
    house = House(Team(agents=[planner, PAIR[1]], speakers=mentioned), models=answers)
    await house.says("@planner look")
    writing = Bell()

    async def slow(room: str, entries: Sequence[Entry]) -> None:
        if any(isinstance(one.event, ToolCalled) for one in entries):
            await writing.wait()

    house.before_append(slow)
    async with house.running():
        await writing.rung.wait()
        await house.says("@coder stop that")
        await let_others()
        writing.go_on.set()
    assert ("planner", "Let me look.") in await house.talk()
    assert len(await house.called()) == len(await house.returned()) == 1


async def test_p5_the_message_that_a_turn_began_with_does_not_interrupt_it_however_late_its_news_comes():
    gate = Gate()
    house = House(Team(agents=PAIR), models=[Partway(first="On", then=gate, rest="e.")])
    await house.says("@planner plan it")
    room = await open_room(house.ports.store.log, house.ports.store.snapshots, LOBBY)
    binding = house.of(LOBBY)
    assert binding is not None
    family = Family(room, house.ports, (), house.rooms.read)
    conversation = Conversation(
        room, binding, house.ports, family=family, halted_above=lambda: False, rests=lambda: False
    )
    async with asyncio.TaskGroup() as group:
        running = group.create_task(conversation.run())
        await gate.reached.wait()
        conversation.heard(room.transcript.messages)
        gate.open()
        await until(lambda: bool(room.transcript.floor.past))
        running.cancel()
    assert room.transcript.floor.past[0].outcome == "said"
