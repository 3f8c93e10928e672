"""What is missing, closed, gone or full on the way to a Discord channel is said, and the rest goes on (D15-D17)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from agents.errors import StoreFailed
from tests.adapters.discord.serving import Server, a_server
from tests.adapters.discord.test_connection import echoed, heard
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

Logged: TypeAlias = Callable[[], str]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Logged:
    """What the operator can read, wherever logs go in this process."""
    return lambda: capsys.readouterr().out + caplog.text


@pytest.mark.parametrize(
    ("missing", "shown", "told"),
    [
        ("manage_webhooks", "**coder:** coder heard: @coder hello", "give it Manage Webhooks"),
        ("send_messages", "coder heard: @coder hello", ""),
        ("read_message_history", "coder heard: @coder hello", ""),
        ("embed_links", "coder heard: @coder hello", ""),
        ("attach_files", "coder heard: @coder hello", ""),
    ],
)
async def test_d15_without_one_permission_people_are_answered_and_the_operator_knows_what_to_give(
    tmp_path: Path, logged: Logged, missing: str, shown: str, told: str
) -> None:
    async with a_server(tmp_path) as server:
        server.fake.change_permissions(server.lobby, server.host, **{missing: False})
        async with server.serving():
            await server.say("@coder hello")
            (answer,) = await server.answered(1)
            assert answer.content == shown
        assert told in logged()


@pytest.mark.parametrize("missing", ["send_messages_in_threads", "create_public_threads", "manage_threads"])
async def test_d15_d16_without_a_permission_for_threads_the_answer_still_comes(tmp_path: Path, missing: str) -> None:
    async with a_server(tmp_path) as server:
        server.fake.change_permissions(server.shared, server.host, **{missing: False})
        async with server.serving():
            message = await server.say("@coder hello", channel=server.shared)
            await server.fake.until(lambda: any("heard: @coder hello" in one for one in _everywhere(server, message)))


def _everywhere(server: Server, message: int) -> list[str]:
    """What is said in the shared channel and in the thread of a message."""
    thread = server.fake.world.channels.get(message)
    return server.words(server.shared) + (server.words(thread) if thread else [])


async def test_d15_a_channel_that_nobody_may_speak_in_stops_no_other(tmp_path: Path, logged: Logged) -> None:
    async with a_server(tmp_path) as server:
        for missing in ("send_messages", "manage_webhooks"):
            server.fake.change_permissions(server.lobby, server.host, **{missing: False})
        async with server.serving():
            await server.say("@coder hello")
            message = await server.say("@coder hello", channel=server.shared)
            thread = await server.thread(message)
            await echoed(server, "@coder hello", thread)
            assert server.answers() == []
            server.fake.change_permissions(server.lobby, server.host, view_channel=False)
            await server.say("@coder are you there?")
            await server.say("and here?", channel=thread)
            await echoed(server, "and here?", thread)
        assert "give it Send Messages" in logged()


async def test_d16_a_thread_that_is_locked_or_deleted_in_the_middle_leaves_the_channel_as_it_was(
    tmp_path: Path,
) -> None:
    async with a_server(tmp_path) as server, server.serving():
        threads = []
        for number in (1, 2):
            message = await server.say(f"@coder {number}", channel=server.shared)
            threads.append(await server.thread(message))
            await echoed(server, f"@coder {number}", threads[-1])
        await server.fake.archive_thread(threads[0], locked=True)
        await server.fake.delete_channel(threads[1])
        message = await server.say("@coder 3", channel=server.shared)
        third = await server.thread(message)
        await echoed(server, "@coder 3", third)
        await server.fake.delete(server.shared, message)
        await server.say("go on", channel=third)
        await echoed(server, "go on", third)


async def test_d17_posts_of_a_forum_are_conversations_of_their_own(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        forum = server.guild.add_forum("ideas")
        async with server.serving():
            posts = [
                await server.fake.start_thread(forum, server.ana, f"Idea {number}", text=f"@coder idea {number}")
                for number in (1, 2)
            ]
            for number, post in enumerate(posts, 1):
                await echoed(server, f"@coder idea {number}", post)
                await server.say(f"more of {number}", server.bob, post)
                await echoed(server, f"more of {number}", post)
                assert all(f" {3 - number}" not in one for one in server.words(post))


async def test_p31_a_full_disk_loses_no_message_and_answers_it_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        await server.say("one")
        await echoed(server, "one")
        appended, full, refusals = house.ports.store.log.append, [True], asyncio.Queue[None](maxsize=100)

        async def append(log: object, room: str, entries: object) -> object:
            if full:
                refusals.put_nowait(None)
                raise StoreFailed("The disk is full; make room.")
            return await appended(room, entries)

        with monkeypatch.context() as patched:
            patched.setattr(type(house.ports.store.log), "append", append)
            patched.setattr("adapters.discord.timelines._RETRIES", (0.5,))
            two, three = [await _refused(server, refusals, text) for text in ("@coder two", "@coder three")]
            await server.fake.edit(server.lobby, two, "@coder twice")
            await server.fake.delete(server.lobby, three)
            full.clear()
            await echoed(server, "@coder twice")
        assert await heard(server) == ["one", "@coder twice"]
        assert len([one for one in server.words() if one.endswith("heard: @coder twice")]) == 1


async def _refused(server: Server, refusals: asyncio.Queue[None], text: str) -> int:
    """Say something that the store refuses to take."""
    message = await server.say(text)
    await asyncio.wait_for(refusals.get(), 10)
    return message
