"""Edits and deletions at the door: what was deleted is nowhere any more (P12)."""

from collections.abc import Sequence

import pytest

from agents import Team, user_proxy
from agents.errors import NotAllowed, WrongUse
from agents.log.events import Answered, Asked, Deleted, Edited, Joined, QuestionKind, Reset
from agents.log.files import FileRef
from agents.log.records import Entry
from agents.log.transcript import Transcript
from agents.people.door import LONGEST_MESSAGE
from agents.team.binding import Binding
from agents.team.termination import said
from tests.unit.house import ANA, BOB, LOBBY, House, asked, says

QUIET = Binding(team=Team(agents=[says("planner", "Hi.")]), attention="mentioned")


async def after_much_talk(house: House) -> Transcript:
    """The room when the oldest messages are not held in memory any more."""
    await house.ports.store.log.append(LOBBY, [Entry(event=Reset(), by=ANA.id)])
    for number in range(760):
        await house.says(f"message {number}", BOB)
    return await house.rooms.read(LOBBY)


async def test_p12_a_message_of_long_ago_can_be_deleted():
    house = House(QUIET)
    await house.says("my password is 1234")
    seq = (await house.transcript()).last.seq
    assert (await after_much_talk(house)).message(seq) is None
    await house.deletes(seq)
    assert "1234" not in str(await house.log())


async def test_p12_the_task_of_long_ago_can_be_deleted():
    house = House(QUIET)
    await house.says("find out about 1234")
    task = (await house.transcript()).task
    assert task is not None
    for number in range(760):
        await house.says(f"message {number}", BOB)
    await house.deletes(task.seq)
    assert (await house.rooms.read(LOBBY)).task is None


async def test_p12_only_ones_own_messages_of_long_ago_can_be_deleted_and_nothing_but_messages():
    house = House(QUIET)
    await house.says("mine")
    seq = (await house.transcript()).last.seq
    await after_much_talk(house)
    with pytest.raises(NotAllowed, match="what you wrote yourself"):
        await house.deletes(seq, BOB)
    (joined, *_) = [one.seq for one in await house.log() if isinstance(one.event, Joined)]
    for target in (joined, 0, -3, 99_999):
        with pytest.raises(WrongUse, match="not here any more"):
            await house.deletes(target)


async def test_p12_a_deleted_message_cannot_be_edited():
    house = House(QUIET)
    await house.says("hello")
    seq = (await house.transcript()).last.seq
    await house.deletes(seq)
    before = await house.log()
    with pytest.raises(WrongUse, match="not here any more"):
        await house.edits(seq, "my password is 1234")
    assert await house.log() == before


async def test_p12_an_edit_that_a_deletion_overtakes_is_erased_with_its_message():
    house = House(QUIET)
    await house.says("hello")
    seq = (await house.transcript()).last.seq

    async def deleted_meanwhile(room: str, entries: Sequence[Entry]) -> None:
        if any(isinstance(one.event, Edited) for one in entries):
            await house.deletes(seq)

    house.before_append(deleted_meanwhile)
    await house.edits(seq, "my password is 1234")
    assert len(await house.events(Deleted)) == 1
    assert "1234" not in str(await house.log())


async def test_p12_deleting_erases_the_edits_of_corrections_too():
    house = House(Team(agents=[says("planner", "Hi.", "I see.", "Well.")]))
    await house.hears("hello")
    seq = (await house.transcript()).messages[0].seq
    await house.edits(seq, "hello all")
    await house.run()
    correction = next(one.seq for one in (await house.transcript()).messages if one.corrects == seq)
    await house.edits(correction, "my password is 1234")
    await house.run()
    await house.deletes(seq)
    assert "1234" not in str(await house.log())
    assert "1234" not in str(await house.rooms.read(LOBBY))


async def test_an_edit_may_not_be_longer_than_a_message():
    house = House(QUIET)
    await house.says("hello")
    with pytest.raises(WrongUse, match="send it as a file"):
        await house.edits((await house.transcript()).last.seq, "x" * (LONGEST_MESSAGE + 1))
    assert await house.talk() == [("Ana", "hello")]


async def same_after_a_restart(house: House) -> Transcript:
    """The room as the process has it, which another process must read from the store alike."""
    live = await house.rooms.read(LOBBY)
    house.restart()
    assert await house.rooms.read(LOBBY) == live
    return live


async def test_p12_a_message_that_revived_the_room_is_deleted_and_a_restart_changes_nothing():
    house = House(Team(agents=[says("a", "DONE", "more", "and more")], termination=said("DONE")))
    await house.hears("first")
    await house.hears("my password is 1234", reply_to=(await house.transcript()).last.seq)
    await house.deletes(next(one.seq for one in (await house.transcript()).messages if "1234" in one.text))
    live = await same_after_a_restart(house)
    assert (live.stopped, live.exchange.since_person) == (None, 1)
    await house.run()
    assert await house.talk() == [("Ana", "first"), ("a", "DONE"), ("a", "more")]


async def test_p12_a_first_message_and_its_correction_are_deleted_and_a_restart_changes_nothing():
    house = House(Team(agents=[says("a", "one", "two", "three")]))
    await house.hears("my password is 1234")
    seq = (await house.transcript()).messages[0].seq
    await house.edits(seq, "my password is 12345")
    await house.run()
    await house.says("unread 1234")
    await house.edits((await house.transcript()).last.seq, "unread")
    for target in (seq, (await house.transcript()).last.seq):
        await house.deletes(target)
    assert (await same_after_a_restart(house)).task is None


@pytest.mark.parametrize(("kind", "options"), [("speaker", ()), ("input", ()), ("input", ("1234",))])
async def test_p12_an_answer_is_deleted_and_a_restart_asks_nobody_again(kind: QuestionKind, options: tuple[str, ...]):
    house = await asked(Asked(text="Which?", kind=kind, options=options))
    question = await house.question()
    await house.answers(question, text="" if options else "1234", option="1234" if options else None)
    await house.run()
    speakers = await house.speakers()
    (answer,) = [one.seq for one in await house.log() if isinstance(one.event, Answered)]
    await house.deletes(answer)
    deleted = await house.log()
    await house.deletes(answer)
    assert len(await house.log()) == len(deleted) + 1
    live = await same_after_a_restart(house)
    assert [(one.dealt, one.answer and one.answer.words) for one in live.questions] == [(True, "")]
    await house.run()
    assert await house.speakers() == speakers


TABLE = FileRef(sha256="c" * 64, name="t.csv", media_type="text/csv", size=3)


@pytest.mark.parametrize(
    ("text", "files"), [("as you like", ()), ("as you like", (TABLE,)), ("", (TABLE,)), ("exit", ()), ("Go on", ())]
)
async def test_c42_what_is_left_of_a_deleted_answer_folds_as_the_answer_did(text: str, files: tuple[FileRef, ...]):
    house = House(Team(agents=[says("a", "A1"), user_proxy("boss")]))
    await house.hears("@a t")
    await house.hears("@boss t")
    await house.says(text, files=files)
    answer = (await house.log())[-1].seq
    await house.deletes(answer)
    kept = await house.rooms.read(LOBBY)
    (question,) = (await house.transcript()).questions
    assert question == kept.questions[0]
    assert (await house.transcript()).exchange == kept.exchange
    assert [one.seq for one in (await house.transcript()).messages] == [one.seq for one in kept.messages]
