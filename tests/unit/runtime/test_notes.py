"""What agents and policies note, and that it lasts as long as what it was made from."""

from typing import ClassVar

import pytest

from agents.budget.limits import Limits
from agents.errors import WrongUse
from agents.log.events import Noted, Reset, Said, Stopped, ToolCalled
from agents.log.fold import fold
from agents.log.notes import NOTES_BYTES, check_note
from agents.log.records import Entry
from agents.log.snapshots import decode_transcript, encode_transcript
from agents.log.transcript import Transcript
from agents.runtime.family import NOTES_IN_A_ROW
from agents.team.situation import Choice, Decision, Situation
from agents.team.team import Team
from agents.team.termination import max_turns
from agents.turn.turn import Acts, Turn
from tests.unit.house import LOBBY, House, Plain, chatty


async def _moves(turn: Turn) -> Acts:
    """A board: it notes every move that it is told, and says all of them."""
    moves = f"{turn.transcript.note('moves', '')} {turn.news[-1].text}".strip()
    yield Noted(key="moves", value=moves)
    yield Said(text=moves)


BOARD = Plain("board", _moves)


def noting(*notes: Noted) -> Plain:
    async def acts(turn: Turn) -> Acts:
        for note in notes:
            yield note
        yield Said(text="noted")

    return Plain("noter", acts)


async def test_c41_a_board_keeps_its_state_over_two_thousand_messages():
    house = House(Team(agents=[BOARD]))
    assert await house.hears("e2e4") == [("board", "e2e4")]
    talk = [Entry(event=Said(text=f"chat {n}"), by="person:web/ben") for n in range(2000)]
    await house.ports.store.log.append(LOBBY, talk)
    await house.says("e7e5")
    await house.run()
    assert (await house.talk())[-1] == ("board", "e2e4 e7e5")
    house.restart()
    assert (await house.rooms.read(LOBBY)).note("moves") == "e2e4 e7e5"


async def test_c41_a_later_note_of_the_same_name_takes_its_place_and_none_takes_it_away():
    house = House(
        Team(agents=[noting(Noted(key="a", value=1), Noted(key="a", value=[2]), Noted(key="b", value={"x": 0}))])
    )
    await house.hears("go")
    transcript = await house.transcript()
    assert (transcript.note("a"), transcript.note("b"), transcript.note("c", "none")) == ([2], {"x": 0}, "none")
    house.bind(LOBBY, Team(agents=[noting(Noted(key="a", value=None))]))
    await house.hears("again")
    assert list((await house.transcript()).notes) == ["b"]


async def test_c41_a_note_names_what_its_turn_had_newly_read_unless_it_says_otherwise():
    house = House(Team(agents=[noting(Noted(key="a", value=1), Noted(key="b", value=1, sources=()))]))
    await house.says("first")
    await house.says("second")
    await house.run()
    transcript = await house.transcript()
    said = tuple(one.seq for one in transcript.messages if one.by.startswith("person"))
    assert transcript.notes["a"].sources == said
    assert transcript.notes["b"].sources == ()


@pytest.mark.parametrize("edits", [0, 1])
async def test_c41_a_note_goes_with_a_message_that_it_was_made_from(edits: int):
    house = House(Team(agents=[BOARD]))
    await house.hears("secret")
    for _ in range(edits):
        await house.edits(2, "secret still")
        await house.run()
    await house.deletes(2)
    assert (await house.transcript()).notes == {}
    assert (await house.rooms.read(LOBBY)).notes == {}
    assert "secret" not in str([one.event for one in await house.log() if isinstance(one.event, Noted)])


async def test_c41_a_deleted_note_does_not_bring_back_an_older_one():
    house = House(Team(agents=[BOARD]))
    await house.hears("one")
    await house.hears("two")
    (second,) = [one.seq for one in (await house.transcript()).messages if one.text == "two"]
    await house.deletes(second)
    assert (await house.transcript()).notes == (await house.rooms.read(LOBBY)).notes == {}


async def test_c41_a_reset_begins_without_notes():
    house = House(Team(agents=[BOARD]))
    await house.hears("e2e4")
    await house.ports.store.log.append(LOBBY, [Entry(event=Reset(), by="person:web/ana")])
    assert (await house.transcript()).notes == {}


async def test_c41_a_snapshot_keeps_the_notes():
    house = House(Team(agents=[BOARD]))
    await house.hears("e2e4")
    transcript = await house.transcript()
    assert decode_transcript(encode_transcript(transcript)).notes == transcript.notes


async def test_c41_notes_that_are_too_long_are_refused_with_a_sentence_and_nothing_is_lost():
    big = Noted(key="big", value="x" * (NOTES_BYTES - 20))
    house = House(Team(agents=[noting(big, Noted(key="more", value="x" * 40))]))
    await house.hears("go")
    (reason,) = await house.stops()
    assert "'more'" in reason
    assert "65,536" in reason
    assert list((await house.transcript()).notes) == ["big"]
    assert await house.outcomes() == ["failed"]


def test_c41_taking_a_note_away_is_never_refused():
    transcript = fold(Transcript(room=LOBBY), [])
    check_note(transcript, Noted(key="gone", value=None), [Noted(key="big", value="x" * NOTES_BYTES)])
    with pytest.raises(WrongUse, match="'more'"):
        check_note(transcript, Noted(key="more", value=1), [Noted(key="big", value="x" * NOTES_BYTES)])


async def test_c41_a_note_and_the_words_after_it_are_one_append():
    house = House(Team(agents=[BOARD]))
    appends: list[list[str]] = []

    async def count(room: str, entries: list[Entry]) -> None:
        appends.append([type(one.event).__name__ for one in entries])

    house.before_append(count)  # type: ignore[arg-type]
    await house.hears("e2e4")
    assert ["TurnStarted", "Noted", "Said", "TurnTaken"] in appends


async def test_c41_a_note_before_a_tool_call_is_written_with_it():
    async def acts(turn: Turn) -> Acts:
        yield Noted(key="step", value=1)
        yield ToolCalled(call="1", tool="look", arguments="{}")
        assert turn.transcript.note("step") == 1

    house = House(Team(agents=[Plain("worker", acts)]))
    await house.hears("go")
    assert (await house.transcript()).note("step") == 1


class Counting:
    """A policy that counts in a note how often it was asked, then lets the one agent speak."""

    upto: ClassVar[int] = 3

    async def choose(self, situation: Situation) -> Decision:
        count = situation.transcript.note("asked", 0)
        if isinstance(count, int) and count < self.upto:
            return Noted(key="asked", value=count + 1)
        return Choice(speaker=situation.candidates[0].id, rung="counting") if situation.candidates else None


async def test_c41_a_policy_notes_and_is_asked_again():
    house = House(Team(agents=[Plain("echo", _echo)], speakers=Counting()))
    assert await house.hears("go") == [("echo", "3")]
    note = (await house.transcript()).notes["asked"]
    assert (note.by, note.sources) == ("system", (2,))


async def _echo(turn: Turn) -> Acts:
    yield Said(text=str(turn.transcript.note("asked")))


class Endless(Counting):
    upto: ClassVar[int] = 10_000


class EachTurn:
    """A policy that notes which turn it is, then lets the next agent speak."""

    async def choose(self, situation: Situation) -> Decision:
        turns = situation.transcript.floor.spoken
        if situation.transcript.note("turn") != turns:
            return Noted(key="turn", value=turns)
        return Choice(speaker=situation.candidates[0].id, rung="counting")


class TooMuch:
    async def choose(self, situation: Situation) -> Decision:
        return Noted(key="big", value="x" * NOTES_BYTES, sources=())


async def test_c41_a_policy_that_only_notes_is_stopped_with_a_reason():
    house = House(Team(agents=[Plain("echo", _echo)], speakers=Endless()))
    await house.hears("go")
    assert await house.events(Stopped) == [
        Stopped(reason="The speaker policy noted 100 things and did not say who speaks.", kind="error")
    ]


async def test_c41_a_policy_whose_note_is_too_long_is_stopped_with_a_reason():
    house = House(Team(agents=[Plain("echo", _echo)], speakers=TooMuch()))
    await house.hears("go")
    (reason,) = await house.stops()
    assert "'big'" in reason


async def test_c41_a_policy_may_note_something_before_each_of_many_turns():
    team = Team(
        agents=[chatty("a"), chatty("b")],
        speakers=EachTurn(),
        termination=max_turns(NOTES_IN_A_ROW + 5),
        limits=Limits(agent_turns_without_a_person=1000),
    )
    house = House(team)
    await house.hears("go")
    assert len(await house.outcomes()) == NOTES_IN_A_ROW + 5
    assert "noted" not in str(await house.stops())
