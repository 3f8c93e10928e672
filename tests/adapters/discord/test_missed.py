"""People change and delete messages while nobody is connected: it counts all the same, once (D5, D22)."""

import asyncio
from contextlib import aclosing

import pytest

from adapters.shared.pace import PaceLimits, Rate
from agents.errors import StoreFailed
from agents.log.events import Deleted, Edited, Said
from tests.adapters.discord.serving import Server, a_server
from tests.adapters.discord.test_cards import press
from tests.adapters.discord.test_connection import echoed
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

HISTORY = "GET /channels/{channel_id}/messages"
ONE = "GET /channels/{channel_id}/messages/{message_id}"
AT_ONCE = PaceLimits(room=Rate(count=100, seconds=1.0), platform=Rate(count=100, seconds=1.0), draft=1.5)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is posted slowly."""
    monkeypatch.setattr("bots.platforms.discord.LIMITS", AT_ONCE)


async def changes(server: Server, channel=None, thread=None) -> list[str]:
    """What was changed in the room: new texts, and that something was deleted."""
    events = [one.event for one in await server.records(channel, thread)]
    found = [one for one in events if isinstance(one, Edited | Deleted)]
    return [one.text if isinstance(one, Edited) else "deleted" for one in found]


async def told(server: Server, *texts: str) -> list[int]:
    """Say these, one after the other was repeated."""
    ids: list[int] = []
    for text in texts:
        ids.append(await server.say(text))
        await echoed(server, text)
    return ids


async def test_d22_what_was_changed_while_the_process_was_down_is_known_after_the_start_and_once(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            one, two, three = await told(server, "number 1", "number 2", "number 3")
        await server.fake.edit(server.lobby, one, "number one")
        await server.fake.delete(server.lobby, two)
        await server.fake.edit(server.lobby, three, "number tree")
        await server.fake.edit(server.lobby, three, "number three")
        async with server.serving():
            await told(server, "@coder and now")
            assert await changes(server) == ["number one", "number three", "deleted"]
        async with server.serving():
            await told(server, "@coder again")
            assert await changes(server) == ["number one", "number three", "deleted"]


async def test_d22_what_was_changed_in_a_gap_with_a_lost_session_is_known(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        one, two = await told(server, "number 1", "number 2")
        sessions = server.sessions
        await server.fake.gateway.drop(server.host, lose_session=True)
        await server.fake.edit(server.lobby, one, "number one")
        await server.fake.delete(server.lobby, two)
        await server.fake.until(lambda: server.sessions > sessions, 15)
        await told(server, "@coder and now")
        assert await changes(server) == ["number one", "deleted"]
        assert "number 2" not in str([one for one in await server.records() if one.by.startswith("person:")])


async def test_d22_a_message_that_was_missed_and_changed_is_said_once_as_it_is_now(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await told(server, "one")
        two = await server.say("tow")
        await server.fake.edit(server.lobby, two, "two")
        gone = await server.say("three")
        await server.fake.delete(server.lobby, gone)
        for text in ("@coder four", "@coder five"):
            async with server.serving():
                await echoed(server, "two")
                await told(server, text)
                assert await changes(server) == []
        assert not any("three" in one or "tow" in one for one in server.words())


async def test_d22_a_deleted_message_that_opened_a_thread_is_gone_from_the_thread(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            opener = await server.say("@coder my secret", channel=server.shared)
            thread = await server.thread(opener)
            await echoed(server, "@coder my secret", thread)
            second = await server.say("and more", channel=thread)
            await echoed(server, "and more", thread)
        await server.fake.delete(server.shared, opener)
        await server.fake.delete(thread, second)
        async with server.serving():
            again = await server.say("@coder go on", channel=server.shared)
            await server.thread(again)
            await server.say("and on", channel=thread)
            await echoed(server, "and on", thread)
            assert await changes(server, server.shared, opener) == ["deleted", "deleted"]


async def test_d22_the_only_message_of_a_channel_is_asked_for_before_it_counts_as_deleted(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            (first,) = await told(server, "my secret")
        await server.fake.delete(server.lobby, first)
        for answer in [one.id for one in server.answers()]:
            await server.fake.delete(server.lobby, answer)
        async with server.serving():
            await told(server, "@coder now")
            assert await changes(server) == ["deleted"]


async def test_d22_where_history_is_closed_nothing_counts_as_deleted(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await told(server, "still there")
        server.fake.change_permissions(server.lobby, server.host, read_message_history=False)
        async with server.serving():
            await told(server, "@coder now")
            assert await changes(server) == []
            said = [one.event.text for one in await server.records() if isinstance(one.event, Said)]
            assert said[0] == "still there"


async def test_d22_a_message_further_back_than_a_full_page_is_left_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("adapters.discord.review.PAGE", 3)
    async with a_server(tmp_path) as server:
        async with server.serving():
            far, *_ = await told(server, "far back", "two", "three", "four")
        await server.fake.delete(server.lobby, far)
        async with server.serving():
            await told(server, "@coder now")
            assert await changes(server) == []
            asked = [one for one in server.fake.requests if one.route == ONE]
            assert asked == []


async def test_d22_a_history_that_cannot_be_read_at_first_is_reviewed_later(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            one, _ = await told(server, "one", "two")
        await server.fake.edit(server.lobby, one, "number one")
        server.fake.faults.refuse(HISTORY, 400, 0)
        async with server.serving():
            await echoed(server, "number one")
            assert await changes(server) == ["number one"]


async def test_d22_an_answer_by_a_button_is_no_message_that_could_be_missing(tmp_path) -> None:
    async with a_server(tmp_path, team="tests.adapters.discord.teams:curious") as server:
        async with server.serving():
            await server.say("ask approval Approve Reject")
            await server.fake.until(lambda: any(one.components for one in server.answers()))
            card = next(one for one in server.answers() if one.components)
            await press(server, card, "Approve", server.bob)
            await server.fake.until(lambda: "So: Approve" in server.words())
        async with server.serving():
            await server.say("ask input")
            await server.fake.until(lambda: any("ask input" in one.content for one in server.answers()))
            assert await changes(server) == []


async def test_d22_a_written_answer_that_is_deleted_or_changed_while_nobody_is_connected_is_so(tmp_path) -> None:
    async with a_server(tmp_path, team="tests.adapters.discord.teams:curious") as server:
        async with server.serving():
            replies: list[int] = []
            for colour in ("my secret", "gren"):
                await server.say("ask input")
                await server.fake.until(lambda: len([one for one in server.answers() if one.components]) == 1)
                card = next(one for one in server.answers() if one.components)
                replies.append(await server.say(colour, reply_to=card.id))
                await server.fake.until(lambda colour=colour: f"So: {colour}" in server.words())
                await server.fake.until(lambda card=card: not card.components)
        await server.fake.delete(server.lobby, replies[0])
        await server.fake.edit(server.lobby, replies[1], "green")
        async with server.serving():
            await server.say("ask input")
            await server.fake.until(lambda: any(one.components for one in server.answers()))
            assert await changes(server) == ["green", "deleted"]
            assert "my secret" not in str([one for one in await server.records() if one.by.startswith("person:")])


async def test_d22_a_member_that_discord_does_not_tell_of_keeps_a_channel_waiting_for_seconds_only(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("adapters.discord.people.SECONDS", 0.2)
    async with a_server(tmp_path) as server:
        async with server.serving():
            await told(server, "one")
        await server.say("two")
        held = server.fake.faults.slow_down("GET /guilds/{guild_id}/members/{user_id}")
        async with server.serving():
            await echoed(server, "two")
            assert held.struck == 1


async def test_d5_a_deletion_that_the_store_refuses_is_found_by_looking_again(tmp_path, monkeypatch) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        secret, _ = await told(server, "my secret", "two")
        appended, refusals = house.ports.store.log.append, [1]

        async def refusing(room, entries):
            if refusals and any(isinstance(one.event, Deleted) for one in entries):
                refusals.pop()
                raise StoreFailed("The disk is full; make room.")
            return await appended(room, entries)

        monkeypatch.setattr(type(house.ports.store.log), "append", lambda self, room, entries: refusing(room, entries))
        await server.fake.delete(server.lobby, secret)
        async with asyncio.timeout(10), aclosing(house.ports.store.log.watch(server.room)) as watch:
            while await changes(server) != ["deleted"]:
                await anext(watch)
        assert refusals == []
