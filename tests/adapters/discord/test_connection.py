"""Connections break in every way there is, and no message is lost or answered twice (D21-D23)."""

import asyncio

import pytest

from adapters.discord import indicator, timelines
from agents.errors import StoreFailed, WrongUse
from agents.log.events import Said
from bots.config import load
from bots.platforms.discord import serve_discord
from bots.wiring import Plan, open_house
from tests.adapters.discord.serving import Server, a_server
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)
from tests.unit.bots.test_config_loader import written

pytestmark = pytest.mark.usefixtures("nowhere")


async def heard(server: Server, channel=None) -> list[str]:
    """What people said while somebody listened."""
    said = [one for one in await server.records(channel) if isinstance(one.event, Said) and not one.event.recalled]
    return [one.event.text for one in said if one.by.startswith("person:")]


async def echoed(server: Server, text: str, channel=None) -> None:
    """Return once the coder repeated this."""
    await server.fake.until(lambda: any(one.endswith(f"heard: {text}") for one in server.words(channel)), 20)


async def test_d21_a_gateway_that_refuses_the_first_connections_is_tried_again(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        server.fake.gateway.refuse_connections(1)
        async with server.serving():
            await server.say("hello")
            await echoed(server, "hello")


async def test_d22_a_message_during_a_gap_with_a_lost_session_is_answered_exactly_once(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("before")
        await echoed(server, "before")
        sessions = server.sessions
        await server.fake.gateway.drop(server.host, lose_session=True)
        await server.say("in the gap")
        await server.fake.until(lambda: server.sessions > sessions, 15)
        await echoed(server, "in the gap")
        await server.say("@coder after")
        await echoed(server, "@coder after")
        assert await heard(server) == ["before", "in the gap", "@coder after"]
        assert len([one for one in server.words() if one.endswith("heard: in the gap")]) == 1


async def test_d22_what_was_written_while_nobody_listened_is_heard_at_the_next_start(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        await server.say("two")
        message = await server.say("@coder three", channel=server.shared)
        async with server.serving():
            await echoed(server, "two")
            thread = await server.thread(message)
            await echoed(server, "@coder three", thread)
        await server.say("four", channel=thread)
        new = await server.fake.start_thread(server.shared, server.ana, "New one")
        await server.say("@coder five", channel=new)
        direct = server.fake.add_dm(server.host, server.ana)
        async with server.serving():
            await echoed(server, "four", thread)
            await echoed(server, "@coder five", new)
            await server.fake.until(lambda: server.host.commands != [])
            await server.say("six", channel=direct)
            await echoed(server, "six", direct)
        await server.say("seven", channel=direct)
        async with server.serving():
            await echoed(server, "seven", direct)
            assert await heard(server) == ["one", "two"]


async def test_d22_what_was_written_in_a_voice_channels_chat_is_caught_up_with(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        voice = server.guild.add_voice("Meeting", category="Projects")
        async with server.serving():
            await server.say("@Tertulia @coder one", channel=voice)
            await echoed(server, "@Tertulia @coder one", voice)
        await server.say("@coder two", channel=voice)
        async with server.serving():
            await echoed(server, "@coder two", voice)


async def test_d22_nothing_that_was_said_before_the_first_start_is_answered(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        await server.say("@coder long ago")
        async with server.serving():
            await server.say("@coder now")
            await echoed(server, "@coder now")
            assert await heard(server) == ["@coder now"]


async def test_d22_an_hour_later_a_missed_message_is_history(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(timelines, "OLDEST", 0.0)  # the hour is over
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        await server.say("missed")
        async with server.serving():
            await server.say("@coder now")
            await echoed(server, "@coder now")
            assert await heard(server) == ["one", "@coder now"]


async def test_d22_where_history_may_not_be_read_what_comes_is_heard(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        server.fake.change_permissions(server.lobby, server.host, read_message_history=False)
        async with server.serving():
            await server.say("two")
            await echoed(server, "two")


async def test_d22_history_that_cannot_be_read_at_first_is_read_later(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        await server.say("two")
        server.fake.faults.refuse("GET /channels/{channel_id}/messages", 400, 0)
        async with server.serving():
            await echoed(server, "two")


async def test_d22_a_message_that_the_store_refuses_is_heard_again(tmp_path, monkeypatch) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        await server.say("one")
        await echoed(server, "one")
        appended, refusals = house.ports.store.log.append, [1]

        async def refusing(room, entries):
            if refusals:
                refusals.pop()
                raise StoreFailed("The disk is full; make room.")
            return await appended(room, entries)

        monkeypatch.setattr(type(house.ports.store.log), "append", lambda self, room, entries: refusing(room, entries))
        await server.say("@coder two")
        await echoed(server, "@coder two")


async def test_d4_events_that_a_resume_repeats_are_heard_once(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("one")
        await echoed(server, "one")
        server.fake.gateway.repeat(server.host, 5)
        await server.say("@coder two")
        await echoed(server, "@coder two")
        assert await heard(server) == ["one", "@coder two"]


async def refused(server: Server) -> str:
    path = written(server.folder, server.text)
    path.chmod(0o600)
    async with open_house(load(path), Plan()) as house:
        with pytest.raises((WrongUse, ExceptionGroup)) as found:
            await serve_discord(house)
    error: BaseException = found.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


async def test_d21_a_bad_token_of_the_host_ends_with_a_sentence_that_names_its_key(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        server.host.token = "changed"
        del server.fake.world.bots[server.host.user_id]
        assert "does not know the token in [discord] bot_token" in await refused(server)


async def test_d21_a_bad_token_of_an_agent_is_that_agents_affair(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server:
        coder = server.own.pop("coder")
        server.config["extra"] = '[agents.coder.discord]\nbot_token = "wrong"'
        async with server.serving():
            await server.say("hello")
            (answer,) = await server.answered(1)
            assert (answer.author_name, answer.author_id == coder.user_id) == ("coder", False)


async def test_d7_without_the_message_content_intent_the_host_says_which_switch(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        server.host.privileged.clear()
        assert "switch on Message Content Intent" in await refused(server)


async def test_d7_an_agents_bot_without_the_intent_leaves_its_agent_a_borrowed_face(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server:
        server.own["coder"].privileged.clear()
        async with server.serving(ready=False):
            await server.fake.until(lambda: server.fake.gateway.connected(server.host))
            await server.say("@coder hello")
            (answer,) = await server.answered(1)
            assert answer.author_name == "coder"


@pytest.mark.parametrize("code", [4004, 4014])
async def test_d21_a_final_close_of_the_hosts_connection_ends_with_a_sentence(tmp_path, code: int) -> None:
    async with a_server(tmp_path) as server:
        path = written(server.folder, server.text)
        path.chmod(0o600)
        async with open_house(load(path), Plan()) as house:
            serving = asyncio.ensure_future(serve_discord(house))
            await server.fake.until(lambda: server.fake.gateway.connected(server.host))
            await server.fake.gateway.drop(server.host, code=code)
            with pytest.raises(ExceptionGroup) as found:
                await serving
        assert "token" in str(found.value.exceptions) or "Message Content" in str(found.value.exceptions)


async def test_d23_the_end_posts_what_is_said_and_closes_within_seconds(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(indicator, "GRACE", 0.0)
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("hello")
            await server.fake.until(lambda: any(one.route.endswith("/typing") for one in server.fake.requests))
        async with server.serving():
            await echoed(server, "hello")
        assert not server.fake.gateway.connected(server.host)
        assert len([one for one in server.words() if one.endswith("heard: hello")]) == 1


@pytest.mark.parametrize("status", [502, 200])
async def test_discord_that_cannot_be_reached_at_the_start_is_asked_again(tmp_path, status: int) -> None:
    async with a_server(tmp_path) as server:
        server.fake.faults.server_error("GET /users/@me", status)
        async with server.serving():
            await server.say("hello")
            await echoed(server, "hello")


async def test_d22_of_many_threads_those_are_read_first_in_which_something_was_written_last(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("adapters.discord.listener._MOST_THREADS", 1)
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        old, _ = [await server.fake.start_thread(server.lobby, server.ana, name) for name in ("Old", "New")]
        await server.say("@coder in the old one", channel=old)
        async with server.serving():
            await echoed(server, "@coder in the old one", old)
