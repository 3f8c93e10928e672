"""Webhooks: who may have one, what they may be called, and what is said through them."""

import aiohttp
import discord
import pytest

NONE = discord.AllowedMentions.none()


async def test_d1_a_webhook_speaks_under_a_name_and_face_of_its_own(discord_, channel, place, client):
    webhook = await place.create_webhook(name="Tertulia")
    sent = await webhook.send(
        "hello", username="Planner", avatar_url="https://example.org/p.png", wait=True, allowed_mentions=NONE
    )
    kept = discord_.messages(channel)[0]
    assert (kept.id, kept.author_name, kept.author_id) == (sent.id, "Planner", webhook.id)
    assert (kept.webhook_id, kept.author_avatar) == (webhook.id, "https://example.org/p.png")
    await client.hears("hello")
    assert (client.heard[0].author.display_name, client.heard[0].webhook_id) == ("Planner", webhook.id)
    assert discord_.violations == []


async def test_d1_webhooks_are_found_again_with_tokens_of_our_own_only(discord_, guild, channel, place, client):
    ours = await place.create_webhook(name="Tertulia")
    other = discord_.add_bot("Other", guilds=[guild])
    async with aiohttp.ClientSession() as session:
        url = f"{discord_.api_url}/channels/{channel.id}/webhooks"
        await session.post(url, json={"name": "Theirs"}, headers={"Authorization": f"Bot {other.token}"})
    found = {one.name: one for one in await place.webhooks()}
    assert (found["Tertulia"].token, found["Theirs"].token) == (ours.token, None)
    assert [one.user.id for one in found.values()] == [client.user.id, other.user_id]
    assert {one.name for one in await client.get_guild(guild.id).webhooks()} == {"Tertulia", "Theirs"}
    assert (await client.fetch_webhook(ours.id)).token == ours.token


async def test_d1_a_channel_has_at_most_fifteen_webhooks(discord_, place):
    for number in range(15):
        await place.create_webhook(name=f"Agent {number}")
    with pytest.raises(discord.HTTPException) as refused:
        await place.create_webhook(name="One more")
    assert refused.value.code == 30007
    assert discord_.violations == []


@pytest.mark.parametrize("name", ["discord helper", "Clyde", "everyone", "x" * 81])
async def test_d2_some_names_are_refused(discord_, place, name):
    with pytest.raises(discord.HTTPException) as made:
        await place.create_webhook(name=name)
    webhook = await place.create_webhook(name="Tertulia")
    with pytest.raises(discord.HTTPException) as used:
        await webhook.send("hello", username=name, wait=True, allowed_mentions=NONE)
    assert made.value.code == used.value.code == 50035
    assert sum("(D2)" in one for one in discord_.violations) == 2


async def test_d15_making_a_webhook_needs_the_permission(discord_, guild, bot, place):
    discord_.change_permissions(discord_.role_of(guild, bot), manage_webhooks=False)
    for attempt in (place.create_webhook(name="Tertulia"), place.webhooks()):
        with pytest.raises(discord.Forbidden) as refused:
            await attempt
        assert refused.value.code == 50013


async def test_d1_a_deleted_webhook_is_unknown_and_a_wrong_token_is_refused(discord_, channel, place, client):
    webhook = await place.create_webhook(name="Tertulia")
    stranger = discord.Webhook.partial(webhook.id, "wrong", client=client)
    with pytest.raises(discord.HTTPException) as wrong:
        await stranger.send("hello", wait=True)
    await discord_.delete_webhook(webhook.id)
    with pytest.raises(discord.NotFound) as gone:
        await webhook.send("hello", wait=True)
    assert (wrong.value.code, gone.value.code) == (50027, 10015)
    assert discord_.messages(channel) == []


async def test_d12_a_webhooks_messages_are_edited_read_and_deleted(discord_, channel, place):
    webhook = await place.create_webhook(name="Tertulia")
    sent = await webhook.send("helo", wait=True, allowed_mentions=NONE)
    await sent.edit(content="hello", allowed_mentions=NONE)
    assert (await webhook.fetch_message(sent.id)).content == "hello"
    assert discord_.messages(channel)[0].edits == ["helo"]
    await sent.delete()
    assert discord_.messages(channel) == []
    with pytest.raises(discord.NotFound) as refused:
        await webhook.edit_message(sent.id, content="?", allowed_mentions=NONE)
    assert refused.value.code == 10008
    assert discord_.violations == []


async def test_d3_a_webhook_used_without_wait_or_rules_is_noted(discord_, channel, place):
    webhook = await place.create_webhook(name="Tertulia")
    await discord.Webhook.partial(webhook.id, webhook.token, session=webhook.session).send("@everyone")
    assert discord_.messages(channel)[0].rang == {"@everyone"}
    assert [one.split(": ")[1][-4:] for one in discord_.violations] == ["(D8)", "(D3)"]


async def test_d17_a_webhook_of_the_parent_writes_in_its_threads(discord_, channel, place, ana):
    webhook = await place.create_webhook(name="Tertulia")
    thread = await discord_.start_thread(channel, ana, "Plot", message_id=await discord_.say(channel, ana, "plot it"))
    await discord_.archive_thread(thread)
    there = discord.Object(thread.id)
    sent = await webhook.send("drawn", thread=there, wait=True, allowed_mentions=NONE)
    assert [one.content for one in discord_.messages(thread)] == ["drawn"]
    assert not thread.archived
    await webhook.edit_message(sent.id, content="redrawn", thread=there, allowed_mentions=NONE)
    assert discord_.messages(thread)[0].content == "redrawn"
    await discord_.archive_thread(thread, locked=True)
    with pytest.raises(discord.HTTPException) as locked:
        await webhook.send("more", thread=there, wait=True, allowed_mentions=NONE)
    await discord_.delete_channel(thread)
    with pytest.raises(discord.NotFound) as gone:
        await webhook.send("more", thread=there, wait=True, allowed_mentions=NONE)
    assert (locked.value.code, gone.value.code) == (160005, 10003)
    assert discord_.violations == []


async def test_d17_a_forum_needs_a_name_for_the_post(discord_, guild, channel, client):
    forum = guild.add_forum("ideas", tags=["open"])
    await client.wait_for("guild_channel_update", timeout=5)
    known = client.get_channel(forum.id)
    webhook = await known.create_webhook(name="Tertulia")
    with pytest.raises(discord.HTTPException) as nameless:
        await webhook.send("hello", wait=True, allowed_mentions=NONE)
    assert nameless.value.code == 220001
    sent = await webhook.send(
        "hello", thread_name="An idea", wait=True, allowed_mentions=NONE, applied_tags=[known.available_tags[0]]
    )
    post = discord_.world.channels[sent.channel.id]
    assert (post.name, post.parent, [str(tag) for tag in post.applied_tags]) == (
        "An idea",
        forum,
        [forum.tags[0]["id"]],
    )
    plain = await client.get_channel(channel.id).create_webhook(name="Tertulia")
    with pytest.raises(discord.HTTPException) as no_forum:
        await plain.send("hello", thread_name="An idea", wait=True, allowed_mentions=NONE)
    assert no_forum.value.code == 220003
    assert discord_.violations == []
