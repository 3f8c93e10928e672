"""Connections: identified, resumed, lost, refused; and what each bot is told."""

import asyncio
from contextlib import aclosing

import discord
import pytest

from tests.fakes.discord import FakeDiscord, Overwrite
from tests.fakes.discord.living import INTENTS, QuickClient, living


async def test_d26_a_client_becomes_ready_and_hears_people(discord_, guild, channel, client, ana):
    assert [one.name for one in client.guilds] == ["Guild"]
    await discord_.say(channel, ana, "hello")
    await client.hears("hello")
    message = client.heard[0]
    assert (message.content, message.author.name, message.channel.id) == ("hello", "ana", channel.id)
    assert isinstance(message.author, discord.Member)


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_d26_a_dropped_client_resumes_and_is_told_what_it_missed(discord_, channel, client, ana, bot, how):
    with discord_.gateway.hold(bot):
        await discord_.say(channel, ana, "before")
        await discord_.gateway.drop(bot, how)
        await discord_.say(channel, ana, "in between")
    await discord_.until(lambda: discord_.gateway.resumes == [bot])
    await client.hears("before", "in between")
    assert len(discord_.gateway.identifies) == 1


async def test_d22_a_lost_session_misses_events_that_stay_in_the_history(
    discord_, channel, client, ana, bot, monkeypatch
):
    await discord_.gateway.invalidate_session(bot)
    said = await discord_.say(channel, ana, "in the gap")
    await discord_.until(lambda: len(discord_.gateway.identifies) == 2)
    await discord_.say(channel, ana, "after it")
    await client.hears("after it")
    place = client.get_channel(channel.id)
    assert said in [message.id async for message in place.history()]


async def test_d26_a_resumable_invalid_session_and_a_wish_to_reconnect_are_resumed(discord_, channel, client, ana, bot):
    await discord_.gateway.ask_to_reconnect(bot)
    await discord_.until(lambda: discord_.gateway.resumes == [bot])
    await discord_.say(channel, ana, "still here")
    await client.hears("still here")


async def test_d26_resuming_a_session_that_was_forgotten_is_refused(discord_, client, bot):
    await discord_.gateway.drop(bot, lose_session=True)
    await discord_.until(lambda: len(discord_.gateway.identifies) == 2, within=10)
    assert discord_.gateway.resumes == []


async def test_d21_a_bad_token_and_a_switched_off_intent_are_final(discord_, bot):
    bot.privileged.clear()
    async with discord.Client(intents=INTENTS) as client:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(bot.token)
    async with discord.Client(intents=INTENTS) as client:
        with pytest.raises(discord.LoginFailure):
            await client.start("no token")


async def test_d21_a_refused_first_connection_ends_the_client_and_a_second_try_works(discord_, bot, channel):
    discord_.gateway.refuse_connections(1)
    async with discord.Client(intents=INTENTS) as client:
        with pytest.raises(AttributeError, match="sequence"):
            await client.start(bot.token)
    again = QuickClient()
    async with living(again, bot):
        assert again.is_ready()


async def test_d21_a_silent_connection_is_left_for_a_new_one(bot, channel, discord_):
    async with FakeDiscord.open(heartbeat_seconds=0.05) as quick:
        guild = quick.add_guild("Guild")
        ours = quick.add_bot("Tertulia", guilds=[guild])
        client = QuickClient(heartbeat_timeout=0.2)
        with quick.routed():
            async with living(client, ours):
                with quick.gateway.zombie(ours):
                    await quick.until(lambda: quick.gateway.resumes == [ours])
    assert discord_.gateway.identifies == []


async def test_d7_without_the_intent_content_is_empty_unless_the_bot_is_meant(discord_, channel, ana, bot):
    deaf = QuickClient(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True))
    async with living(deaf, bot):
        await discord_.say(channel, ana, "for all", files=[("a.txt", b"a")])
        await discord_.say(channel, ana, f"for {bot.mention}")
        await discord_.say(discord_.add_dm(bot, ana), ana, "for you")
        await deaf.hears("", f"for {bot.mention}", "for you")
    assert deaf.heard[0].attachments == []
    assert [one.id for one in deaf.heard[1].mentions] == [bot.user_id]
    assert isinstance(deaf.heard[2].channel, discord.DMChannel)


async def test_d4_each_bot_hears_only_where_it_can_see(discord_, guild, channel, client, ana, bot):
    other = discord_.add_bot("Coder", guilds=[guild])
    hidden = guild.add_channel(
        "hidden",
        category="Projects",
        overwrites={
            guild.everyone: Overwrite(deny=discord.Permissions(view_channel=True)),
            other: Overwrite(allow=discord.Permissions(view_channel=True)),
        },
    )
    second = QuickClient()
    async with living(second, other):
        await discord_.say(hidden, ana, "secret")
        await discord_.say(channel, ana, "open")
        await second.hears("secret", "open")
        assert second.get_channel(hidden.id).category.name == "Projects"
    await client.hears("open")
    there = client.get_channel(hidden.id)
    assert (there.name, there.permissions_for(there.guild.me).view_channel) == ("___hidden___", False)


async def test_d26_clients_follow_edits_deletes_and_reactions(discord_, channel, client, ana):
    said = await discord_.say(channel, ana, "helo")
    seen: list[str] = []

    @client.event
    async def on_raw_message_edit(event: discord.RawMessageUpdateEvent):
        seen.append(f"edit {event.message.content}")

    @client.event
    async def on_raw_reaction_add(event: discord.RawReactionActionEvent):
        seen.append(f"{event.emoji} by {event.user_id == ana.id}")

    @client.event
    async def on_raw_reaction_remove(event: discord.RawReactionActionEvent):
        seen.append("unreacted")

    @client.event
    async def on_raw_message_delete(event: discord.RawMessageDeleteEvent):
        seen.append(f"delete {event.message_id == said}")

    @client.event
    async def on_raw_bulk_message_delete(event: discord.RawBulkMessageDeleteEvent):
        seen.append(f"bulk {len(event.message_ids)}")

    await discord_.edit(channel, said, "hello")
    await discord_.react(channel, said, ana, "👍")
    await discord_.unreact(channel, said, ana, "👍")
    await discord_.delete(channel, said)
    both = [await discord_.say(channel, ana, text) for text in ("one", "two")]
    await discord_.bulk_delete(channel, both)
    await client.wait_for("raw_bulk_message_delete", timeout=5)
    assert seen == ["edit hello", "👍 by True", "unreacted", "delete True", "bulk 2"]
    assert discord_.messages(channel) == []


async def test_d24_a_client_learns_of_guilds_channels_roles_and_threads_that_come_and_go(
    discord_, guild, channel, client, ana, bot
):
    role = guild.add_role("Moderator", discord.Permissions(manage_messages=True))
    added = guild.add_channel("new")
    await client.wait_for("guild_channel_create", timeout=5)
    known = client.get_guild(guild.id)
    assert known.get_role(role.id).permissions.manage_messages
    thread = await discord_.start_thread(channel, ana, "Plot", message_id=await discord_.say(channel, ana, "plot it"))
    await client.wait_for("thread_create", timeout=5)
    assert known.get_thread(thread.id).name == "Plot"
    await discord_.archive_thread(thread)
    await client.wait_for("raw_thread_update", timeout=5)
    await discord_.delete_channel(thread)
    await client.wait_for("raw_thread_delete", timeout=5)
    await discord_.delete_channel(added)
    await client.wait_for("guild_channel_delete", timeout=5)
    assert known.get_channel(added.id) is None
    elsewhere = discord_.add_guild("Elsewhere")
    discord_.invite(elsewhere, bot)
    await client.wait_for("guild_join", timeout=5)
    discord_.kick_bot(elsewhere, bot)
    await client.wait_for("guild_remove", timeout=5)
    assert client.get_guild(elsewhere.id) is None


async def test_d26_members_are_given_to_clients_that_ask_and_may_know(discord_, guild, ana, bot):
    client = QuickClient(intents=discord.Intents(guilds=True, members=True), chunk_guilds_at_startup=False)
    async with living(client, bot):
        known = client.get_guild(guild.id)
        found = await known.query_members(user_ids=[ana.id])
        assert [one.name for one in found] == ["ana"]
        bea = discord_.add_member(guild, "bea")
        await client.wait_for("member_join", timeout=5)
        assert known.get_member(bea.id).name == "bea"
        listed = known.fetch_members()
        async with aclosing(listed) as everyone:
            assert {"ana", "bea", "Tertulia"} <= {one.name async for one in everyone}


async def test_d4_an_event_can_come_twice(discord_, channel, client, ana, bot):
    await discord_.say(channel, ana, "once")
    await client.hears("once")
    discord_.gateway.repeat(bot)
    await client.hears("once", "once")
    assert client.heard[0].id == client.heard[1].id


async def test_d5_a_links_preview_comes_as_an_update_that_nobody_made(discord_, channel, client, ana):
    said = await discord_.say(channel, ana, "https://example.org")
    updates = asyncio.create_task(client.wait_for("raw_message_edit", timeout=5))
    await client.hears("https://example.org")
    await discord_.unfurl(channel, said, "An example")
    update = await updates
    assert (update.message.edited_at, update.message.embeds[0].title) == (None, "An example")


async def test_d16_what_discord_says_about_threads_is_heard_but_written_by_nobody(discord_, channel, client, ana):
    asked = await discord_.say(channel, ana, "plot it")
    thread = await discord_.start_thread(channel, ana, "Plot", message_id=asked)
    await discord_.start_thread(channel, ana, "Beside")
    await client.hears("plot it", "", "Beside")
    assert [one.type.name for one in client.heard[1:]] == ["thread_starter_message", "thread_created"]
    assert client.heard[1].reference.resolved.content == "plot it"
    assert (discord_.messages(thread), [one.id for one in discord_.messages(channel)]) == ([], [asked])


async def test_p45_a_members_roles_change_and_members_leave(discord_, guild, ana, bot):
    role = guild.add_role("Moderator")
    client = QuickClient(intents=discord.Intents(guilds=True, members=True), chunk_guilds_at_startup=False)
    async with living(client, bot):
        discord_.set_roles(guild, ana, [role])
        _, after = await client.wait_for("member_update", timeout=5)
        assert [one.name for one in after.roles] == ["@everyone", "Moderator"]
        discord_.remove_member(guild, ana)
        gone = await client.wait_for("raw_member_remove", timeout=5)
        assert gone.user.id == ana.id
    assert ana.id not in guild.members


async def test_d6_a_foreign_bot_and_its_webhook_are_heard_as_what_they_are(discord_, guild, channel, client):
    other = discord_.add_bot("Other", guilds=[guild])
    hook = discord_.add_webhook(channel, other, "Feed")
    await discord_.say(channel, other, "beep")
    await discord_.say(channel, hook, "news")
    await client.hears("beep", "news")
    assert [(one.author.bot, one.webhook_id) for one in client.heard] == [(True, None), (True, hook.id)]
