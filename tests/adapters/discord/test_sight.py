"""Bots lose sight of channels and see them again: agents go and come, nothing is lost (C13, D4, D15, D22)."""

import pytest
from structlog.testing import capture_logs

from tests.adapters.discord.serving import Server, a_server
from tests.adapters.discord.test_connection import echoed, heard
from tests.adapters.discord.test_missed import at_once  # noqa: F401 (a fixture)
from tests.adapters.discord.test_recalled import until_comings
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")


def only_for(server: Server, *names: str) -> None:
    """Let nobody see the lobby but people and these bots, by their roles."""
    bots = [server.host if name == "host" else server.own[name] for name in names]
    for who in (server.member, *[server.fake.role_of(server.guild, bot) for bot in bots]):
        server.fake.change_permissions(server.lobby, who, view_channel=True)
    server.fake.change_permissions(server.lobby, server.guild.everyone, view_channel=False)


async def test_c13_an_agent_goes_and_comes_with_its_bots_roles_and_with_what_they_may(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        coder = server.own["coder"]
        role = server.fake.role_of(server.guild, coder)
        await server.say("hello")
        await server.answered(1)
        only_for(server, "host", "coder")
        server.fake.set_roles(server.guild, coder.user, [])
        await until_comings(server, ["came", "went"])
        server.fake.set_roles(server.guild, coder.user, [role])
        await until_comings(server, ["came", "went", "came"])
        server.fake.change_permissions(server.lobby, role, view_channel=None)
        await until_comings(server, ["came", "went", "came", "went"])
        server.fake.change_permissions(role, view_channel=True, administrator=True)
        await until_comings(server, ["came", "went", "came", "went", "came"])


async def test_c13_a_channel_that_a_bot_lost_while_nobody_was_connected_is_missed_and_found_again(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server:
        async with server.serving():
            await server.say("hello")
            await server.answered(1)
        server.fake.change_permissions(server.lobby, server.own["coder"], view_channel=False)
        with capture_logs() as logs:
            async with server.serving():
                await until_comings(server, ["came", "went"])
                await server.say("@coder are you there?")
                await echoed(server, "@coder are you there?")
        assert any("coder does not see the channel" in one.get("what", "") for one in logs)
        server.fake.change_permissions(server.lobby, server.own["coder"], view_channel=None)
        async with server.serving():
            await until_comings(server, ["came", "went", "came"])


async def test_c13_an_agent_whose_bot_lost_the_channel_sits_down_in_none_of_its_new_threads(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        first = await server.say("@coder hello", channel=server.shared)
        await server.answered(1, await server.thread(first))
        server.fake.change_permissions(server.shared, server.own["coder"], view_channel=False)
        await until_comings(server, ["came", "went"], server.shared, first)
        second = await server.say("@Tertulia hello", channel=server.shared)
        await until_comings(server, ["went"], server.shared, second)


async def test_d4_where_the_host_sees_nothing_an_agents_own_bot_hears_and_its_agent_stays(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        await server.say("@coder one")
        await server.answered(1)
        server.fake.change_permissions(server.lobby, server.host, view_channel=False)
        await server.say("@coder two")
        await server.answered(2)
        await until_comings(server, ["came"])
        server.fake.change_permissions(server.lobby, server.host, view_channel=None)
        await server.say("@coder three")
        await server.answered(3)
        assert await heard(server) == ["@coder one", "@coder two", "@coder three"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_d22_what_was_said_while_the_host_did_not_see_a_channel_is_heard_when_it_does(
    tmp_path, restarted: bool
) -> None:
    async with a_server(tmp_path) as server:
        role = server.fake.role_of(server.guild, server.host)
        only_for(server, "host")
        thread = await server.fake.start_thread(server.lobby, server.ana, "Talk")
        with capture_logs() as logs:
            async with server.serving():
                await server.say("one")
                await echoed(server, "one")
                await server.say("@coder in the thread", channel=thread)
                await echoed(server, "@coder in the thread", thread)
                server.fake.set_roles(server.guild, server.host.user, [])
                await server.say("two")
                await server.say("@coder meanwhile", channel=thread)
                await server.say("@Tertulia hello", channel=server.shared)
                await server.fake.until(lambda: len(server.fake.world.channels) > 3)
                if not restarted:
                    await seen_again(server, role, thread)
            if restarted:
                async with server.serving():
                    await seen_again(server, role, thread)
        (told,) = [one["what"] for one in logs if "does not see the channel" in one.get("what", "")]
        assert f"<#{server.lobby.id}>" in told


async def seen_again(server: Server, role, thread) -> None:
    """The host gets its role back, and hears what it missed."""
    server.fake.set_roles(server.guild, server.host.user, [role])
    await echoed(server, "two")
    await echoed(server, "@coder meanwhile", thread)
    await server.say("@coder three")
    await echoed(server, "@coder three")
    assert await heard(server) == ["one", "two", "@coder three"]


async def test_d22_what_was_said_while_discord_told_nothing_of_the_server_is_heard_afterwards(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("one")
        await echoed(server, "one")
        with server.fake.outage(server.guild):
            await server.say("two")
        await echoed(server, "two")
        assert await heard(server) == ["one", "two"]
