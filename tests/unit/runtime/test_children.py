"""Child rooms: opened, run side by side, closed, and what reaches them from the room of the people."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest
from msgspec.structs import replace

from agents.budget.limits import Limits
from agents.errors import NotAllowed, StoreFailed
from agents.log.events import (
    Answered,
    Asked,
    Closed,
    Halted,
    Opened,
    Reset,
    Rested,
    Resumed,
    Said,
    ToolCalled,
    TurnTaken,
)
from agents.log.records import Entry
from agents.people.commands import Command
from agents.ports import ModelRequest
from agents.team.binding import Binding
from agents.team.policies import first, mentioned, round_robin
from agents.team.situation import Choice, Decision, Open, Situation
from agents.team.team import Team
from agents.team.termination import max_turns, said
from agents.turn.ready_made import assistant
from agents.turn.turn import Acts, AgentTeam, Turn
from tests.unit.house import ANA, BOB, LOBBY, House, Plain, asking, priced, says


class Opener(Plain):
    """An agent that hands everything that it is told to child rooms, and says what they came to."""

    def __init__(self, name: str, *opened: Opened, **teams: AgentTeam):
        super().__init__(name, self._open)
        object.__setattr__(self, "opened", opened or tuple(Opened(team=key) for key in teams))
        object.__setattr__(self, "teams", teams)

    opened: tuple[Opened, ...]
    teams: Mapping[str, AgentTeam]

    async def _open(self, turn: Turn) -> Acts:
        if turn.closed:
            yield Said(text=" | ".join(_text(child.answer) for child in turn.closed.values()))
        elif turn.news:
            for one in self.opened:
                yield replace(one, task=one.task or turn.news[-1].text)


def _text(closed: Closed | None) -> str:
    assert closed is not None
    return closed.text or f"({closed.reason})"


def team(*agents: object, **more: object) -> Team:
    return Team(agents=agents, speakers=round_robin, **more)  # type: ignore[arg-type]


def echo(name: str) -> Plain:
    async def acts(turn: Turn) -> Acts:
        yield Said(text=f"{name}: {turn.transcript.messages[-1].text}")

    return Plain(name, acts)


async def children(house: House, room: str = LOBBY) -> list[str]:
    return list((await house.transcript(room)).children)


async def test_an_agent_opens_a_room_for_its_team_and_goes_on_with_what_that_came_to():
    house = House(Team(agents=[Opener("boss", writers=team(says("writer", "Draft."), says("editor", "Final.")))]))
    await house.says("Write it.")
    await house.run_all()
    assert await house.talk() == [("Ana", "Write it."), ("boss", "Final.")]
    assert await house.talk(f"{LOBBY}~3.1") == [("system", "Write it."), ("writer", "Draft."), ("editor", "Final.")]
    (closed,) = await house.events(Closed)
    assert closed == Closed(child=f"{LOBBY}~3.1", text="Final.", turns=2)
    assert await house.outcomes() == ["opened", "said"]


async def test_the_task_is_the_childs_task_and_opens_its_exchange():
    house = House(Team(agents=[Opener("boss", writers=team(echo("writer"), termination=max_turns(1)))]))
    await house.says("TERMINATE nothing.")
    await house.run_all()
    child = await house.transcript(f"{LOBBY}~3.1")
    assert child.task is not None
    assert child.task.text == "TERMINATE nothing."
    assert (await house.talk())[-1] == ("boss", "writer: TERMINATE nothing.")


async def test_what_the_task_says_ends_no_child():
    writers = team(echo("writer"), echo("editor"), termination=said("DONE") | max_turns(2))
    house = House(Team(agents=[Opener("boss", Opened(team="writers", task="Say DONE."), writers=writers)]))
    await house.says("go")
    await house.run_all()
    (closed,) = await house.events(Closed)
    assert isinstance(closed, Closed)
    assert closed.reason == "writer said DONE."


async def test_several_rooms_opened_in_one_turn_come_back_together():
    house = House(Team(agents=[Opener("boss", a=team(echo("left")), b=team(echo("right")))]))
    await house.says("go")
    await house.run()
    await house.run(f"{LOBBY}~3.1")
    await house.run()
    assert await house.talk() == [("Ana", "go")]
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "left: go | right: go")


async def test_of_rooms_any_of_which_is_enough_the_first_comes_back_and_the_others_are_stopped():
    opened = (Opened(team="a", join="any"), Opened(team="b", join="any"))
    house = House(Team(agents=[Opener("boss", *opened, a=team(echo("left")), b=team(echo("right")))]))
    await house.says("go")
    await house.run()
    await house.run(f"{LOBBY}~3.2")
    await house.run()
    assert (await house.talk())[-1] == ("boss", "right: go")
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "right: go")
    assert await house.stops(f"{LOBBY}~3.1") == ["Nobody waits for it any more."]


async def test_rooms_are_opened_two_levels_deep_and_resolved_anew_after_each_restart():
    inner = Opener("middle", deep=team(echo("worker")))
    house = House(Team(agents=[Opener("boss", outer=team(inner))]))
    await house.says("go")
    for _ in range(12):
        house.restart()
        for room in await house.ports.store.schedule.due(house.clock.now()):
            slept = await house.run(room)
            await house.ports.store.schedule.settle(room, slept.upto, slept.wake_at)
    assert (await house.talk())[-1] == ("boss", "worker: go")
    names = await house.ports.store.schedule.rooms(LOBBY)
    assert names == (f"{LOBBY}~3.1", f"{LOBBY}~3.1~2.1")
    (closed,) = await house.events(Closed)
    assert isinstance(closed, Closed)
    assert closed.turns == 2


async def test_a_child_is_given_background_to_read_and_nothing_private():
    opener = Opener("boss", Opened(team="w", background=(2, 3, 4, 99)), w=team(echo("writer")))
    house = House(Team(agents=[opener]))
    await house.says("Old words.")
    await house.says("For Ana alone.", audience=(ANA.id,))
    await house.says("go")
    await house.run_all()
    assert await house.talk((await children(house))[0]) == [
        ("Ana", "Old words."),
        ("Ana", "go"),
        ("system", "go"),
        ("writer", "writer: go"),
    ]


async def test_a_childs_talk_is_in_no_prompt_of_its_parent():
    house = House(
        Team(agents=[assistant("chief"), Opener("boss", w=team(says("writer", "inner"), says("editor", "outer")))]),
        models=["hm"],
    )
    await house.says("@boss go")
    await house.run_all()
    assert "inner" not in str(house.prompts)


async def test_a_team_that_the_opener_does_not_know_is_refused_with_the_names():
    house = House(Team(agents=[Opener("boss", Opened(team="x"), w=team(echo("writer")))]))
    await house.hears("go")
    (reason,) = await house.stops()
    assert "'x'" in reason
    assert "'w'" in reason
    assert await children(house) == []


async def test_a_team_that_opens_itself_for_ever_is_refused_at_some_depth():
    teams: dict[str, AgentTeam] = {}
    opener = Opener("boss", Opened(team="again"))
    object.__setattr__(opener, "teams", teams)
    teams["again"] = team(opener)
    house = House(team(opener))
    await house.says("go")
    await house.run_all()
    assert "(The child room" not in (await house.talk())[-1][1]
    assert len(await house.ports.store.schedule.rooms(LOBBY)) == 8
    assert "at most 8 rooms" in (await house.talk())[-1][1]


async def test_a_team_that_is_not_known_any_more_closes_its_child_with_a_reason():
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("go")
    await house.run()
    house.bind(LOBBY, Team(agents=[Opener("boss", Opened(team="v"), v=team(echo("other")))]))
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "(The team that was to work there is not known any more.)")


async def test_a_stop_in_the_parent_reaches_all_below_and_what_comes_after_wakes_nobody():
    house = House(Team(agents=[Opener("boss", outer=team(Opener("middle", deep=team(echo("worker")))))]))
    await house.says("go")
    await house.run()
    await house.run(f"{LOBBY}~3.1")
    await house.orders.carry_out(Command(verb="stop"), room=LOBBY, by=ANA, source="web:stop")
    await house.run_all()
    assert await house.talk() == [("Ana", "go")]
    assert await house.stops(f"{LOBBY}~3.1") == ["Ana stopped it."]
    assert await house.stops(f"{LOBBY}~3.1~2.1") == ["Ana stopped it."]
    assert len(await house.events(Closed)) == 1
    assert (await house.hears("again"))[0:] == []
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "worker: again")


async def test_a_reset_in_the_parent_stops_its_children_and_forgets_them():
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("go")
    await house.run()
    await house.ports.store.log.append(LOBBY, [Entry(event=Reset(), by=ANA.id)])
    await house.run(LOBBY)
    await house.run_all()
    assert await house.talk() == [("Ana", "go")]
    assert (await house.transcript()).children == {}
    assert await house.stops(f"{LOBBY}~3.1") == ["Nobody waits for it any more."]


async def test_a_halt_of_the_parent_holds_its_children_until_it_is_lifted():
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("go")
    await house.run()
    await house.orders.carry_out(Command(verb="halt"), room=LOBBY, by=ANA, source="web:halt")
    await house.run_all()
    assert await house.events(Closed) == []
    await house.orders.carry_out(Command(verb="resume"), room=LOBBY, by=ANA, source="web:resume")
    house.clock.advance(1000)
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "writer: go")


async def test_people_write_to_the_room_of_the_people_only():
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("go")
    await house.run_all()
    with pytest.raises(NotAllowed, match="write to web:lobby"):
        await house.says("hello", room=f"{LOBBY}~3.1")
    with pytest.raises(NotAllowed, match="write to web:lobby"):
        await house.door.order(f"{LOBBY}~3.1", ANA, Command(verb="status"), source="web:status")


def asker(question: Asked) -> Plain:
    async def acts(turn: Turn) -> Acts:
        for one in turn.answers:
            assert one.answer is not None
            yield Said(text=f"heard {one.answer.words} from {one.answer.by}, expired: {one.answer.expired}")
            return
        yield question

    return Plain("asker", acts)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("deep", [False, True])
async def test_an_edit_of_an_answer_to_a_childs_question_follows_it_there(deep: bool, early: bool):
    writers = team(asking(Asked(text="Which city?"), Asked(text="When?")))
    boss = Opener("boss", w=team(Opener("middle", v=writers)) if deep else writers)
    house = House(Team(agents=[boss]))
    await house.says("go")
    await house.run_all()
    await house.answers((await house.transcript()).open_questions[0].seq, "Madird")
    if not early:
        await house.run_all()
    (answer,) = [one for one in await house.log() if isinstance(one.event, Answered)]
    for _ in range(2):
        await house.edits(answer.seq, "Madrid")
        await house.run_all()
    room = max(await house.ports.store.schedule.rooms(), key=len)
    read = [text for who, text in await house.talk(room) if who == "Ana"]
    assert read == (["Madrid", "Madrid"] if early else ["Madird", "Madrid", "Madrid"])
    with pytest.raises(NotAllowed):
        await house.edits(answer.seq, "Murcia", by=BOB)
    await house.deletes(answer.seq)
    await house.run_all()
    assert "Madrid" not in [text for who, text in await house.talk(room) if who == "Ana"]


@pytest.mark.parametrize("deep", [False, True])
async def test_a_childs_question_stands_in_the_room_of_the_people_and_its_answer_goes_back(deep: bool):
    writers = team(asker(Asked(text="Which city?")))
    boss = Opener("boss", w=team(Opener("middle", v=writers)) if deep else writers)
    house = House(Team(agents=[boss, echo("other")], speakers=mentioned))
    await house.says("@boss go")
    await house.run_all()
    (question,) = (await house.transcript()).open_questions
    assert (question.by, question.asked.text) == ("agent:asker", "Which city?")
    await house.answers(question.seq, "Madrid")
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", f"heard Madrid from {ANA.id}, expired: False")
    assert ("Ana", "Madrid") not in await house.talk()
    assert (await house.transcript()).open_questions == ()


async def test_an_answer_goes_to_the_child_room_once_while_its_parent_goes_on():
    boss = Opener("boss", w=team(asker(Asked(text="Which city?"))))
    house = House(Team(agents=[boss, echo("other")], speakers=mentioned))
    await house.says("@boss go")
    await house.run_all()
    await house.answers((await house.transcript()).open_questions[0].seq, "Madrid")
    await house.says("@other hello")
    await house.run()
    assert (await house.talk())[-1] == ("other", "other: @other hello")
    (child,) = await children(house)
    answers = [one.event for one in await house.log(child) if isinstance(one.event, Answered)]
    assert [one.text for one in answers] == ["Madrid"]


async def test_a_turn_that_crashed_after_it_had_opened_a_child_room_goes_on_with_what_that_comes_to():
    async def opens_and_calls(turn: Turn) -> Acts:
        if turn.closed:
            yield Said(text="|".join(_text(child.answer) for child in turn.closed.values()))
            return
        yield Opened(team="w", task="look")
        yield ToolCalled(call="c1", tool="search", arguments="{}")
        raise StoreFailed("The disk is gone.")

    boss = Opener("boss", w=team(echo("writer"), termination=max_turns(1)))
    object.__setattr__(boss, "act", opens_and_calls)
    house = House(Team(agents=[boss]))
    await house.says("go")
    await house.run_all()
    assert [text for _, text in await house.talk()] == ["go", "writer: look"]
    taken = [one.event.outcome for one in await house.log() if isinstance(one.event, TurnTaken)]
    assert taken == ["opened", "said"]


async def test_a_question_whose_time_is_up_ends_in_both_rooms():
    house = House(
        Team(
            agents=[Opener("boss", w=team(asker(Asked(text="?", deadline=1_780_000_060.0, on_deadline="auto_reply"))))]
        )
    )
    await house.says("go")
    await house.run_all()
    assert len((await house.transcript()).open_questions) == 1
    house.clock.advance(61)
    await house.run_all()
    assert (await house.transcript()).open_questions == ()
    assert "expired: True" in (await house.talk())[-1][1]


async def test_a_question_of_a_stopped_child_is_withdrawn():
    house = House(Team(agents=[Opener("boss", w=team(asker(Asked(text="?"))))]))
    await house.says("go")
    await house.run_all()
    await house.orders.carry_out(Command(verb="stop"), room=LOBBY, by=ANA, source="web:stop")
    await house.run_all()
    (question,) = (await house.transcript()).questions
    assert question.answer is not None
    assert "ended" in question.answer.text or question.answer.withdrawn


async def test_what_a_child_costs_counts_in_the_room_of_the_people():
    usd = Limits(usd_per_day=100.0)
    writers = team(assistant("writer", model="default"), termination=max_turns(1), limits=Limits(usd_per_day=0.01))
    house = House(Team(agents=[Opener("boss", w=writers)], limits=usd), models={"default": priced("Word.")})
    await house.says("go")
    await house.run_all()
    (closed,) = await house.events(Closed)
    assert isinstance(closed, Closed)
    assert closed.usage is not None
    transcript = await house.transcript()
    assert transcript.usage["agent:boss"] == closed.usage == transcript.exchange.usage
    spent = await house.orders.carry_out(Command(verb="budget"), room=LOBBY, by=ANA, source="web:b")
    assert "$0.6000 of $100.00" in spent.text


class Costly:
    """A policy that asks a model and then chooses nobody."""

    async def choose(self, situation: Situation) -> Decision:
        await situation.think("default", ModelRequest(messages=[]))
        return None


async def test_c53_what_a_child_pays_to_find_that_nobody_speaks_counts_in_the_room_of_the_people():
    writers = Team(agents=[says("writer")], speakers=Costly())
    house = House(Team(agents=[Opener("boss", w=writers)]), models={"default": priced("Nobody.")})
    await house.says("go")
    await house.run_all()
    (closed,) = await house.events(Closed)
    assert isinstance(closed, Closed)
    assert closed.usage is not None
    assert closed.usage.usd == 0.6
    assert (await house.transcript()).usage == {"agent:boss": closed.usage}


async def test_a_budget_that_a_child_uses_up_is_asked_for_and_added_in_the_room_of_the_people():
    writers = team(assistant("writer", model="default"), termination=max_turns(1))
    limits = Limits(usd_per_day=0.5)
    house = House(Team(agents=[Opener("boss", w=writers)], limits=limits), models={"default": priced("Word.")})
    await house.says("go")
    await house.run_all()
    (question,) = (await house.transcript()).open_questions
    assert question.asked.kind == "budget"
    await house.answers(question.seq, option=question.asked.options[0])
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "Word.")


def endless(name: str) -> Plain:
    async def acts(turn: Turn) -> Acts:
        yield Said(text=f"{name} says number {turn.transcript.seq}")

    return Plain(name, acts)


async def test_turns_without_a_person_count_over_the_whole_tree_and_people_are_asked_once():
    talk = team(endless("x"), endless("y"), termination=max_turns(9))
    house = House(Team(agents=[Opener("boss", a=talk, b=talk)], limits=Limits(agent_turns_without_a_person=6)))
    await house.says("go")
    await house.run_all()
    (question,) = (await house.transcript()).open_questions
    assert "6 turns without a person" in question.asked.text
    for child in await children(house):
        assert (await house.transcript(child)).open_questions == ()
    spoken = [(await house.transcript(child)).floor.spoken for child in await children(house)]
    assert 6 <= sum(spoken) <= 7
    house.clock.advance(1)
    await house.answers(question.seq, option="Go on")
    await house.run_all()
    assert len((await house.transcript()).open_questions) == 1
    spoken = [(await house.transcript(child)).floor.spoken for child in await children(house)]
    assert 12 <= sum(spoken) <= 14
    await house.answers((await house.transcript()).open_questions[0].seq, option="Stop here")
    await house.run_all()
    for child in await children(house):
        assert len(await house.stops(child)) == 1


async def test_where_nobody_can_be_asked_the_whole_tree_ends_at_the_limit():
    talk = team(endless("x"), endless("y"))
    bound = Binding(team=Team(agents=[Opener("boss", a=talk)], limits=Limits(agent_turns_without_a_person=4)))
    house = House(replace(bound, brief=replace(bound.brief, someone_to_ask=False)))
    await house.says("go")
    await house.run_all()
    assert len(await house.stops()) == 1
    assert len(await house.stops(f"{LOBBY}~3.1")) == 1


class FanOut:
    """A policy that asks two rooms first, and then lets the joiner speak."""

    def __init__(self, **teams: AgentTeam):
        self.teams = teams

    async def choose(self, situation: Situation) -> Decision:
        transcript = situation.transcript
        if not transcript.children:
            return Open(children=tuple(Opened(task="Think.", team=key) for key in self.teams))
        joiner = next((one for one in situation.candidates if one.handle == "joiner"), None)
        return Choice(speaker=joiner.id, rung="join") if joiner else None


async def test_a_policy_opens_rooms_and_is_asked_again_once_they_are_back():
    fan = FanOut(a=team(says("left", "L")), b=team(says("right", "R")))

    async def join(turn: Turn) -> Acts:
        yield Said(text=" + ".join(_text(child.answer) for child in turn.transcript.children.values()))

    house = House(Team(agents=[Plain("joiner", join)], speakers=first(mentioned, fan)))
    await house.says("go")
    await house.run_all()
    assert await house.talk() == [("Ana", "go"), ("joiner", "L + R")]


async def test_a_branch_of_one_agent_of_the_team_speaks_here_in_its_own_voice():
    left, right = says("left", "L"), says("right", "R")
    house = House(Team(agents=[left, right, Plain("joiner", _joined)], speakers=FanOut(a=team(left), b=team(right))))
    await house.says("go")
    await house.run_all()
    assert await house.talk() == [("Ana", "go"), ("left", "L"), ("right", "R"), ("joiner", "L, R")]
    transcript = await house.transcript()
    assert transcript.exchange.agent_turns == 3
    assert transcript.floor.heard["agent:left"] >= transcript.children[f"{LOBBY}~5.1"].seq


async def _joined(turn: Turn) -> Acts:
    yield Said(text=", ".join(one.text for one in turn.transcript.messages if one.by.startswith("agent")))


async def test_a_policy_whose_rooms_cannot_be_stops_with_a_reason():
    class Wrong:
        async def choose(self, situation: Situation) -> Decision:
            return Open(children=(Opened(team="nobody"),))

    class Empty:
        async def choose(self, situation: Situation) -> Decision:
            return Open(children=())

    for policy, reason in ((Wrong(), "'nobody'"), (Empty(), "at least one")):
        house = House(Team(agents=[echo("e")], speakers=policy))
        await house.hears("go")
        (why,) = await house.stops()
        assert reason in why


async def test_a_person_who_speaks_meanwhile_is_chosen_for():
    house = House(Team(agents=[echo("e")], speakers=FanOutThen()))
    await house.says("go")
    await house.run()
    assert await house.hears("hello?") == [("e", "e: hello?")]
    await house.run_all()


class FanOutThen:
    teams: ClassVar[Mapping[str, AgentTeam]] = {"a": team(says("left", "L"))}

    async def choose(self, situation: Situation) -> Decision:
        if not situation.transcript.children:
            return Open(children=(Opened(task="Think.", team="a"),))
        return Choice(speaker="agent:e", rung="then") if situation.candidates else None


async def test_a_room_opened_on_a_private_message_is_refused_and_says_nothing_of_it():
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("secret", audience=(ANA.id, "agent:boss"))
    await house.run_all()
    (reason,) = await house.stops()
    assert "private message" in reason
    assert await children(house) == []


@pytest.mark.parametrize("halts_at", ["writer", "words", "boss"])
async def test_a_halt_at_any_moment_loses_no_child(halts_at: str):
    async def write(turn: Turn) -> Acts:
        if halts_at == "writer":
            await house.ports.store.log.append(LOBBY, [Entry(event=Halted(), by=ANA.id)])
        yield Said(text="Written.")

    async def halt(room: str, entries: Sequence[Entry]) -> None:
        if halts_at == "words" and Said(text="Written.") in [one.event for one in entries] and room != LOBBY:
            await house.ports.store.log.append(LOBBY, [Entry(event=Halted(), by=ANA.id)])

    house = House(Team(agents=[Opener("boss", w=team(Plain("writer", write)))]))
    house.before_append(halt)
    await house.says("go")
    await house.run()
    await house.run(f"{LOBBY}~3.1")
    if halts_at == "boss":
        await house.ports.store.log.append(LOBBY, [Entry(event=Halted(), by=ANA.id)])
    await house.run_all()
    assert ("boss", "Written.") not in await house.talk()
    await house.ports.store.log.append(LOBBY, [Entry(event=Resumed(), by=ANA.id)])
    house.clock.advance(120)
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "Written.")


async def test_a_halt_while_a_child_has_nothing_more_to_say_loses_it_neither():
    async def halt(room: str, entries: Sequence[Entry]) -> None:
        if room != LOBBY and any(isinstance(one.event, TurnTaken) for one in entries):
            await house.ports.store.log.append(LOBBY, [Entry(event=Halted(), by=ANA.id)])

    house = House(Team(agents=[Opener("boss", w=team(says("mute")))]))
    house.before_append(halt)
    await house.says("go")
    await house.run()
    await house.run_all()
    assert await house.events(Closed) == []
    await house.ports.store.log.append(LOBBY, [Entry(event=Resumed(), by=ANA.id)])
    house.clock.advance(120)
    await house.run_all()
    assert (await house.talk())[-1] == ("boss", "()")


async def test_nobody_is_told_of_silence_while_a_room_works_and_the_policy_is_asked_again_after_it():
    class Thinks(FanOutThen):
        async def choose(self, situation: Situation) -> Decision:
            children = situation.transcript.children
            if not children:
                return Open(children=(Opened(task="Think.", team="a"),))
            done = all(child.answer for child in children.values())
            return Choice(speaker="agent:e", rung="then") if done and situation.candidates else None

    house = House(Team(agents=[echo("e")], speakers=Thinks()))
    await house.says("go")
    await house.run()
    await house.says("hello?")
    await house.run()
    assert await house.events(Rested) == []
    await house.run_all()
    assert (await house.talk())[-1] == ("e", "e: hello?")
