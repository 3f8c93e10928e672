"""What is not heard, not fetched and not shown (D6, D7, D24, D25)."""

import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.discord import downloads
from adapters.discord.downloads import is_discords
from adapters.discord.listener import DIRECT
from adapters.discord.servers import Servers
from agents.errors import StoreFailed, WrongUse
from agents.log.events import Said
from agents.testing import MemoryFacts
from tests.adapters.discord.serving import a_server
from tests.adapters.discord.test_connection import echoed, heard, refused
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")


async def test_d24_strangers_have_no_effect_and_learn_nothing(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        mallory = server.fake.add_member(server.guild, "Mallory")
        message = await server.say("@coder hi", mallory, files=[("virus.exe", b"MZ")])
        await server.fake.edit(server.lobby, message, "@coder again")
        await server.fake.delete(server.lobby, message)
        await server.say("!halt", mallory)
        await server.say("@coder ok")
        await echoed(server, "@coder ok")
        assert await heard(server) == ["@coder ok"]
        assert not any("/cdn/" in one.path for one in server.fake.requests)


async def test_d24_another_server_is_not_served(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        other = server.fake.add_guild("Elsewhere")
        server.fake.invite(other, server.host)
        channel = other.add_channel("lobby")
        role = other.add_role("Member")
        mallory = server.fake.add_member(other, "Mallory", roles=[role])
        await server.say("@coder hi", mallory, channel)
        await server.say("@coder ok")
        await echoed(server, "@coder ok")
        assert server.words(channel) == ["@coder hi"]


async def test_d24_who_is_an_admin_of_another_server_can_order_nothing_from_there(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        await server.fake.until(lambda: server.host.commands != [])
        other = server.fake.add_guild("Elsewhere")
        server.fake.invite(other, server.host)
        channel = other.add_channel("lobby")
        mallory = server.fake.add_member(other, "Mallory", roles=[other.add_role("Boss"), other.add_role("Member")])
        for order in ("halt everything", "where", "use echo"):
            verb, _, words = order.partition(" ")
            options = {"words": words} if words else {}
            await server.fake.command(mallory, channel, f"tertulia {verb}", options)
            await server.fake.until(lambda: server.fake.whispers(mallory)[-1].content != "")
            assert "not served" in server.fake.whispers(mallory)[-1].content
        assert not (await house.rooms.read(server.room)).halted
        await server.say("@coder ok")
        await echoed(server, "@coder ok")


async def test_d24_several_servers_without_a_choice_are_refused_at_the_start(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        other = server.fake.add_guild("Elsewhere")
        server.fake.invite(other, server.host)
        assert "several servers" in await refused(server)
        server.config["discord"] = f'servers = ["{server.guild.id}"]'
        async with server.serving():
            await server.say("hello")
            await echoed(server, "hello")


@pytest.mark.parametrize("status", [404, 403])
async def test_d24_where_nobody_lists_the_servers_the_one_that_is_shown_is_served(tmp_path, status: int) -> None:
    async with a_server(tmp_path) as server:
        server.fake.faults.refuse("GET /users/@me/guilds", status, 0)
        if status != 404:
            assert f"code {status}" in await refused(server)
        async with server.serving():
            await server.fake.until(lambda: any(one.route.endswith("/commands") for one in server.fake.requests))
            await server.say("hello")
            await echoed(server, "hello")


async def test_d24_the_first_server_is_remembered_and_a_missing_one_is_named() -> None:
    told: list[str] = []
    records = MemoryFacts()
    await Servers(frozenset(), records, told.append).load({})
    assert "in no server" in told[-1]
    first = Servers(frozenset(), records, told.append)
    assert await first.found(1, "Mine")
    assert not await first.found(2, "Theirs")
    assert "not served" in told[-1]
    again = Servers(frozenset(), records, told.append)
    await again.load({1: "Mine", 2: "Theirs"})
    assert [again.serves(server) for server in (1, 2)] == [True, False]
    await Servers(frozenset({7}), records, told.append).load({1: "Mine"})
    assert "server 7" in told[-1]
    with pytest.raises(WrongUse, match="several servers"):
        await Servers(frozenset(), MemoryFacts(), told.append).load({1: "A", 2: "B"})


async def test_d24_no_token_and_no_webhook_is_in_any_log_line(tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("hello")
            await echoed(server, "hello")
        webhook = next(iter(server.fake.world.webhooks.values()))
        assert server.host.token not in caplog.text
        assert webhook.token not in caplog.text


async def test_d7_messages_that_come_without_words_are_told_to_the_operator_once(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        with capture_logs() as logs:
            for text in ("", "", "@coder ok"):
                await server.say(text)
            await echoed(server, "@coder ok")
        assert await heard(server) == ["@coder ok"]
        (told,) = [one["what"] for one in logs if one["event"] == "discord_needs_attention"]
        assert told.startswith(f"The bot {server.host.name} may not read")
        assert "Message Content Intent" in told


async def test_d25_files_of_people_are_kept_before_their_message(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        await server.say("look", files=[("data.csv", b"a,b\n1,2\n"), ("big.bin", bytes(2000))])
        await echoed(server, "look")
        (said,) = [one.event for one in await server.records() if isinstance(one.event, Said) and one.event.files]
        assert [(file.name, file.size) for file in said.files] == [("data.csv", 8), ("big.bin", 2000)]
        assert await house.ports.store.files.get(said.files[0].sha256) == b"a,b\n1,2\n"


async def test_d25_files_that_are_too_large_or_gone_are_named_in_the_message(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(downloads, "LARGEST", 1000)
    async with a_server(tmp_path) as server, server.serving():
        await server.say("look", files=[("big.bin", bytes(2000))])
        await server.fake.until(lambda: any("Not taken: big.bin (it has more than" in one for one in server.words()))


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.png", True),
        ("https://media.discordapp.net/attachments/1/2/a.png", True),
        ("http://cdn.discordapp.com/attachments/1/2/a.png", False),
        ("https://cdn.discordapp.com.example.org/a.png", False),
        ("http://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
    ],
)
def test_d25_only_discords_own_hosts_are_fetched_from(url: str, ours: bool) -> None:
    assert is_discords(url) is ours


async def test_d25_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        with server.fake.gateway.hold(server.host):
            await server.say("look", files=[("gone.txt", b"x")])
            server.fake.world.files.clear()
        await server.fake.until(lambda: any("gone.txt (it is not there any more)" in one for one in server.words()))


async def test_d6_edits_of_what_was_never_heard_change_nothing(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        before = await server.say("long ago")
        async with server.serving():
            await server.say("@coder one")
            await echoed(server, "@coder one")
            await server.fake.edit(server.lobby, before, "now")
            await server.fake.delete(server.lobby, before)
            await server.fake.react(server.lobby, server.answers()[0].id, server.ana, "👍")
            await server.say("@coder two")
            await echoed(server, "@coder two")
            assert await heard(server) == ["@coder one", "@coder two"]


async def test_d5_deleting_is_honoured_for_somebody_who_left(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        message = await server.say("my secret")
        await echoed(server, "my secret")
        server.guild.members[server.ana.id].roles.clear()
        await server.fake.delete(server.lobby, message)
        await server.say("@coder ok", server.bob)
        await echoed(server, "@coder ok")
        texts = [one.event.text for one in await server.records() if isinstance(one.event, Said)]
        assert "my secret" not in texts


async def test_d4_a_first_direct_message_that_the_store_refuses_is_heard_again(tmp_path, monkeypatch) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        put, refusals = type(house.ports.store.facts).put, [1]

        async def refusing(self, namespace, key, body, **more):
            if namespace == DIRECT and refusals:
                refusals.pop()
                raise StoreFailed("The disk is full; make room.")
            await put(self, namespace, key, body, **more)

        monkeypatch.setattr(type(house.ports.store.facts), "put", refusing)
        direct = server.fake.add_dm(server.host, server.ana)
        await server.say("hello", channel=direct)
        (answer,) = await server.answered(1, direct)
        assert (answer.content, refusals) == ("**coder:** coder heard: hello", [])
        assert await house.ports.store.facts.items(DIRECT) == {str(direct.id): str(server.host.user_id)}


async def test_p45_the_roles_that_count_are_those_of_the_moment(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("@coder one")
        await echoed(server, "@coder one")
        server.guild.members[server.ana.id].roles.clear()
        await server.say("@coder two")
        await server.say("@coder three", server.bob)
        await echoed(server, "@coder three")
        assert await heard(server) == ["@coder one", "@coder three"]
