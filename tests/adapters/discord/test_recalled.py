"""A room begins with what stood before its first word; agents come and go with their bots (P13, P14, C13)."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest

from adapters.discord.background import Stretches
from adapters.discord.incoming import Incoming
from adapters.discord.rooms import Where
from adapters.sqlite_store.store import open_store
from agents import Team, Transcript, first, function_agent, mentioned, round_robin
from agents.log.events import Deleted, Edited, Joined, Left, Said
from agents.log.participants import is_person
from agents.testing import FakeClock
from tests.adapters.discord.serving import Server, a_server
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

HISTORY = "GET /channels/{channel_id}/messages"


def _reads(transcript: Transcript) -> str | None:
    if not is_person(transcript.last.by):
        return None
    return " | ".join(one.text for one in transcript.messages if is_person(one.by) and not one.deleted)


reading = Team(
    name="reading",
    agents=[function_agent("coder", _reads), function_agent("planner", lambda transcript: None)],
    speakers=first(mentioned, round_robin),
)
"""The coder repeats all that people have said in the room."""

READING = "tests.adapters.discord.test_recalled:reading"


async def read(server: Server, text: str, channel=None) -> str:
    """What the coder has read when it answers this, once it did."""
    said = f"| {text}" if " | " not in text else text
    await server.fake.until(lambda: any(one.endswith((said, f"coder:** {text}")) for one in server.words(channel)))
    return server.words(channel)[-1].removeprefix("**coder:** ")


async def recalled(server: Server, channel=None, thread=None) -> list[str]:
    events = [one.event for one in await server.records(channel, thread)]
    return [one.text for one in events if isinstance(one, Said) and one.recalled]


async def test_p13_a_thread_begins_with_the_last_messages_of_its_channel_in_view(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server:
        await server.say("long ago", channel=server.shared)
        async with server.serving():
            await server.say("we use Python", server.bob, server.shared)
            await server.say("and SQLite", channel=server.shared)
            message = await server.say("@coder go", channel=server.shared)
            thread = await server.thread(message)
            assert await read(server, "@coder go", thread) == "long ago | we use Python | and SQLite | @coder go"
            await server.say("more", channel=thread)
            assert (await read(server, "more", thread)).count("long ago") == 1


async def test_p14_a_thread_with_a_history_is_read_from_its_beginning_and_nothing_old_is_answered(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server:
        await server.say("in the channel", channel=server.shared)
        thread = await server.fake.start_thread(server.shared, server.ana, "Talk")
        await server.say("@coder are you there?", channel=thread)
        await server.say("!halt", server.bob, thread)
        async with server.serving():
            await server.say("@coder now", channel=thread)
            expected = "in the channel | @coder are you there? | @coder now"
            assert await read(server, "@coder now", thread) == expected
            assert len(server.answers(thread)) == 1


async def test_p14_a_channel_that_is_one_conversation_begins_with_its_history(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server:
        mallory = server.fake.add_member(server.guild, "Mallory")
        stranger = server.fake.add_bot("Stranger", guilds=[server.guild])
        await server.say("I am nobody", mallory)
        await server.say("beep", stranger)
        await server.say("look", server.bob, files=[("data.csv", b"a,b")])
        async with server.serving():
            await server.say("!status")
            assert await recalled(server) == []
            await server.say("hello")
            assert await read(server, "hello") == "look\n[file data.csv] | hello"
            requests = [one for one in server.fake.requests if one.route == HISTORY]
            await server.say("again")
            assert await read(server, "again") == "look\n[file data.csv] | hello | again"
            assert [one for one in server.fake.requests if one.route == HISTORY] == requests


async def test_p14_at_most_thirty_messages_are_recalled_and_none_twice_after_a_crash(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server:
        for number in range(40):
            await server.say(f"message {number}")
        async with server.serving() as house:
            entered, crashes = house.door.enter, [1]

            async def crashing(*args, **more):
                if crashes:
                    crashes.pop()
                    raise ConnectionAbortedError
                return await entered(*args, **more)

            object.__setattr__(house.door, "enter", crashing)
            await server.say("hello")
            await server.fake.until(lambda: not crashes)
        async with server.serving():
            await server.say("@coder hello again")
            await server.answered(1)
            assert await recalled(server) == [f"message {number}" for number in range(10, 40)]


async def test_p14_where_history_is_closed_or_broken_the_message_is_answered_without(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server:
        await server.say("before")
        await server.say("before", channel=server.shared)
        async with server.serving():
            server.fake.faults.refuse(HISTORY, 400, 0)
            await server.say("hello")
            (answer,) = await server.answered(1)
            assert answer.content == "hello"
            server.fake.change_permissions(server.shared, server.host, read_message_history=False)
            message = await server.say("@coder hello", channel=server.shared)
            thread = await server.thread(message)
            (answer,) = await server.answered(1, thread)
            assert answer.content == "@coder hello"


async def test_p14_nobody_waits_long_for_a_history_that_does_not_come(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("adapters.discord.background.PATIENCE", 0.2)
    async with a_server(tmp_path, team=READING) as server:
        await server.say("before")
        async with server.serving():
            held = server.fake.faults.slow_down(HISTORY)
            await server.say("hello")
            (answer,) = await server.answered(1)
            held.stop()
            assert answer.content == "hello"


async def test_p13_a_message_for_two_agents_with_bots_of_their_own_opens_one_thread(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"], team="tests.adapters.discord.teams:echo") as server, server.serving():
        message = await server.say("@planner and @coder, hello", channel=server.shared)
        thread = await server.thread(message)
        await server.fake.until(lambda: server.answers(thread) != [])
        opened = [one for one in server.fake.requests if one.method == "POST" and one.path.endswith("/threads")]
        assert len(opened) == 1
        assert server.answers(server.shared) == []


async def test_p12_changes_of_a_channels_message_reach_the_threads_that_recalled_it(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server:
        first = await server.say("we use Pyhton", channel=server.shared)
        second = await server.say("my secret", channel=server.shared)
        async with server.serving():
            message = await server.say("@coder go", channel=server.shared)
            thread = await server.thread(message)
            await read(server, "@coder go", thread)
            await server.fake.edit(server.shared, first, "we use Python")
            await server.fake.delete(server.shared, second)
            await server.say("nobody is meant", channel=server.shared)
            other = await server.say("@coder hear", channel=server.shared)
            await server.thread(other)
            await server.say("more", channel=thread)
            assert await read(server, "more", thread) == "we use Python | @coder go | more"
            records = await server.records(server.shared, message)
            assert [type(one.event) for one in records if isinstance(one.event, Edited | Deleted)] == [Edited, Deleted]
            assert "my secret" not in str([one.event for one in records if one.by.startswith("person:")])


@pytest.mark.parametrize("archived", [False, True])
async def test_d22_a_recalled_message_that_was_deleted_while_nobody_was_connected_is_gone(
    tmp_path, archived: bool
) -> None:
    async with a_server(tmp_path, team=READING) as server:
        secret = await server.say("my secret", channel=server.shared)
        async with server.serving():
            message = await server.say("@coder go", channel=server.shared)
            thread = await server.thread(message)
            await read(server, "@coder go", thread)
        if archived:
            await server.fake.archive_thread(thread)
        await server.fake.delete(server.shared, secret)
        async with server.serving():
            await server.say("nobody is meant", channel=server.shared)
            other = await server.say("@coder hear", channel=server.shared)
            await server.thread(other)
            await server.say("more", channel=thread)
            assert await read(server, "more", thread) == "@coder go | more"


async def test_p12_two_threads_that_recall_a_channel_at_the_same_time_are_both_remembered(tmp_path) -> None:
    async with open_store(tmp_path / "store.db", FakeClock()) as store:
        stretches, channel = Stretches(store.facts), Where(server=1, channel=2)
        async with asyncio.TaskGroup() as group:
            for thread in (3, 4):
                group.create_task(stretches.add(replace(channel, thread=thread), 5, 9))
        assert sorted(await stretches.rooms_with(channel, 7)) == ["discord:1/2/3", "discord:1/2/4"]


async def comings(server: Server, channel=None, thread=None) -> list[str]:
    """How the coder came and went in a room."""
    events = [one.event for one in await server.records(channel, thread)]
    found = [one for one in events if isinstance(one, Joined | Left) and one.participant == "agent:coder"]
    return ["came" if isinstance(one, Joined) else "went" for one in found]


async def until_comings(server: Server, expected: list[str], channel=None, thread=None) -> None:
    assert server.house is not None
    async with asyncio.timeout(10), aclosing(server.house.ports.store.log.watch(None)) as watch:
        while await comings(server, channel, thread) != expected:
            await anext(watch)


async def test_c13_an_agent_whose_bot_is_taken_out_of_the_server_leaves_and_comes_back_with_it(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"], team=READING) as server, server.serving():
        await server.say("hello")
        await server.answered(1)
        server.fake.kick_bot(server.guild, server.own["coder"])
        await until_comings(server, ["came", "went"])
        await server.say("anybody?")
        message = await server.say("@Tertulia hello", channel=server.shared)
        await until_comings(server, ["went"], server.shared, message)
        assert len(server.answers()) == 1
        server.fake.invite(server.guild, server.own["coder"])
        await until_comings(server, ["came", "went", "came"])
        await server.say("@coder welcome")
        await server.answered(2)


async def test_c13_a_bot_that_was_taken_out_while_nobody_was_connected_is_missed_at_the_start(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"], team=READING) as server:
        async with server.serving():
            await server.say("hello")
            await server.answered(1)
        server.fake.kick_bot(server.guild, server.own["coder"])
        async with server.serving():
            await until_comings(server, ["came", "went"])


async def test_c13_an_agent_leaves_a_channel_that_its_bot_sees_no_more(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"], team=READING) as server, server.serving():
        await server.say("hello")
        await server.answered(1)
        server.fake.change_permissions(server.lobby, server.own["coder"], view_channel=False)
        await until_comings(server, ["came", "went"])
        server.fake.change_permissions(server.lobby, server.own["coder"], view_channel=None)
        await until_comings(server, ["came", "went", "came"])


async def test_p12_what_is_deleted_in_a_channel_while_a_thread_copies_it_is_gone_from_the_copy(
    tmp_path, monkeypatch
) -> None:
    deleting, deleted, delete = asyncio.Event(), asyncio.Event(), Incoming.delete

    async def watched(*args) -> None:
        deleting.set()
        await delete(*args)
        deleted.set()

    monkeypatch.setattr(Incoming, "delete", watched)
    async with a_server(tmp_path, team=READING) as server:
        await server.say("we use Python", channel=server.shared)
        secret = await server.say("my secret", channel=server.shared)
        thread = await server.fake.start_thread(server.shared, server.ana, "Talk")
        async with server.serving() as house:
            recall = house.door.recall

            async def recalling(*args) -> None:
                await server.fake.delete(server.shared, secret)
                await deleting.wait()
                with suppress(TimeoutError):  # it waits for the copy
                    await asyncio.wait_for(deleted.wait(), 0.3)
                await recall(*args)

            object.__setattr__(house.door, "recall", recalling)
            await server.say("@coder go", channel=thread)
            await deleted.wait()
            assert await read(server, "@coder go", thread) == "we use Python | @coder go"
            assert "my secret" not in str(await server.records(server.shared, thread.id))
