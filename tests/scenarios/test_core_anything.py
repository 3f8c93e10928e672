"""Whatever people and agents do, in any order: the room falls asleep, tells the truth, and survives restarts."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from agents import Limits, Team, first, handed_over, max_turns, mentioned, round_robin
from agents.errors import TertuliaError
from agents.log.events import Asked, Said, Stopped, ToolCalled, ToolReturned, TurnStarted, TurnTaken
from agents.log.participants import agent_id
from agents.log.records import Record, to_json
from agents.team.attention import Attention
from agents.team.binding import Binding
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, BOB, LOBBY, House, Plain

Action: TypeAlias = tuple[str, int]

TEXTS = ("hello", "@a please", "@b and @c", "@bob lunch?", "c, your turn", "/stop", "/halt", "/resume", "/reset")
ACTIONS = st.tuples(st.sampled_from(("say", "answer", "edit", "delete", "away", "back", "late")), st.integers(0, 40))


def moody(name: str, mood: int) -> Plain:
    """An agent that does a different thing each time, but the same at the same place of the log."""

    async def acts(turn: Turn) -> Acts:
        here = turn.transcript.seq * 7 + mood
        call = f"{name}-{turn.seq}"
        for answered in turn.answers:
            yield Said(text=f"{answered.answer.words if answered.answer else ''}?")
        match here % 8:
            case 0:
                yield Said(text="word")
            case 1:
                yield Said(text="one")
                yield ToolCalled(call=call, tool="t", arguments="{}")
                yield ToolReturned(call=call, output="o", exit_code=None, files=())
            case 2:
                yield Asked(text="Which?", options=("red", "blue"), deadline=turn.ports.clock.now() + 60)
            case 3:
                yield Said(text="over", handoff=agent_id("abc"[here % 3]))
            case 4:
                yield Stopped(reason="Enough.")
            case 5:
                yield Asked(text="May I?", of=(ANA.id,), on_deadline="stop")
            case _:
                pass

    return Plain(name, acts)


def house_of(mood: int, attention: Attention) -> House:
    team = Team(
        agents=[moody(name, mood + number) for number, name in enumerate("abc")],
        speakers=first(mentioned, handed_over, round_robin),
        termination=max_turns(7),
        limits=Limits(agent_turns_without_a_person=4),
    )
    return House(Binding(team=team, attention=attention))


async def do(house: House, action: Action, number: int) -> None:
    """A person acts; what cannot be done is refused and changes nothing."""
    kind, n = action
    person = (ANA, BOB)[n % 2]
    transcript = await house.transcript()
    before = await house.log()
    try:
        match kind:
            case "answer" if transcript.questions:
                question = transcript.questions[n % len(transcript.questions)]
                await house.answers(question.seq, option="red" if n % 3 else None, by=person)
            case "edit":
                await house.edits(n, f"@b edited {number}", person)
            case "delete":
                await house.deletes(n, person)
            case "away" | "back":
                await house.says(f"/agents {'leave' if kind == 'away' else 'join'} {'abc'[n % 3]}")
            case "late":
                house.clock.advance(45)
            case _:
                await house.says(TEXTS[n % len(TEXTS)], person)
    except TertuliaError:
        assert await house.log() == before


async def play(house: House, actions: Sequence[Action], *, restarts: bool) -> list[str]:
    for number, action in enumerate(actions):
        await do(house, action, number)
        if restarts:
            house.restart()
        await house.run()
        await check(house)
    return [to_json(record) for record in await house.log()]


async def check(house: House) -> None:
    """What is true of every room that sleeps."""
    transcript, log = await house.transcript(), await house.log()
    assert transcript.floor.turn is None
    assert len(log) < 2_000
    assert _turns(log) == [TurnStarted, TurnTaken] * (len(_turns(log)) // 2)
    paused = transcript.halted or transcript.stopped is not None
    waits = any(one.by == "system" for one in transcript.open_questions)
    if not paused and not waits:
        team = {agent_id(name) for name in "abc"} & transcript.present.keys()
        for message in transcript.open_messages:
            if message.seq <= transcript.exchange.start:
                continue  # a stop came in between
            assert not team & {one for one in message.addressed if transcript.floor.heard.get(one, 0) < message.seq}


def _turns(log: Sequence[Record]) -> list[type]:
    return [type(record.event) for record in log if isinstance(record.event, TurnStarted | TurnTaken)]


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=14), st.integers(0, 7), st.sampled_from(("always", "thread", "mentioned")))
def test_resuming_equals_never_having_stopped(actions: Sequence[Action], mood: int, attention: Attention):
    async def both() -> None:
        one = await play(house_of(mood, attention), actions, restarts=False)
        other = await play(house_of(mood, attention), actions, restarts=True)
        assert one == other

    asyncio.run(both())


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, min_size=2, max_size=14), st.integers(0, 7))
def test_people_who_act_while_the_room_runs_leave_it_in_order(actions: Sequence[Action], mood: int):
    async def all_at_once() -> None:
        house = house_of(mood, "always")

        async def pause(room: str, entries: object) -> None:
            await asyncio.sleep(0)

        house.before_append(pause)
        running = asyncio.Event()

        async def run() -> None:
            running.set()
            for _ in actions:
                await house.run()

        async with asyncio.TaskGroup() as group:
            group.create_task(run())
            await running.wait()
            for number, action in enumerate(actions):
                await _concurrently(house, action, number)
        await house.run()
        await check(house)
        await house.says("/resume")
        await house.run()
        await check(house)
        assert house.rooms.team(LOBBY)

    asyncio.run(all_at_once())


async def _concurrently(house: House, action: Action, number: int) -> None:
    kind, n = action
    try:
        if kind == "answer":
            questions = (await house.transcript()).questions
            for question in questions[-1:]:
                await house.answers(question.seq, "red", by=(ANA, BOB)[n % 2])
        else:
            await house.says(TEXTS[n % len(TEXTS)], (ANA, BOB)[n % 2])
    except TertuliaError:
        return
    for _ in range(n % 5):
        await asyncio.sleep(0)
