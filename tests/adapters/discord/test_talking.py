"""People and agents talk in channels, threads and direct messages."""

import asyncio

import pytest
from discord import Permissions

from adapters.discord import indicator
from agents.log.events import Deleted, Edited, Said
from agents.testing import until
from tests.adapters.discord import teams
from tests.adapters.discord.serving import Server, a_server
from tests.fakes.discord import Overwrite
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

END = "@coder the end"

pytestmark = pytest.mark.usefixtures("nowhere")


async def said(server: Server, channel=None, thread=None) -> list[str]:
    """What people said in the room while somebody listened, as the log has it."""
    said = [one for one in await server.records(channel, thread) if isinstance(one.event, Said)]
    return [one.event.text for one in said if one.by.startswith("person:") and not one.event.recalled]


async def settled(server: Server, channel=None) -> list[str]:
    """What is in the channel once a message that comes afterwards was answered."""
    before = server.words(server.lobby).count(f"coder heard: {END}")
    await server.say(END)
    await server.fake.until(lambda: server.words(server.lobby).count(f"coder heard: {END}") > before)
    return server.words(channel or server.lobby)


async def test_d1_an_agent_without_a_bot_answers_through_a_webhook_in_its_own_name(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("hello")
        (answer,) = await server.answered(1)
        assert (answer.author_name, answer.content) == ("coder", "coder heard: hello")
        assert answer.webhook_id is not None


async def test_d1_after_a_restart_the_same_webhook_speaks(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        for number in (1, 2):
            async with server.serving():
                await server.say("hello")
                await server.answered(number)
        assert len(server.fake.world.webhooks) == 1


async def test_d1_an_agent_with_a_bot_answers_as_that_bot_and_is_addressed_by_a_native_mention(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        await server.say(f"planner? no, {server.own['coder'].mention}, you")
        (answer,) = await server.answered(1)
        assert (answer.author_id, answer.webhook_id) == (server.own["coder"].user_id, None)
        assert answer.content == "coder heard: planner? no, @coder, you"


@pytest.mark.parametrize("bots", [0, 1])
async def test_d4_one_message_starts_one_turn_however_many_bots_hear_it(tmp_path, bots: int) -> None:
    async with a_server(tmp_path, own=["coder"][:bots]) as server:
        async with server.serving():
            await server.say("once")
            await server.answered(1)
            await server.fake.gateway.drop(server.host)
            await server.say("twice")
            await server.answered(2)
        async with server.serving():
            assert await settled(server) == ["once", "coder heard: once", "twice", "coder heard: twice",
                                             END, f"coder heard: {END}"]  # fmt: skip


async def test_d5_a_reply_to_an_agents_message_goes_to_that_agent(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("@planner one")
        (first,) = await server.answered(1)
        assert first.author_name == "planner"
        await settled(server)
        await server.say("and you?", reply_to=first.id)
        *_, second = await server.answered(3)
        assert (second.author_name, second.content) == ("planner", "planner heard: and you?")
        replies = [one.event.reply_to for one in await server.records() if isinstance(one.event, Said)]
        assert replies[-2] is not None


async def test_d5_a_reply_to_a_persons_message_names_its_record(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        message = await server.say("first")
        await server.answered(1)
        await server.say("I agree", server.bob, reply_to=message)
        await settled(server)
        records = await server.records()
        first = next(one for one in records if one.source == f"discord:{message}")
        assert [one.event.reply_to for one in records if isinstance(one.event, Said)][2] == first.seq


async def test_d5_edits_and_deletions_of_a_persons_message_are_in_the_log(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        one, two, three = [await server.say(f"number {number}") for number in (1, 2, 3)]
        await server.answered(1)
        await server.fake.edit(server.lobby, one, "number one")
        await server.fake.delete(server.lobby, two)
        await server.fake.bulk_delete(server.lobby, [three])
        await settled(server)
        events = [record.event for record in await server.records() if record.by.startswith("person:")]
        assert [event.text for event in events if isinstance(event, Edited)] == ["number one"]
        assert len([event for event in events if isinstance(event, Deleted)]) == 2
        assert "number 2" not in str(events)


async def test_p1_marks_become_readable_text_and_roles_of_bots_are_their_agents(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        role = server.fake.role_of(server.guild, server.own["coder"])
        unseen = {server.guild.everyone: Overwrite(deny=Permissions(view_channel=True))}
        secret = server.guild.add_channel("secret-plans", overwrites=unseen)
        await server.say(
            f"{role.mention} {server.bob.mention} {server.member.mention} {server.shared.mention} "
            f"<:wow:12345> <@&99> <#99> {secret.mention}"
        )
        await server.answered(1)
        (text,) = await said(server)
        assert text == "@coder @Bob @Member #shared :wow: @a role #a channel #a channel"
        (record,) = [one for one in await server.records() if isinstance(one.event, Said) and one.event.text == text]
        assert [one.participant for one in record.event.mentions] == [
            "agent:coder", f"person:discord/{server.guild.id}/{server.bob.id}",
        ]  # fmt: skip


async def test_p24_what_is_forwarded_is_read_with_its_files_and_answers_nobody(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        elsewhere = server.guild.add_channel("elsewhere")
        original = await server.say("@coder look:\nit fails", server.bob, elsewhere, files=[("log.txt", b"oh")])
        await server.fake.forward(server.lobby, server.ana, elsewhere.messages[original])
        (answer,) = await server.answered(1)
        await server.fake.forward(server.lobby, server.ana, answer)
        await server.answered(2)
        heard = [one.event for one in await server.records() if isinstance(one.event, Said) and "person" in one.by]
        assert heard[0].text == "Forwarded:\n> @coder look:\n> it fails"
        assert heard[1].text.startswith("Forwarded:\n> ")
        assert [[file.name for file in one.files] for one in heard] == [["log.txt"], []]
        assert [one.reply_to for one in heard] == [None, None]


async def test_a_poll_is_read_with_its_answers(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.fake.poll(server.lobby, server.ana, "Which one?", ["Red", "Blue"])
        await server.answered(1)
        assert await said(server) == ["Poll: Which one?\n- Red\n- Blue"]


async def test_d6_foreign_bots_are_not_heard(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        stranger = server.fake.add_bot("Stranger", guilds=[server.guild])
        await server.say("@coder hello", stranger)
        await settled(server)
        assert await said(server) == [END]


async def test_d6_a_foreign_bot_that_is_listed_needs_a_mention_and_ends_within_its_budget(tmp_path) -> None:
    async with a_server(tmp_path, extra="[limits]\nagent_turns_without_a_person = 3") as server:
        stranger = server.fake.add_bot("Stranger", guilds=[server.guild])
        server.config["users"] = f'["discord:role:Member", "discord:user:{stranger.user_id}"]'
        async with server.serving():
            await server.say("no mention", stranger)
            for number in range(5):
                await server.say(f"@coder {number}", stranger)
            await settled(server)
            assert await said(server) == ["@coder 0", "@coder 1", "@coder 2", END]
            await server.say("@coder again", stranger)
            await settled(server)
            assert "@coder again" in await said(server)


async def test_d6_two_instances_in_one_channel_go_silent(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        other = server.fake.add_bot("Other", guilds=[server.guild])
        async with server.serving():
            answer = await server.say("@coder and @planner, hello", other)
            await server.say("<@" + str(server.host.user_id) + "> hello", other, reply_to=answer)
            await settled(server)
            assert await said(server) == [END]


async def test_d16_a_mention_in_a_shared_channel_opens_a_thread_and_the_talk_goes_on_there(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("nobody is meant", channel=server.shared)
            message = await server.say("@coder please help\nwith this", channel=server.shared)
            thread = await server.thread(message)
            await server.answered(1, thread)
            assert thread.name == "@coder please help"
            await server.say("go on", channel=thread)
            await server.answered(2, thread)
            assert server.answers(server.shared) == []
        async with server.serving():
            await server.say("and on", channel=thread)
            await server.answered(3, thread)
            assert await said(server, server.shared, message) == ["@coder please help\nwith this", "go on", "and on"]


async def test_d16_without_the_right_to_make_threads_the_answer_is_in_the_channel_and_a_reply_goes_on(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        server.fake.change_permissions(server.shared, server.host, create_public_threads=False)
        async with server.serving():
            message = await server.say("@coder help", channel=server.shared)
            (answer,) = await server.answered(1, server.shared)
            assert "coder heard: @coder help" in answer.content
            await settled(server)
            await server.say("more", channel=server.shared, reply_to=answer.id)
            await server.answered(2, server.shared)
            assert await said(server, server.shared, message) == ["@coder help", "more"]


async def test_d16_an_archived_thread_is_opened_again(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        message = await server.say("@coder help", channel=server.shared)
        thread = await server.thread(message)
        await server.answered(1, thread)
        hold = server.fake.faults.slow_down("POST /webhooks/*", 0.2)
        await server.say("more", channel=thread)
        await server.fake.archive_thread(thread)
        await server.answered(2, thread)
        assert hold.struck == 1


async def test_d17_a_forum_post_is_a_thread_and_is_answered_there(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        forum = server.guild.add_forum("ideas")
        async with server.serving():
            post = await server.fake.start_thread(forum, server.ana, "An idea", text="@coder what do you think?")
            (answer,) = await server.answered(1, post)
            assert answer.author_name == "coder"


async def test_a_direct_message_is_answered_by_the_host_with_the_agents_name_in_front(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        direct = server.fake.add_dm(server.host, server.ana)
        await server.say("hello", channel=direct)
        (answer,) = await server.answered(1, direct)
        assert answer.content == "**coder:** coder heard: hello"


async def test_a_direct_message_to_an_agents_own_bot_is_for_that_agent(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        direct = server.fake.add_dm(server.own["coder"], server.ana)
        await server.say("hello", channel=direct)
        (answer,) = await server.answered(1, direct)
        assert (answer.content, answer.author_id) == ("coder heard: hello", server.own["coder"].user_id)


async def test_d13_a_turn_that_is_over_at_once_shows_nobody_typing(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(indicator, "GRACE", 3600.0)
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        await server.say("hello")
        await server.answered(1)
        await settled(server)
        assert not [one for one in server.fake.requests if one.route.endswith("/typing")]


async def test_d13_who_has_the_floor_types_and_nobody_does_afterwards(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(indicator, "GRACE", 0.0)
    monkeypatch.setattr(teams, "more", asyncio.Event())
    team = "tests.adapters.discord.teams:growing"
    async with a_server(tmp_path, own=["coder"], team=team) as server, server.serving():
        await server.say("hello")
        await server.fake.until(lambda: any(one.route.endswith("/typing") for one in server.fake.requests))
        teams.more.set()
        await server.answered(1)
        await server.say("and again")
        await server.answered(2)
        shown = [
            (one.route.rpartition("/")[2], one.bot.name)
            for one in server.fake.requests
            if one.bot and one.method == "POST" and one.route.endswith(("/typing", "/messages"))
        ]
        assert shown[:2] == [("typing", "coder"), ("messages", "coder")]
        assert shown[-1][0] == "messages"


async def test_p44_a_channel_is_bound_by_its_category_and_an_admin_binds_another_from_inside(tmp_path) -> None:
    async with a_server(tmp_path, extra="[teams.ours]\nagents = ['coder']") as server:
        bound = server.guild.add_channel("anything", category="Projects")
        free = server.guild.add_channel("free")
        async with server.serving() as house:
            message = await server.say("@coder hi", channel=bound)
            await server.thread(message)
            await server.say("@Tertulia use ours", server.bob, channel=free)
            await server.fake.until(lambda: any("The team ours is here" in one for one in told(server, server.bob)))
            assert house.bindings.of(f"discord:{server.guild.id}/{free.id}") is not None


async def test_p44_one_line_binds_thirty_channels_and_where_tells_it(tmp_path) -> None:
    extra = """[[channels]]
match = ["discord:#group-*"]
team = "tests.adapters.discord.teams:echo"
attention = "always"
"""
    async with a_server(tmp_path, extra=extra) as server:
        channels = [server.guild.add_channel(f"group-{number}") for number in range(30)]
        async with server.serving() as house:
            for channel in channels[::29]:
                await server.say("hello", channel=channel)
                (answer,) = await server.answered(1, channel)
                assert answer.content == "coder heard: hello"
            rooms = [f"discord:{server.guild.id}/{channel.id}" for channel in channels]
            await until(lambda: None not in [house.bindings.of(room) for room in rooms])
            await server.say("!where", server.bob)
            await server.fake.until(lambda: any("discord:#group-" in one for one in told(server, server.bob)))


async def test_p45_roles_name_users_admins_and_approvers_by_name_and_by_id_in_each_channel(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        guests = server.guild.add_role("Guest")
        eva = server.fake.add_member(server.guild, "Eva", roles=[guests])
        server.config["extra"] = f"""[[channels]]
match = ["discord:#guests"]
team = "tests.adapters.discord.teams:echo"
attention = "always"
users = ["discord:role:{guests.id}"]
"""
        channel = server.guild.add_channel("guests")
        async with server.serving():
            await server.say("@coder hello", eva)
            await server.say("!leave", eva, channel)
            await server.say("@coder hello", eva, channel)
            await server.fake.until(lambda: server.words(channel)[2:] == ["coder heard: @coder hello"])
            assert await settled(server) == ["@coder hello", END, f"coder heard: {END}"]
            await server.fake.until(lambda: any("Only an admin" in one for one in told(server, eva)))


def told(server: Server, who) -> list[str]:
    """What a person was told in private."""
    channel = server.host.dms.get(who.id)
    return [] if channel is None else [one.content for one in server.fake.messages(channel)]


async def test_p16_an_order_in_the_channel_is_answered_in_private(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("!status")
        await server.say("@Tertulia export jsonl")
        await server.fake.until(lambda: len(told(server, server.ana)) == 2)
        files = [file.name for one in server.fake.messages(server.host.dms[server.ana.id]) for file in one.attachments]
        assert len(files) == 1
        assert await settled(server) == ["!status", "@Tertulia export jsonl", END, f"coder heard: {END}"]


async def test_p44_an_unbound_channel_says_once_how_it_gets_a_team(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        free = server.guild.add_channel("free")
        async with server.serving():
            for text in ("talk", "@Tertulia hello there", "@Tertulia hello again"):
                await server.say(text, channel=free)
            await server.fake.until(lambda: told(server, server.ana) != [])
            await settled(server)
            (hint,) = told(server, server.ana)
            assert "No team is in this channel yet" in hint
            assert server.answers(free) == []


async def test_whoever_takes_no_direct_messages_is_told_so_in_the_channel(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        server.fake.faults.refuse("POST /channels/{channel_id}/messages", 403, 50007)
        message = await server.say("!status")
        (answer,) = await server.answered(1)
        assert "I cannot write to you privately" in answer.content
        assert answer.reference == message
