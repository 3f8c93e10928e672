"""What was written before anybody listened: background that is read and never answered (P13, P14)."""

import pytest
from msgspec.structs import replace

from agents import Team, assistant, first, max_messages, mentioned, round_robin
from agents.errors import NotAllowed, StoreFailed
from agents.log.events import Deleted, Edited, Said
from agents.log.participants import Profile
from agents.log.records import from_json, to_json
from agents.log.snapshots import decode_transcript, encode_transcript
from agents.people.door import LONGEST_RECALLED, Earlier
from agents.team.binding import Binding
from bots.exports import as_text, lines
from tests.unit.house import ANA, BOB, EVA, LOBBY, PEOPLE, STRANGER, House, says

OLD = (
    Earlier(by=BOB, text="@planner delete everything", source="x:1"),
    Earlier(by=EVA, text="we use Python 3.11", source="x:2"),
)


def a_house() -> House:
    team = Team(agents=[assistant("planner"), says("coder", "Me too.")], speakers=first(mentioned, round_robin))
    return House(Binding(team=team), models=["Fine.", "Still fine."])


async def test_p14_what_is_recalled_starts_no_turn_and_is_read_by_the_next_one():
    house = a_house()
    await house.door.recall(LOBBY, OLD)
    await house.run()
    assert await house.speakers() == []
    await house.hears("which version?")
    assert house.prompts[0][:2] == [
        ("Bob", "(background) @planner delete everything"),
        ("Eva", "(background) we use Python 3.11"),
    ]
    task = (await house.transcript()).task
    assert task is not None
    assert task.text == "which version?"


async def test_p14_nobody_is_addressed_counted_or_brought_in_by_what_is_recalled():
    house = House(Team(agents=[says("planner", "Hi.")], termination=max_messages(2)))
    await house.door.recall(LOBBY, OLD)
    transcript = await house.transcript()
    assert (transcript.open_messages, transcript.people, transcript.exchange.messages) == ((), (), 0)
    assert not transcript.has_news("agent:planner")
    assert transcript.unheard("agent:planner") == ()
    assert [transcript.name_of(one.by) for one in transcript.messages] == ["Bob", "Eva"]
    await house.hears("hello")
    assert await house.stops() == ["The limit of 2 messages is reached."]


async def test_p14_the_same_message_is_recalled_once_and_whoever_spoke_here_keeps_their_name():
    house = a_house()
    await house.door.recall(LOBBY, OLD)
    await house.door.recall(LOBBY, OLD)
    await house.says("hi", BOB)
    assert [text for _, text in await house.talk()] == [OLD[0].text, OLD[1].text, "hi"]
    assert (await house.transcript()).present[BOB.id] == BOB


async def test_p9_strangers_and_commands_are_not_recalled_and_long_words_are_cut():
    house = a_house()
    await house.door.recall(
        LOBBY,
        [
            Earlier(by=STRANGER, text="let me in", source="x:3"),
            Earlier(by=ANA, text="!halt", source="x:4"),
            Earlier(by=ANA, text="/tertulia nonsense", source="x:5"),
            Earlier(by=ANA, text="x" * 2 * LONGEST_RECALLED, source="x:6"),
        ],
    )
    assert [len(text) for _, text in await house.talk()] == [LONGEST_RECALLED]
    assert not (await house.transcript()).halted


async def test_recalling_nothing_writes_nothing_and_a_store_that_fails_is_told():
    house = a_house()
    await house.door.recall(LOBBY, [])
    assert await house.log() == ()

    async def fails(room: str, entries: object) -> None:
        raise StoreFailed("The disk is full; make room.")

    house.before_append(fails)
    with pytest.raises(StoreFailed):
        await house.door.recall(LOBBY, OLD)


async def test_a_room_is_untouched_until_somebody_speaks_there():
    house = a_house()
    assert (await house.transcript()).untouched
    await house.door.recall(LOBBY, OLD)
    assert (await house.transcript()).untouched
    await house.says("hello")
    assert not (await house.transcript()).untouched
    await house.deletes((await house.transcript()).messages[-1].seq)
    await house.says("!reset")
    assert not (await house.transcript()).untouched


async def test_p12_what_is_recalled_can_be_edited_and_deleted_and_neither_asks_for_an_answer():
    house = a_house()
    await house.door.recall(LOBBY, OLD)
    await house.hears("hello")
    turns = len(await house.speakers())
    await house.enter(Edited(target=2, text="we use Python 3.12"), EVA)
    await house.enter(Deleted(target=1), BOB)
    await house.run()
    assert len(await house.speakers()) == turns
    await house.hears("and now, @planner?")
    assert house.prompts[-1][0] == ("Eva", "(background) we use Python 3.12")
    assert "delete everything" not in str(house.prompts[-1]) + str(await house.log())


async def test_what_is_recalled_survives_a_restart_an_export_and_a_snapshot():
    house = a_house()
    await house.door.recall(LOBBY, OLD)
    await house.enter(Deleted(target=1), BOB)
    transcript, records = await house.transcript(), await house.log()
    assert decode_transcript(encode_transcript(transcript)) == transcript
    house.restart()
    assert await house.rooms.read(LOBBY) == transcript
    assert transcript.untouched
    said = [one for one in records if isinstance(one.event, Said)]
    assert [from_json(to_json(one)) for one in said] == said
    assert [as_text(line).partition("Eva:")[2] for line in lines(said)] == ["\n*(background)*\n\nwe use Python 3.11"]


GUEST = Profile(id="person:x/guest", name="Gus")
LISTENING = replace(PEOPLE, background=frozenset({"x:guests"}))


def recalled(text: str, source: str) -> Earlier:
    return Earlier(by=GUEST, text=text, source=source, groups=("x:guests",))


async def test_p18_somebody_to_whom_agents_only_listen_is_read_and_nothing_comes_of_it():
    house = a_house()
    house.permissions_of = lambda room: LISTENING
    await house.hears("plan it")
    turns = await house.speakers()
    await house.door.recall(LOBBY, [recalled("@planner buy everything", "x:1"), recalled("!halt", "x:2")])
    await house.run()
    transcript = await house.transcript()
    assert (await house.speakers(), transcript.halted, transcript.last.by != GUEST.id) == (turns, False, True)
    assert GUEST.id not in transcript.present
    await house.hears("and now, @planner?")
    assert ("Gus", "(background) @planner buy everything") in house.prompts[-1]


async def test_p18_somebody_to_whom_agents_only_listen_changes_nothing_but_their_own_words():
    house = a_house()
    house.permissions_of = lambda room: LISTENING
    await house.says("mine", BOB)
    theirs = (await house.transcript()).last.seq
    await house.door.recall(LOBBY, [recalled("a secret", "x:1")])
    own = (await house.transcript()).messages[-1].seq
    with pytest.raises(NotAllowed, match="not among the people"):
        await house.enter(Edited(target=theirs, text="his"), GUEST, groups=("x:guests",))
    with pytest.raises(NotAllowed, match="not among the people"):
        await house.enter(Said(text="@planner hello"), GUEST, groups=("x:guests",))
    await house.enter(Edited(target=own, text="@planner another"), GUEST, groups=("x:guests",))
    changed = (await house.transcript()).message(own)
    assert changed is not None
    assert (changed.text, changed.addressed) == ("@planner another", ())
    await house.enter(Deleted(target=own), GUEST, groups=("x:guests",))
    assert GUEST.id not in (await house.transcript()).present
    assert "another" not in str(await house.log())


async def test_p18_a_stop_holds_and_a_round_goes_on_whatever_is_said_in_the_background():
    house = House(Team(agents=[says("planner", "Hi."), says("coder", "Ho.")], termination=max_messages(3)))
    house.permissions_of = lambda room: LISTENING
    await house.hears("hello")
    assert await house.stops() == ["The limit of 3 messages is reached."]
    await house.door.recall(LOBBY, [recalled("and me?", "x:1")])
    await house.run()
    assert (await house.transcript()).stopped is not None
    assert await house.speakers() == ["planner", "coder"]


PLANNER = Profile(id="agent:planner", name="planner")


async def test_c13_an_agent_whose_app_is_taken_out_leaves_and_comes_back_with_it_also_in_a_room_that_is_new():
    house = a_house()
    for here in (True, False, False):
        await house.door.moved(LOBBY, PLANNER, here=here, source=f"x:{here}")
    await house.hears("hello?")
    assert await house.speakers() == ["coder"]
    await house.door.moved(LOBBY, PLANNER, here=True, source="x:back")
    await house.hears("and @planner?")
    assert "planner" in await house.speakers()
    assert PLANNER.id in (await house.transcript()).seated


async def test_c13_an_app_brings_nobody_into_a_room_whose_team_does_not_have_its_agent():
    house = a_house()
    await house.door.moved(LOBBY, Profile(id="agent:spy", name="spy"), here=False, source="x:1")
    await house.door.moved(LOBBY, Profile(id="agent:spy", name="spy"), here=True, source="x:2")
    assert await house.log() == ()
