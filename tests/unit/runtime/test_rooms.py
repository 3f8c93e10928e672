"""Rooms of one process: run, paused after a bug, tried again after a failing store (P6, P42, C33)."""

import asyncio
import re

import pytest
from msgspec.structs import replace

from agents import Limits, Team, assistant
from agents.errors import StoreFailed
from agents.log.events import Asked, Halted, Pending, Said, Stopped, TurnStarted
from agents.log.participants import Profile
from agents.log.records import Entry
from agents.ports import OpenDraft, Slept
from agents.runtime.rooms import ROOMS_KEPT
from agents.team.binding import Binding
from agents.testing import Gate, Partway
from agents.turn.turn import Acts, Turn
from tests.stores import with_ports
from tests.unit.house import ANA, BOB, LOBBY, Bell, House, Plain, asking, let_others, says


def buggy(name: str = "buggy") -> Plain:
    async def acts(turn: Turn) -> Acts:
        raise ZeroDivisionError("secret detail")
        yield

    return Plain(name, acts)


async def test_a_room_without_a_team_sleeps():
    house = House()
    await house.ports.store.log.append(LOBBY, [Entry(event=Said(text="hi"), by=ANA.id)])
    assert await house.run() == Slept(upto=1)


async def test_a_bug_in_an_agent_pauses_its_room_with_one_sentence_and_other_rooms_go_on():
    house = House(Team(agents=[buggy()]))
    house.bind("web:other", Team(agents=[says("fine", "Fine.")]))
    await house.says("go")
    await house.says("go", room="web:other")
    await house.run()
    await house.run("web:other")
    (reason,) = await house.stops()
    where = re.sub(r"\d+", "N", reason)
    assert where == (
        "The function acts (test_rooms.py, line N) failed with ZeroDivisionError, which stopped the conversation; "
        "the log has the details."
    )
    assert await house.talk("web:other") == [("Ana", "go"), ("fine", "Fine.")]


async def test_a_bug_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture):
    house = House(Team(agents=[buggy()]))
    await house.says("go")
    await house.run()
    assert "secret detail" in caplog.text


async def test_a_paused_room_tries_again_with_the_next_message_of_a_person():
    house = House(Team(agents=[buggy()]))
    for text in ("go", "go on"):
        await house.says(text)
        await house.run()
        await house.run()
    assert await house.outcomes() == ["crashed", "crashed"]
    assert not (await house.transcript()).halted


async def test_a_second_bug_at_the_same_message_halts_the_room():
    approval = Pending(call="c", tool="t", arguments="{}", digest="d")

    async def acts(turn: Turn) -> Acts:
        if turn.answers:
            raise ZeroDivisionError
        for text in ("One?", "Two?"):
            yield Asked(text=text, kind="approval", options=("Approve", "Reject"), pending=approval)

    house = House(Team(agents=[Plain("buggy", acts)]))
    await house.says("go")
    await house.run()
    one, two = (await house.transcript()).open_questions
    for question in (one, two):
        await house.answers(question.seq, option="Reject")
        await house.run()
    (halted,) = await house.events(Halted)
    assert isinstance(halted, Halted)
    assert "ZeroDivisionError" in halted.reason
    await house.says("hello?")
    await house.run()
    assert await house.outcomes() == ["asked", "crashed", "crashed"]


async def test_a_bug_in_a_halted_room_is_not_told_again():
    class Faceless:
        @property
        def profile(self) -> Profile:
            if house.broken:  # type: ignore[attr-defined]
                raise ZeroDivisionError
            return Profile(id="agent:faceless", name="faceless")

        async def act(self, turn: Turn) -> Acts:
            yield Said(text="Hi.")

    house = House()
    house.broken = False  # type: ignore[attr-defined]
    house.bind(LOBBY, Team(agents=[Faceless()]))
    said = [Entry(event=event, by=ANA.id) for event in (Said(text="hi"), Halted())]
    await house.ports.store.log.append(LOBBY, said)
    house.broken = True  # type: ignore[attr-defined]
    for _ in range(3):
        await house.run()
    assert len(await house.log()) == 2


@pytest.mark.parametrize("failing", ["append", "read"])
async def test_a_failing_store_is_tried_again_later_and_nothing_is_lost(failing: str):
    house = House(Team(agents=[says("planner", "Hi.")]))
    await house.says("go")
    healthy = house.ports

    async def fail(*args: object, **more: object) -> None:
        raise StoreFailed("The disk is full; free some space.")

    house.before_append(fail)
    if failing == "read":
        house.ports.store.log.read = fail  # type: ignore[method-assign]
    slept = await house.run()
    assert slept == Slept(upto=0, wake_at=house.clock.now() + 5.0)
    house.ports = healthy
    house.restart()
    await house.run()
    assert await house.talk() == [("Ana", "go"), ("planner", "Hi.")]


async def test_a_store_that_fails_for_the_listener_ends_the_run_and_the_turn_is_taken_again():
    gate = Gate()
    house = House(Team(agents=[assistant("planner")]), models=[Partway(first="On and ", then=gate, rest="on"), "Fine."])
    await house.says("go")
    read = house.ports.store.log.read

    async def fail(*args: object, **more: object) -> None:
        raise StoreFailed("The disk is gone.")

    async with house.running() as running:
        await gate.reached.wait()
        house.ports.store.log.read = fail  # type: ignore[method-assign]
        await house.ports.store.log.append(LOBBY, [Entry(event=Said(text="and?"), by=BOB.id)])
    house.ports.store.log.read = read  # type: ignore[method-assign]
    assert running.result().upto == 0
    await house.run()
    assert await house.outcomes() == ["said"]
    assert await house.talk() == [("Ana", "go"), ("bob", "and?"), ("planner", "Fine.")]


async def test_a_message_that_comes_while_a_policy_decides_is_dealt_with_by_the_same_run():
    bell = Bell()
    asked: list[int] = []

    async def chooses(transcript: object) -> str | None:
        asked.append(1)
        if len(asked) == 1:
            await bell.wait()
            return None
        return "planner"

    house = House(Team(agents=[says("planner", "Hi.")], speakers=chooses))
    await house.says("one")
    async with house.running() as running:
        await bell.rung.wait()
        await house.says("two")
        await let_others()
        bell.go_on.set()
    assert await house.talk() == [("Ana", "one"), ("Ana", "two"), ("planner", "Hi.")]
    assert running.result().upto == (await house.transcript()).seq


async def test_what_comes_after_the_last_step_is_not_called_dealt_with():
    """A message that the room holds, because somebody looked at it, is still due."""
    house = House(Team(agents=[says("planner", *["Hi."] * 40)], limits=Limits(agent_turns_without_a_person=10**6)))
    room_snapshots = house.ports.store.snapshots

    class Late:
        load = room_snapshots.load

        async def save(self, room: str, seq: int, body: str) -> None:
            await house.says("late")

    house.ports = replace(house.ports, store=with_ports(house.ports.store, snapshots=Late()))
    house.restart()
    for number in range(70):
        await house.says(f"{number}")
    slept = Slept(upto=0)
    while ("Ana", "late") not in await house.talk():
        slept = await house.run()
        await house.says("more")
    late = next(one.seq for one in (await house.transcript()).messages if one.text == "late")
    assert slept.upto < late


async def test_rooms_that_are_not_used_leave_memory():
    house = House()
    for number in range(ROOMS_KEPT + 3):
        await house.rooms.read(f"web:{number}")
    await house.rooms.read("web:5")
    assert house.rooms.remembered("web:2") is None
    assert house.rooms.remembered("web:3") is not None
    assert len(house.rooms.recent()) == ROOMS_KEPT
    assert house.rooms.recent()[-2:] == (f"web:{ROOMS_KEPT + 2}", "web:5")


async def test_what_a_judge_said_is_known_after_a_restart_too():
    house = House(Binding(team=Team(agents=[says("planner")]), attention="judged"), models=lambda request: "no")
    await house.hears("nice weather")
    house.restart()
    await house.run()
    assert len(house.model.requests) == 1


async def test_p6_halted_rooms_look_one_after_another_whether_they_may_go_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agents.runtime.rooms.LOOKS_APART", 8.0)
    monkeypatch.setattr("agents.runtime.rooms.LOOKS_WITHIN", 70.0)
    house = House()
    await house.says("/halt everything")
    looks: list[float | None] = []
    for number in range(4):
        house.bind(f"web:{number}", Team(agents=[says("planner", "Hi.")]))
        await house.says("hello", room=f"web:{number}")
        slept = await house.run(f"web:{number}")
        looks.append(slept.wake_at and slept.wake_at - house.clock.now())
    assert looks == [60, 68, 70, 70]


async def test_p6_a_halted_room_sleeps_until_the_time_for_an_answer_is_up():
    house = House()
    house.bind(LOBBY, Team(agents=[asking(Asked(text="Which?", deadline=house.clock.now() + 3600))]))
    await house.hears("go")
    await house.says("/halt")
    assert (await house.run()).wake_at == house.clock.now() + 3600


async def test_c33_one_team_in_two_rooms_at_once_shares_nothing():
    gates = {"web:one": Gate(), "web:two": Gate()}

    def answer(request: object) -> Partway:
        room = "web:one" if "in one" in str(request) else "web:two"
        return Partway(first=f"I am {room}", then=gates[room], rest=".")

    team = Team(agents=[assistant("planner")])
    house = House(models=answer)
    for room in gates:
        house.bind(room, team)
        await house.says(f"hello in {room[4:]}", room=room)
    async with house.running("web:one"), house.running("web:two"):
        for gate in gates.values():
            await gate.reached.wait()
        for gate in gates.values():
            gate.open()
    for room in gates:
        assert await house.talk(room) == [("Ana", f"hello in {room[4:]}"), ("planner", f"I am {room}.")]
    assert sorted(len(request.messages) for request in house.model.requests) == [2, 2]


async def test_p42_equal_channels_of_two_workspaces_do_not_mix():
    house = House(models=lambda request: f"{len(request.messages)} messages")
    team = Team(agents=[assistant("planner")], limits=Limits(usd_per_day=1.0))
    for room in ("slack:T1/C1", "slack:T2/C1"):
        house.bind(room, team)
    assert await house.hears("secret", room="slack:T1/C1") == [("planner", "2 messages")]
    assert await house.hears("hello", room="slack:T2/C1") == [("planner", "2 messages")]
    assert "secret" not in str(house.prompts[1])
    await house.says("/halt workspace", room="slack:T1/C1")
    assert await house.rooms.halted("slack:T1/C1")
    assert await house.rooms.halted("slack:T1/C2")
    assert not await house.rooms.halted("slack:T2/C1")


async def test_a_drained_house_lets_the_turn_end_and_gives_the_floor_to_nobody_else():
    gate = Gate()
    house = House(
        Team(agents=[assistant("planner"), assistant("coder")]), models=[Partway(first="A", then=gate, rest="B")]
    )
    await house.says("go")
    async with house.running() as running, asyncio.TaskGroup() as group:
        await gate.reached.wait()
        drained = group.create_task(house.rooms.drain(10.0))
        await let_others()
        gate.open()
    assert drained.result() is True
    assert running.result() == Slept(upto=0)
    assert await house.outcomes() == ["said"]
    assert await house.rooms.drain(10.0) is True


async def test_draining_ends_in_time_though_a_turn_does_not():
    gate = Gate()
    house = House(Team(agents=[assistant("planner")]), models=[Partway(first="A", then=gate)])
    await house.says("go")
    async with house.running():
        await gate.reached.wait()
        assert await house.rooms.drain(0.01) is False
        gate.open()


async def test_rooms_say_which_agents_a_room_has():
    house = House(Team(agents=[says("planner"), says("coder")]))
    assert [profile.name for profile in house.rooms.team(LOBBY)] == ["planner", "coder"]
    assert house.rooms.team("web:other") == ()


async def test_a_cancelled_run_leaves_the_turn_to_the_next_one():
    gate = Gate()
    house = House(Team(agents=[assistant("planner")]), models=[Partway(first="On and ", then=gate), "Again."])
    await house.says("go")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(house.run())
        await gate.reached.wait()
        running.cancel()
    assert await house.events(TurnStarted) == []
    house.restart()
    await house.run()
    assert await house.outcomes() == ["said"]
    assert not await house.events(Stopped)


@pytest.mark.parametrize("end", ["a bug", "no team"])
async def test_the_draft_of_a_turn_that_was_lost_is_gone_however_the_run_ends(end: str):
    def fails(transcript: object) -> str:
        raise RuntimeError("a bug")

    house = House(Team(agents=[says("planner")], speakers=fails) if end == "a bug" else None)
    await house.says("go")
    lost = OpenDraft(room=LOBBY, started=TurnStarted(speaker="agent:planner", upto=1, rung=""))
    await house.ports.store.drafts.write(lost)
    await house.run()
    assert await house.ports.store.drafts.read(LOBBY) is None


async def test_the_draft_of_a_turn_that_was_lost_is_gone_when_the_room_sleeps():
    gate = Gate()
    house = House(Team(agents=[assistant("planner")]), models=[Partway(first="On and ", then=gate)])
    await house.says("go")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(house.run())
        await gate.reached.wait()
        running.cancel()
    draft = await house.ports.store.drafts.read(LOBBY)
    assert draft is not None
    assert draft.started.speaker == "agent:planner"
    await house.says("/stop")
    house.restart()
    await house.run()
    assert await house.ports.store.drafts.read(LOBBY) is None
    assert await house.events(TurnStarted) == []


async def test_of_each_room_there_is_one_whoever_opens_it_at_the_same_time():
    house = House(Team(agents=[says("planner", "Hi.")]))
    await house.says("hello")
    house.restart()
    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(house.rooms.read(LOBBY)) for _ in range(3)]
    assert house.rooms.recent() == (LOBBY,)
    assert all(task.result() is house.rooms.remembered(LOBBY) for task in reading)
