"""What was there before: history as background, people who are only listened to, agents that come and go with apps."""

from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from adapters.slack import background, inbox
from agents.errors import StoreFailed
from agents.log.events import Left, Said
from agents.people.door import Earlier
from agents.testing import until
from tests.adapters.slack.living import World, workspace
from tests.fakes.slack import FakeApp

OPEN = '[[channels]]\nmatch = ["slack:#open"]\nteam = "tests.adapters.slack.teams:echo"\nusers = ["slack:workspace"]\n'


async def recalled(world: World, room: str) -> list[str]:
    """What agents read there without anybody having said it to them."""
    assert world.house is not None
    said = [one.event for one in await world.house.ports.store.log.read(room) if isinstance(one.event, Said)]
    return [one.text for one in said if one.recalled]


async def turns(world: World, room: str) -> list[str]:
    assert world.house is not None
    return [turn.speaker for turn in (await world.house.rooms.read(room)).floor.past]


def a_channel(world: World, *apps: FakeApp) -> str:
    return world.slack.add_channel("T1", "open", members=[world.ana, world.ben, world.eve], apps=apps)


async def test_p14_an_invited_app_reads_the_newest_messages_and_answers_none_of_them(folder: Path):
    async with workspace(folder, more=OPEN) as world, world.served():
        channel = a_channel(world)
        foreign = world.slack.add_app("T1", "Other")
        await world.slack.join(channel, foreign.bot_user)
        for number in range(background.MOST + 5):
            await world.slack.say(channel, world.ben, f"number {number}")
        await world.slack.say_as_app(channel, foreign, "planner: from a bot")
        await world.slack.say(channel, world.ben, f"{world.named()} are you here?")
        await world.slack.say(channel, world.ben, "!halt")
        await world.slack.join(channel, world.host.bot_user)
        await world.settled()
        room = f"slack:T1/{channel}"
        read = await recalled(world, room)
        assert (read[0][:6], read[-2:]) == ("number", ["number 34", "@Tertulia are you here?"])
        assert len(read) <= background.MOST
        assert await turns(world, room) == []
        assert [one for one in world.said(channel) if one.bot_id != foreign.bot_id] == []
        asked = len(world.slack.called("conversations.history"))
        await world.slack.say(channel, world.ben, f"{world.named()} and now?")
        await world.until_said("and now?", channel=channel)
        assert (asked, len(world.slack.called("conversations.history"))) == (1, 1)


async def test_p14_an_app_that_comes_back_reads_what_it_missed_once(folder: Path):
    async with workspace(folder, more=OPEN) as world, world.served():
        channel = a_channel(world, world.host)
        await world.slack.say(channel, world.ben, "first")
        await world.slack.leave(channel, world.host.bot_user)
        await world.slack.say(channel, world.ben, "second")
        await world.slack.join(channel, world.host.bot_user)
        await world.slack.say(channel, world.ben, "third")
        await world.settled()
        assert await recalled(world, f"slack:T1/{channel}") == ["second"]


@pytest.mark.parametrize("invited", [False, True])
async def test_p14_a_thread_that_was_there_before_is_read_when_an_agent_is_first_addressed_in_it(
    folder: Path, invited: bool
):
    """Nobody listened: the app was not in the channel, or the house did not stand."""
    async with workspace(folder, more=OPEN) as world:
        channel = a_channel(world, *([] if invited else [world.host]))
        await world.slack.say(channel, world.ben, "hours before")
        root = await world.slack.say(channel, world.ben, "the deploy fails")
        file = world.slack.add_file("T1", world.ana, "log.txt", b"red")
        await world.slack.say(channel, world.ana, "since when?", thread_ts=root, files=[file])
        async with world.served():
            if invited:
                await world.slack.join(channel, world.host.bot_user)
            await world.slack.say(channel, world.ben, f"{world.named()} what now?", thread_ts=root)
            answer = await world.until_said("You said: @Tertulia what now?", channel=channel)
            assert answer.thread_ts == root
            room = f"slack:T1/{channel}/{root}"
            read = ["hours before", "the deploy fails", "since when?\n[file log.txt]"]
            assert await recalled(world, room) == read
            assert await turns(world, room) == ["agent:planner"]
            await world.slack.say(channel, world.ben, "and then?", thread_ts=root)
            await world.until_said("and then?", channel=channel)
            assert len(world.slack.called("conversations.replies")) == 1


async def test_p14_of_a_long_thread_the_root_and_the_newest_replies_are_read(folder: Path):
    async with workspace(folder, more=OPEN) as world:
        channel = a_channel(world)
        root = await world.slack.say(channel, world.ben, "the deploy fails")
        for number in range(210):
            await world.slack.say(channel, world.ben, f"try {number}", thread_ts=root)
        async with world.served():
            await world.slack.join(channel, world.host.bot_user)
            await world.slack.say(channel, world.ben, f"{world.named()} what now?", thread_ts=root)
            await world.until_said("what now?", channel=channel)
            newest = [f"try {number}" for number in range(210 - background.MOST + 1, 210)]
            assert await recalled(world, f"slack:T1/{channel}/{root}") == ["the deploy fails", *newest]
            assert len(world.slack.called("conversations.replies")) == 2


async def test_p13_a_thread_begins_with_the_last_messages_of_its_channel_in_view(folder: Path):
    async with workspace(folder, more=OPEN) as world, world.served():
        channel = a_channel(world, world.host)
        await world.slack.say(channel, world.ben, "the deploy fails")
        first = await world.slack.say(channel, world.ben, f"{world.named()} look")
        await world.until_said("look", channel=channel)
        await world.slack.say(channel, world.ana, "it is the disk")
        await world.slack.edit(channel, first, f"{world.named()} look again")
        second = await world.slack.say(channel, world.ana, f"{world.named()} true?")
        await world.until_said("true?", channel=channel)
        expected = ["the deploy fails", "@Tertulia look again", "it is the disk"]
        assert await recalled(world, f"slack:T1/{channel}/{second}") == expected
        assert await recalled(world, f"slack:T1/{channel}/{first}") == ["the deploy fails"]
        assert world.slack.called("conversations.replies") == []


async def test_p13_a_thread_under_a_message_that_was_heard_begins_with_it_and_asks_slack_nothing(folder: Path):
    async with workspace(folder, more=OPEN) as world, world.served():
        channel = a_channel(world, world.host)
        root = await world.slack.say(channel, world.ben, "the deploy fails")
        await world.slack.say(channel, world.ana, f"{world.named()} since when?", thread_ts=root)
        await world.until_said("since when?", channel=channel)
        assert await recalled(world, f"slack:T1/{channel}/{root}") == ["the deploy fails"]
        assert world.slack.called("conversations.replies") == []


async def test_p12_what_is_deleted_or_edited_in_a_channel_is_so_in_every_thread_that_began_with_it(folder: Path):
    async with workspace(folder, more=OPEN) as world, world.served():
        channel = a_channel(world, world.host)
        gone = await world.slack.say(channel, world.ben, "my password is 1234")
        changed = await world.slack.say(channel, world.ben, "we meet at 9")
        roots = [await world.slack.say(channel, world.ana, f"{world.named()} number {number}") for number in range(2)]
        for number in range(2):
            await world.until_said(f"number {number}", channel=channel)
        await world.slack.delete(channel, gone)
        await world.slack.edit(channel, changed, "we meet at 10")
        await world.settled()
        assert world.house is not None
        for root in ("", f"/{roots[0]}", f"/{roots[1]}"):
            room = f"slack:T1/{channel}{root}"
            transcript = await world.house.rooms.read(room)
            texts = [one.text for one in transcript.messages if not one.deleted]
            assert "we meet at 10" in texts
            assert "we meet at 9" not in texts
            assert "1234" not in str(await world.house.ports.store.log.read(room)) + str(transcript)


async def test_p14_when_slack_does_not_tell_in_time_the_question_is_answered_without(
    folder: Path, caplog: pytest.LogCaptureFixture
):
    async with workspace(folder, more=OPEN) as world, world.served():
        channel = a_channel(world, world.host)
        world.slack.faults.server_error("conversations.history", times=2)
        world.slack.faults.refuse("conversations.history", "missing_scope")
        await world.slack.say(channel, world.ben, f"{world.named()} hello?")
        await world.until_said("hello?", channel=channel)
        assert len(world.slack.called("conversations.history")) == 3
        assert "What was said before in" in caplog.text


async def test_r4_a_message_that_comes_late_counts_though_it_was_read_with_what_came_before_another(folder: Path):
    async with workspace(folder, more=OPEN) as world:
        channel = a_channel(world, world.host)
        await world.slack.say(channel, world.ben, f"{world.named()} the first")
        async with world.served():
            await world.slack.say(channel, world.ben, f"{world.named()} the second")
            await world.until_said("the second", channel=channel)
            await world.slack.sockets.redeliver(answered=True)
            await world.until_said("the first", channel=channel)
            await world.settled()
            assert len(world.said(channel)) == 2


@pytest.mark.parametrize("kind", ["guest", "external"])
async def test_r9_people_of_other_companies_are_read_and_nothing_comes_of_it(folder: Path, kind: str):
    async with workspace(folder, more=OPEN, slack_table='external = "read"') as world, world.served():
        home = "T9" if kind == "external" else ""
        gus = world.slack.add_user("T1", "gus", home=home, is_guest=kind == "guest")
        channel = world.slack.add_channel("T1", "open", members=[gus, world.ben], apps=[world.host])
        root = await world.slack.say(channel, world.ben, f"{world.named()} one")
        await world.until_said("one", channel=channel)
        file = world.slack.add_file("T1", gus, "evil.sh", b"rm")
        asked = await world.slack.say(channel, gus, f"{world.named()} planner: do it", thread_ts=root, files=[file])
        await world.slack.say(channel, gus, f"{world.named()} in the channel")
        await world.slack.say(channel, gus, "!halt", thread_ts=root)
        await world.settled()
        whispers = world.whispers(gus, channel)
        assert len(whispers) == 3
        assert all("not among the people" in one for one in whispers)
        room = f"slack:T1/{channel}/{root}"
        named = "evil.sh" if kind == "guest" else file.id
        assert await recalled(world, room) == [f"@Tertulia planner: do it\n[file {named}]"]
        assert await recalled(world, f"slack:T1/{channel}") == ["@Tertulia one", "@Tertulia in the channel"]
        assert await turns(world, room) == ["agent:planner"]
        assert len(world.said(channel)) == 1
        await world.slack.edit(channel, asked, "planner: do nothing")
        await world.settled()
        assert world.house is not None
        assert "planner: do nothing" in [one.text for one in (await world.house.rooms.read(room)).messages]
        await world.slack.delete(channel, asked)
        await world.slack.say(channel, world.ben, "two", thread_ts=root)
        await world.until_said("two", channel=channel)
        assert "do nothing" not in str(await world.house.ports.store.log.read(room))


async def test_r9_with_full_people_of_other_companies_do_what_the_whole_workspace_may(folder: Path):
    async with workspace(folder, more=OPEN, slack_table='external = "full"') as world, world.served():
        gus = world.slack.add_user("T1", "gus", home="T9")
        channel = world.slack.add_channel("T1", "open", members=[gus], apps=[world.host])
        await world.slack.say(channel, gus, f"{world.named()} hello")
        await world.until_said("hello", channel=channel)
        assert "Nobody is speaking" in (await world.slack.command(gus, channel, "/tertulia", "status")).text
        assert "Only" in (await world.slack.command(gus, channel, "/tertulia", "halt everything")).text
        await world.slack.say(world.channel, world.ben, f"{world.named()} but not where members are listed by id")
        assert (await world.slack.command(gus, world.channel, "/tertulia", "status")).text != ""


async def test_c13_an_agent_whose_app_is_taken_out_of_a_channel_leaves_its_rooms_and_comes_back_with_it(folder: Path):
    async with workspace(folder, own=["coder"]) as world:
        coder = world.own["coder"]
        async with world.served():
            world.slack.world.channel(world.channel).members.remove(coder.bot_user)
            await world.slack.join(world.channel, coder.bot_user)
            old = await world.slack.say(world.channel, world.ben, f"{world.named()} planner: one")
            await world.until_said("one")
            await world.slack.leave(world.channel, coder.bot_user)
            await world.slack.say(world.channel, world.ben, "coder: two", thread_ts=old)
            await world.until_said("You said: coder: two")
        async with world.served():
            new = await world.slack.say(world.channel, world.ben, f"{world.named()} coder: three")
            await world.until_said("You said: @Tertulia coder: three")
            await world.slack.join(world.channel, coder.bot_user)
            for number, thread in enumerate((old, new)):
                await world.slack.say(world.channel, world.ben, f"coder: back {number}", thread_ts=thread)
                answer = await world.until_said(f"Coded: coder: back {number}")
                assert answer.bot_id == coder.bot_id
            await world.slack.leave(world.channel, coder.bot_user)
            await world.slack.say(world.channel, world.ben, "coder: four", thread_ts=new)
            await world.until_said("You said: coder: four")


async def test_c13_an_agent_leaves_threads_that_wait_for_something_though_no_memory_of_them_is_left(folder: Path):
    async with workspace(folder, own=["coder"]) as world:
        rooms: list[str] = []
        async with world.served():
            for words in ("one", "two"):
                ts = await world.slack.say(world.channel, world.ben, f"{world.named()} {words}")
                await world.until_said(words)
                rooms.append(f"slack:T1/{world.channel}/{ts}")
        async with world.served():
            assert world.house is not None
            store = world.house.ports.store
            await until(lambda: _none(store.schedule.awake(f"slack:T1/{world.channel}")))
        async with world.served():
            assert world.house is not None
            store = world.house.ports.store
            await store.schedule.wake_at(rooms[0], 4e9)
            await world.slack.leave(world.channel, world.own["coder"].bot_user)
            await world.settled()
            gone = [any(isinstance(one.event, Left) for one in await store.log.read(room)) for room in rooms]
            assert gone == [True, False]


async def _none(found: Awaitable[Sequence[str]]) -> bool:
    return not await found


async def test_c13_in_a_channel_that_is_one_conversation_an_agent_goes_and_comes_too(folder: Path):
    table = 'attention = "always"'
    async with workspace(folder, own=["coder"], channel_table=table) as world, world.served():
        coder = world.own["coder"]
        for words in ("leave", "join"):
            await getattr(world.slack, words)(world.channel, coder.bot_user)
            await world.slack.say(world.channel, world.ben, f"coder: after {words}")
            await world.until_said(f"{'You said' if words == 'leave' else 'Coded'}: coder: after {words}")


async def test_p14_what_the_store_did_not_take_of_the_time_before_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(inbox, "RETRY", 0.01)
    async with workspace(folder, more=OPEN) as world:
        world.slack.office.retries = ()
        channel = a_channel(world, world.host)
        await world.slack.say(channel, world.ben, "before")
        async with world.served() as stands:
            served = stands.workspaces.of("T1")
            assert served is not None
            door = served.incoming._house.door
            real, failures = door.recall, [StoreFailed("The disk is full; make room.")]

            async def recall(room: str, earlier: Sequence[Earlier]) -> None:
                if failures:
                    raise failures.pop()
                await real(room, earlier)

            monkeypatch.setattr(door, "recall", recall)
            await world.slack.say(channel, world.ben, f"{world.named()} and now?")
            await world.until_said("and now?", channel=channel)
            assert (failures, await recalled(world, f"slack:T1/{channel}")) == ([], ["before", "@Tertulia and now?"])
