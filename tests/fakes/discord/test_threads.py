"""Threads and forum posts as bots open, read and write them."""

import discord
import pytest


async def test_d16_a_thread_from_a_message_has_its_id_and_there_is_only_one(discord_, channel, place, ana):
    asked = await discord_.say(channel, ana, "plot it")
    message = await place.fetch_message(asked)
    thread = await message.create_thread(name="Plot")
    assert thread.id == asked
    with pytest.raises(discord.HTTPException) as twice:
        await message.create_thread(name="Plot again")
    assert twice.value.code == 160004
    await thread.send("drawn")
    assert [one.content for one in discord_.messages(discord_.world.channels[asked])] == ["drawn"]
    assert (await place.fetch_message(asked)).thread.name == "Plot"
    assert discord_.violations == []


async def test_d16_an_archived_thread_takes_nothing_until_it_is_unarchived(discord_, channel, place, ana, client):
    message = await place.fetch_message(await discord_.say(channel, ana, "plot it"))
    thread = await message.create_thread(name="Plot")
    kept = discord_.world.channels[thread.id]
    await discord_.archive_thread(kept)
    with pytest.raises(discord.HTTPException) as archived:
        await thread.send("too late")
    await thread.edit(archived=False)
    await thread.send("again")
    await discord_.archive_thread(kept)
    await discord_.say(kept, ana, "people open it by writing")
    assert not kept.archived
    await discord_.archive_thread(kept, locked=True)
    fresh = client.get_partial_messageable(thread.id)
    with pytest.raises(discord.HTTPException) as locked:
        await fresh.send("?")
    await discord_.delete_channel(kept)
    with pytest.raises(discord.NotFound) as gone:
        await fresh.send("?")
    assert [one.value.code for one in (archived, locked, gone)] == [50083, 50083, 10003]
    assert discord_.violations == []


async def test_d15_locked_threads_are_closed_to_bots_that_do_not_manage_threads(
    discord_, guild, channel, ana, bot, client
):
    thread = await discord_.start_thread(channel, ana, "Plot")
    await discord_.archive_thread(thread, locked=True)
    discord_.change_permissions(discord_.role_of(guild, bot), manage_threads=False)
    known = await client.fetch_channel(thread.id)
    with pytest.raises(discord.HTTPException) as closed:
        await known.send("?")
    with pytest.raises(discord.Forbidden) as unlock:
        await known.edit(archived=False)
    assert (closed.value.code, unlock.value.code) == (160005, 50013)


async def test_d16_threads_are_listed_active_and_archived(discord_, guild, channel, place, ana, client):
    open_one = await discord_.start_thread(channel, ana, "Open")
    closed = await discord_.start_thread(channel, ana, "Closed")
    await discord_.archive_thread(closed)
    active = await client.get_guild(guild.id).active_threads()
    assert [one.id for one in active] == [open_one.id]
    assert [one.id async for one in place.archived_threads()] == [closed.id]
    assert discord_.violations == []


async def test_d16_private_threads_are_for_their_members(discord_, guild, place, ana, client, bot):
    thread = await place.create_thread(name="Private", type=discord.ChannelType.private_thread, invitable=False)
    await thread.add_user(discord.Object(ana.id))
    assert {one.id for one in await thread.fetch_members()} == {client.user.id, ana.id}
    discord_.change_permissions(discord_.role_of(guild, bot), manage_threads=False)
    await thread.leave()
    with pytest.raises(discord.Forbidden) as refused:
        await thread.send("?")
    assert refused.value.code == 50001
    assert discord_.violations == []


async def test_d17_a_bot_opens_a_forum_post_and_hears_in_it(discord_, guild, ana, client):
    forum = guild.add_forum("ideas", category="Projects", tags=["open"])
    await client.wait_for("guild_channel_update", timeout=5)
    known = client.get_channel(forum.id)
    opened = await known.create_thread(
        name="An idea",
        content="Here it is.",
        applied_tags=list(known.available_tags),
        allowed_mentions=discord.AllowedMentions.none(),
    )
    post = discord_.world.channels[opened.thread.id]
    assert [one.content for one in discord_.messages(post)] == ["Here it is."]
    theirs = await discord_.start_thread(forum, ana, "Another", text="Mine.")
    await client.hears("Here it is.", "Mine.")
    assert client.heard[-1].channel.parent.id == forum.id
    assert theirs.parent is forum
    with pytest.raises(discord.HTTPException) as refused:
        await client.get_partial_messageable(forum.id).send("not here")
    assert refused.value.code == 50008
    assert discord_.violations == []


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_d16_a_threads_name_has_one_to_a_hundred_characters(discord_, place, name):
    with pytest.raises(discord.HTTPException) as refused:
        await place.create_thread(name=name, type=discord.ChannelType.public_thread)
    assert refused.value.code == 50035


async def test_d15_opening_a_thread_needs_the_permission(discord_, guild, channel, place, ana):
    message = await place.fetch_message(await discord_.say(channel, ana, "plot it"))
    discord_.change_permissions(guild.everyone, create_public_threads=False)
    with pytest.raises(discord.Forbidden) as refused:
        await message.create_thread(name="Plot")
    assert refused.value.code == 50013
