"""Erasing a message reaches whatever was made from it, in child rooms too."""

import pytest

from agents.log.events import Answered, Asked, Closed, Deleted, Noted, Opened, Said
from agents.log.fold import fold
from agents.log.records import Entry
from agents.log.transcript import Transcript
from agents.people.erasing import erase
from agents.team.team import Team
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, LOBBY, House
from tests.unit.runtime.test_children import Opener, asker, echo, team

CHILD = f"{LOBBY}~3.1"


async def _in_logs(house: House, text: str) -> list[str]:
    """The rooms in whose logs the text still stands, agents' own words left out."""
    rooms = await house.ports.store.schedule.rooms()
    return [
        room
        for room in rooms
        for record in await house.log(room)
        if record.event is not None
        and text in str(record.event)
        and not (record.by.startswith("agent") and isinstance(record.event, Said))
    ]


async def _live_is_refolded(house: House) -> None:
    """Whoever followed the deletions sees the same as whoever reads what is left of the log."""
    for room in await house.ports.store.schedule.rooms():
        live, fresh = await house.rooms.read(room), fold(Transcript(room=room), await house.log(room))
        assert live.children == fresh.children
        assert live.notes == fresh.notes


async def test_the_task_of_a_child_and_its_answer_go_with_the_message_they_were_made_from():
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("secret plan")
    await house.run_all()
    await house.deletes(2)
    assert await _in_logs(house, "secret") == []
    child = (await house.transcript()).children[CHILD]
    assert child.task == ""
    assert child.answer is not None
    assert (child.answer.text, child.answer.turns) == ("", 1)
    assert (await house.transcript(CHILD)).task is None
    await _live_is_refolded(house)


async def test_what_is_deleted_reaches_two_levels():
    house = House(Team(agents=[Opener("boss", outer=team(Opener("middle", deep=team(echo("worker")))))]))
    await house.says("secret plan")
    await house.run_all()
    await house.deletes(2)
    assert await _in_logs(house, "secret") == []
    await _live_is_refolded(house)


async def test_a_copy_of_background_goes_with_its_message_and_the_task_stays():
    opener = Opener("boss", Opened(team="w", task="Write.", background=(2, 3), sources=()), w=team(echo("writer")))
    house = House(Team(agents=[opener]))
    await house.says("secret")
    await house.says("harmless")
    await house.run_all()
    (child,) = (await house.transcript()).children
    await house.deletes(2)
    assert await house.talk(child) == [("Ana", "harmless"), ("system", "Write."), ("writer", "writer: Write.")]
    assert await _in_logs(house, "secret") == []
    assert (await house.transcript()).children[child].task == "Write."
    await _live_is_refolded(house)


async def test_a_note_made_from_what_a_child_came_to_goes_with_that():
    class Noting(Opener):
        async def _open(self, turn: Turn) -> Acts:
            for child in turn.closed.values():
                assert child.answer is not None
                yield Noted(key="result", value=child.answer.text)
            if not turn.closed:
                yield Opened(team="w", task=turn.news[-1].text)

    house = House(Team(agents=[Noting("boss", w=team(echo("writer")))]))
    await house.says("secret plan")
    await house.run_all()
    assert (await house.transcript()).note("result") == "writer: secret plan"
    await house.deletes(2)
    assert (await house.transcript()).notes == {}
    assert await _in_logs(house, "secret") == []
    await _live_is_refolded(house)


async def test_what_is_deleted_before_a_child_has_begun_never_reaches_it():
    opener = Opener("boss", w=team(echo("writer")))
    house = House(Team(agents=[opener]))
    await house.says("secret")
    await house.says("harmless")
    opened = Opened(child=CHILD, team="w", task="secret", background=(2, 3), sources=(2,))
    await house.ports.store.log.append(LOBBY, [Entry(event=opened, by="agent:boss")])
    await house.deletes(2)
    await house.run(LOBBY)
    assert await house.talk(CHILD) == [("Ana", "harmless"), ("system", "")]
    assert await _in_logs(house, "secret") == []


async def test_a_deleted_answer_to_a_childs_question_is_gone_there_too():
    house = House(Team(agents=[Opener("boss", w=team(asker(Asked(text="Which?"))))]))
    await house.says("go")
    await house.run_all()
    await house.answers((await house.question()), "secret")
    await house.run_all()
    (answered,) = [one.seq for one in await house.log() if isinstance(one.event, Answered)]
    await house.deletes(answered)
    assert await _in_logs(house, "'secret'") == []
    assert [one.text for one in (await house.transcript(CHILD)).messages if one.by == ANA.id] == [""]


@pytest.mark.parametrize("left", ["child", "parent"])
async def test_an_erasing_that_was_cut_off_is_ended_by_the_next(left: str):
    house = House(Team(agents=[Opener("boss", w=team(echo("writer")))]))
    await house.says("secret plan")
    await house.run_all()
    if left == "child":  # the parent's rows are empty already, the child's are not
        opened = [one.seq for one in await house.log() if isinstance(one.event, Opened | Closed)]
        await house.ports.store.log.erase(LOBBY, opened)
    await erase(house.ports, LOBBY, 2)
    await erase(house.ports, LOBBY, 2)
    assert await _in_logs(house, "secret") == []
    assert len(await house.events(Deleted, room=CHILD)) == 1


async def test_what_is_deleted_besides_leaves_a_child_as_it_is():
    house = House(Team(agents=[Opener("boss", Opened(team="w", sources=()), w=team(echo("writer")))]))
    await house.says("secret")
    await house.says("harmless")
    await house.run_all()
    (before,) = (await house.transcript()).children.values()
    await house.deletes(2)
    assert list((await house.transcript()).children.values()) == [before]
