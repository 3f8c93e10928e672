"""The one way in (P3, P9, P12, C5)."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from agents import Team, mentioned
from agents.errors import NotAllowed, StoreFailed, TertuliaError, WrongUse
from agents.log.events import (
    Answered,
    Asked,
    Closed,
    Deleted,
    Edited,
    Event,
    Halted,
    Joined,
    Left,
    Noted,
    Opened,
    Reset,
    Rested,
    Resumed,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.participants import Mention
from agents.people.commands import Command, Verb
from agents.people.door import LONGEST_MESSAGE
from agents.people.permissions import Permissions
from agents.ports import Log
from tests.stores import with_ports
from tests.unit.house import ANA, BOB, PEOPLE, STRANGER, House, asked, asking, at_once, says

HI = says("planner", "Hi.")


async def test_p3_the_same_message_three_times_and_after_a_restart_is_one_message_and_one_turn():
    house = House(Team(agents=[HI]))
    hello = Said(text="hello")
    house.before_append(at_once)
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(house.enter(hello, source="slack:T1/C1/1.0"))
    await house.run()
    await house.enter(hello, source="slack:T1/C1/1.0")
    house.restart()
    await house.enter(hello, source="slack:T1/C1/1.0")
    await house.run()
    assert await house.talk() == [("Ana", "hello"), ("planner", "Hi.")]
    assert await house.speakers() == ["planner"]
    joined = [one for one in await house.events(Joined) if one.participant == ANA.id]
    assert len(joined) == 1


async def test_p3_a_source_is_unique_in_the_whole_store():
    house = House(Team(agents=[HI]))
    house.bind("web:other", Team(agents=[HI]))
    await house.enter(Said(text="hello"), source="slack:1")
    await house.enter(Said(text="hello"), room="web:other", source="slack:1")
    assert await house.talk("web:other") == []


async def test_a_person_joins_with_their_first_message_and_again_when_their_face_changes():
    house = House(Team(agents=[HI]))
    await house.says("one")
    await house.says("two")
    await house.says("three", replace(ANA, avatar=":cat:"))
    joined = [one.avatar for one in await house.events(Joined) if one.participant == ANA.id]
    assert joined == ["", ":cat:"]
    assert (await house.transcript()).present[ANA.id].avatar == ":cat:"


async def test_taking_part_says_nothing_of_taking_part_again():
    house = House(Team(agents=[HI]))
    await house.enter(Joined(participant=ANA.id, name="Ana"))
    await house.enter(Left(participant=ANA.id))
    assert [type(one).__name__ for one in await house.events(Joined, Left)] == ["Joined", "Left"]


async def test_c6_a_name_in_the_very_first_message_addresses_an_agent_that_has_not_sat_down_yet():
    house = House(Team(agents=[says("planner", "P"), says("coder", "C")], speakers=mentioned))
    assert await house.hears("@coder are you there?") == [("coder", "C")]


async def test_c6_whoever_was_sent_away_is_not_addressed():
    house = House(Team(agents=[says("planner", "P"), says("coder", "C")], speakers=mentioned))
    await house.hears("hi")
    await house.says("/agents leave coder")
    await house.says("@coder are you there?")
    assert (await house.transcript()).last.addressed == ()


async def test_mentions_that_the_platform_resolved_stay_as_they_are():
    house = House(Team(agents=[says("planner", "P"), says("coder", "C")], speakers=mentioned))
    native = (Mention(participant="agent:coder", start=0, end=6),)
    assert await house.hears("planner, hear this", mentions=native) == [("coder", "C")]


async def test_an_edit_is_read_for_mentions_too():
    house = House(Team(agents=[says("planner", "P"), says("coder", "C")], speakers=mentioned))
    await house.says("hello")
    seq = (await house.transcript()).last.seq
    await house.edits(seq, "@coder hello")
    await house.run()
    assert (await house.talk())[-1] == ("coder", "C")


async def test_mentions_that_the_platform_resolved_in_an_edit_stay_as_they_are():
    house = House(Team(agents=[says("planner", "P"), says("coder", "C")], speakers=mentioned))
    await house.says("hello")
    native = (Mention(participant="agent:coder", start=0, end=6),)
    await house.enter(Edited(target=(await house.transcript()).last.seq, text="planner, hello", mentions=native))
    assert (await house.transcript()).last.addressed == ("agent:coder",)


async def test_nobody_addresses_themselves():
    house = House(Team(agents=[HI]))
    await house.says("hello")
    await house.says("@ana is me")
    assert (await house.transcript()).last.addressed == ()


EVERYTHING: list[Event] = [
    Said(text="hello"),
    Said(text="/stop"),
    Said(text="/nonsense"),
    Said(text="@Tertulia halt everything"),
    Said(text="x" * (LONGEST_MESSAGE + 1)),
    Said(text="answer", reply_to=1),
    Edited(target=1, text="changed"),
    Deleted(target=1),
    Deleted(target=999),
    Answered(question=1, option="Approve"),
    Answered(question=999),
    Joined(participant=STRANGER.id, name="Mallory"),
    Left(participant=STRANGER.id),
    Joined(participant="agent:evil", name="evil"),
    Left(participant="agent:planner"),
    TurnStarted(speaker="agent:planner", upto=1, rung="r"),
    TurnTaken(outcome="said"),
    ToolCalled(call="c", tool="t", arguments="{}"),
    ToolReturned(call="c", output="o", exit_code=None, files=()),
    Asked(text="?"),
    Opened(child="x"),
    Closed(child="x"),
    Noted(key="k", value=1),
    Rested(upto=1),
    Stopped(reason="r"),
    Halted(),
    Resumed(),
    Reset(),
    Summarised(upto=1, text="t"),
]


def test_p9_the_list_below_names_every_kind_of_event():
    assert {type(event) for event in EVERYTHING} == set(Event.__args__)  # type: ignore[attr-defined]


async def test_p9_nothing_that_a_stranger_does_has_any_effect():
    house = House(Team(agents=[HI, asking(Asked(text="Which?"))]))
    await house.hears("hello")
    before = await house.log()
    targets = [one.seq for one in before]
    for event in EVERYTHING:
        aimed = [replace(event, target=seq) for seq in targets] if isinstance(event, Edited | Deleted) else [event]
        if isinstance(event, Answered):
            aimed = [replace(event, question=seq) for seq in targets]
        for one in aimed:
            with pytest.raises(TertuliaError):
                await house.enter(one, STRANGER)
    assert await house.log() == before
    assert await house.log("*") == await house.log("web:lobby/*") == ()


@pytest.mark.parametrize("text", ["!stop" + "\n" * 16_000 + "!", "/stoop", "!budget add much", "x" * 100_001])
async def test_p9_what_a_stranger_writes_is_refused_before_it_is_read(text: str):
    house = House(Team(agents=[HI]))
    await house.hears("hello")
    with pytest.raises(NotAllowed, match="not among the people"):
        await house.enter(Said(text=text), STRANGER)


@pytest.mark.parametrize("event", [Edited(target=999, text="x"), Deleted(target=2), Answered(question=999)])
async def test_p9_a_stranger_learns_nothing_about_what_is_in_the_room(event: Event):
    house = await asked(Asked(text="Which?"))
    question = await house.question()
    await house.answers(question, "the secret one")
    for aimed in (event, Answered(question=question)):
        with pytest.raises(NotAllowed, match="not among the people"):
            await house.enter(aimed, STRANGER)


@pytest.mark.parametrize("event", EVERYTHING[15:])
async def test_p9_people_cannot_cause_what_only_the_house_may(event: Event):
    house = House(Team(agents=[HI]))
    with pytest.raises(NotAllowed, match="by themselves"):
        await house.enter(event)
    assert await house.log() == ()


async def test_p9_where_no_team_is_nothing_is_kept_and_it_is_said_what_to_do():
    house = House(Team(agents=[HI]))
    house.permissions_of = lambda room: replace(PEOPLE, bound=False)
    with pytest.raises(NotAllowed, match="use TEAM"):
        await house.says("hello")
    assert await house.log() == ()


async def test_p45_permissions_are_read_at_the_act():
    house = House(Team(agents=[HI]))
    await house.says("hello", BOB)
    house.permissions_of = lambda room: Permissions(bound=True)
    with pytest.raises(NotAllowed):
        await house.says("hello again", BOB)


async def test_p45_a_group_opens_the_door():
    house = House(Team(agents=[HI]))
    house.permissions_of = lambda room: Permissions(users=frozenset({"team-eng"}), bound=True)
    await house.enter(Said(text="hello"), STRANGER, groups=("team-eng",))
    assert await house.talk() == [("Mallory", "hello")]


async def test_people_change_only_what_they_wrote_themselves():
    house = House(Team(agents=[HI]))
    await house.says("mine")
    seq = (await house.transcript()).last.seq
    for event in (Edited(target=seq, text="yours"), Deleted(target=seq)):
        with pytest.raises(NotAllowed, match="what you wrote yourself"):
            await house.enter(event, BOB)
    assert await house.talk() == [("Ana", "mine")]


async def test_what_is_not_there_cannot_be_changed():
    house = House(Team(agents=[HI]))
    await house.says("mine")
    with pytest.raises(WrongUse, match="not here any more"):
        await house.edits(999, "changed")


async def test_a_message_that_is_too_long_is_sent_back_with_a_better_way():
    house = House(Team(agents=[HI]))
    with pytest.raises(WrongUse, match="send it as a file"):
        await house.says("x" * (LONGEST_MESSAGE + 1))
    assert await house.log() == ()


async def test_p12_deleting_erases_the_message_and_every_edit_of_it():
    house = House(Team(agents=[HI]))
    await house.says("my passwrod is 1234")
    seq = (await house.transcript()).last.seq
    await house.edits(seq, "my password is 1234")
    await house.says("unrelated")
    await house.deletes(seq)
    assert not any("1234" in str(record.event) for record in await house.log())
    assert await house.talk() == [("Ana", "unrelated")]


async def test_p12_a_deletion_whose_erasing_failed_is_done_when_the_platform_delivers_it_again():
    house = House(Team(agents=[HI]))
    await house.says("my password is 1234")
    deleted = Deleted(target=(await house.transcript()).last.seq)
    whole = house.ports
    house.ports = replace(whole, store=with_ports(whole.store, log=Unerasable(whole.store.log)))
    house.restart()
    with pytest.raises(StoreFailed):
        await house.enter(deleted, source="slack:9")
    house.ports = whole
    house.restart()
    await house.enter(deleted, source="slack:9")
    assert "1234" not in str(await house.log())
    assert len(await house.events(Deleted)) == 1


class Unerasable:
    """A log whose file another program reads."""

    def __init__(self, log: Log):
        self.append, self.read, self.watch = log.append, log.read, log.watch
        self.find, self.head = log.find, log.head

    async def erase(self, room: str, seqs: Sequence[int]) -> int:
        raise StoreFailed("Another program reads the database; close it.")


async def test_p12_a_question_stays_answered_when_its_answer_is_deleted():
    house = await asked(Asked(text="Your name?"))
    await house.says("xyzzy")
    await house.run()
    await house.deletes((await house.transcript()).messages[-2].seq)
    assert "xyzzy" not in str((await house.transcript()).questions)
    house.restart()
    await house.run()
    assert (await house.transcript()).open_questions == ()


async def test_p3_a_deletion_or_an_answer_that_is_delivered_again_changes_nothing_and_tells_nobody_off():
    house = await asked(Asked(text="Which?"))
    answer = Answered(question=await house.question(), text="red")
    await house.says("gone soon", reply_to=1)
    deleted = Deleted(target=(await house.transcript()).last.seq)
    await house.enter(answer, source="slack:2")
    await house.enter(deleted, source="slack:3")
    before = await house.log()
    await house.enter(answer, source="slack:2")
    await house.enter(deleted, source="slack:3")
    assert await house.log() == before


async def test_the_door_knows_the_commands():
    house = House(Team(agents=[HI]))
    commands = dict(house.door.commands())
    assert set(commands) == set(Verb.__args__)  # type: ignore[attr-defined]
    assert commands["stop"] == "End this turn."


async def test_an_order_needs_no_text_and_is_authorised_like_a_written_one():
    house = House(Team(agents=[HI]))
    note = await house.door.order("web:lobby", ANA, Command(verb="status"), source="web:1", groups=())
    assert "No budget is set here." in note.text
    with pytest.raises(NotAllowed, match="You are not among the people"):
        await house.door.order("web:lobby", STRANGER, Command(verb="stop"), source="web:2", groups=())
    assert await house.talk() == []


async def test_p16_a_command_is_carried_out_and_never_said():
    house = House(Team(agents=[HI]))
    note = await house.says("/status")
    assert note is not None
    assert "No budget is set here." in note.text
    assert await house.talk() == []
