"""Messages as real clients send, read, edit and delete them."""

import io

import discord
import pytest

from tests.fakes.discord import Overwrite

NONE = discord.AllowedMentions.none()


async def test_d11_the_same_nonce_posts_once_until_it_is_forgotten(discord_, channel, place):
    first = await place.send("once", nonce="a-key")
    again = await place.send("once", nonce="a-key")
    assert (first.id, first.nonce) == (again.id, "a-key")
    assert (await place.fetch_message(first.id)).nonce is None  # it is not kept with the message
    assert [one.nonce for one in discord_.messages(channel)] == ["a-key"]
    discord_.advance(301)
    await place.send("once", nonce="a-key")
    assert len(discord_.messages(channel)) == 2


async def test_d9_content_is_counted_in_utf_16_units(discord_, channel, place):
    await place.send("😀" * 1000)
    for text in ("x" * 2001, "😀" * 1001):
        with pytest.raises(discord.HTTPException) as refused:
            await place.send(text)
        assert (refused.value.status, refused.value.code) == (400, 50035)
    assert len(discord_.messages(channel)) == 1
    assert sum("(D9)" in one for one in discord_.violations) == 2


async def test_an_empty_message_and_too_large_embeds_are_refused(discord_, channel, place):
    with pytest.raises(discord.HTTPException) as empty:
        await place.send("  ")
    assert empty.value.code == 50006
    big = discord.Embed(description="x" * 4000)
    with pytest.raises(discord.HTTPException) as large:
        await place.send(embeds=[big, big])
    assert large.value.code == 50035
    assert discord_.messages(channel) == []


async def test_d8_only_what_is_allowed_rings(discord_, guild, channel, place, ana, bot):
    role = guild.add_role("Team", mentionable=True)
    text = f"@everyone {role.mention} {ana.mention}"
    discord_.change_permissions(discord_.role_of(guild, bot), mention_everyone=True)
    await place.send(text)
    await place.send(text, allowed_mentions=discord.AllowedMentions(users=[discord.Object(ana.id)]))
    await place.send(text, allowed_mentions=discord.AllowedMentions.all())
    assert [one.rang for one in discord_.messages(channel)] == [
        frozenset(),
        {ana.mention},
        {"@everyone", role.mention, ana.mention},
    ]
    assert sum("(D8)" in one for one in discord_.violations) == 1


async def test_d8_a_role_that_cannot_be_mentioned_does_not_ring(discord_, guild, channel, ana):
    role = guild.add_role("Quiet")
    await discord_.say(channel, ana, f"@here {role.mention}")
    assert discord_.messages(channel)[0].rang == frozenset()


async def test_d8_a_client_without_rules_lets_everything_ring_and_is_noted(discord_, channel, bot, client, ana):
    await client.http.send_message(channel.id, params=discord.http.handle_message_parameters(ana.mention))
    assert discord_.messages(channel)[0].rang == {ana.mention}
    assert [one for one in discord_.violations if "(D8)" in one]


async def test_d5_a_reply_names_its_message_and_rings_if_asked(discord_, channel, place, ana, client):
    asked = await discord_.say(channel, ana, "question")
    message = await place.fetch_message(asked)
    await message.reply("quiet", mention_author=False)
    await message.reply("loud", mention_author=True)
    quiet, loud = discord_.messages(channel)[1:]
    assert (quiet.reference, quiet.rang) == (asked, frozenset())
    assert (loud.reference, loud.rang) == (asked, {ana.mention})
    await discord_.say(channel, ana, "and back", reply_to=loud.id)
    await client.hears("question", "quiet", "loud", "and back")
    back = client.heard[-1]
    assert back.reference.resolved.content == "loud"
    assert client.user in back.mentions


async def test_a_reply_to_a_deleted_message_is_refused_unless_it_need_not_exist(discord_, channel, place, ana):
    gone = await discord_.say(channel, ana, "soon gone")
    message = await place.fetch_message(gone)
    await discord_.delete(channel, gone)
    with pytest.raises(discord.HTTPException, match="Unknown message"):
        await message.reply("too late")
    await place.send("still", reference=message.to_reference(fail_if_not_exists=False))
    assert [one.content for one in discord_.messages(channel)] == ["still"]


async def test_d22_history_is_read_before_after_and_around(discord_, channel, place, ana):
    ids = [await discord_.say(channel, ana, str(number)) for number in range(7)]
    middle = discord.Object(ids[3])
    assert [one.content async for one in place.history(limit=2)] == ["6", "5"]
    assert [one.content async for one in place.history(before=middle)] == ["2", "1", "0"]
    assert [one.content async for one in place.history(after=middle)] == ["4", "5", "6"]
    assert [one.content async for one in place.history(after=middle, limit=2)] == ["4", "5"]
    assert [one.content async for one in place.history(around=middle, limit=3)] == ["4", "3", "2"]
    assert discord_.violations == []


async def test_more_than_a_hundred_messages_are_read_in_pages(discord_, channel, place, ana):
    for number in range(130):
        await discord_.say(channel, ana, str(number))
    whole = [one.content async for one in place.history(limit=None, oldest_first=True)]
    assert whole == [str(number) for number in range(130)]


async def test_d12_an_edit_replaces_and_remembers(discord_, channel, place, ana):
    message = await place.send("helo", view=None)
    edited = await message.edit(content="hello", allowed_mentions=NONE)
    kept = discord_.messages(channel)[0]
    assert (kept.content, kept.edits, kept.edited) == ("hello", ["helo"], True)
    assert edited.edited_at is not None
    theirs = await place.fetch_message(await discord_.say(channel, ana, "mine"))
    with pytest.raises(discord.Forbidden) as refused:
        await theirs.edit(content="yours", allowed_mentions=NONE)
    assert refused.value.code == 50005
    assert discord_.violations == []


async def test_a_bot_deletes_its_own_messages_and_with_permission_others(discord_, guild, channel, place, ana, bot):
    own = await place.send("mine")
    await own.delete()
    theirs = await place.fetch_message(await discord_.say(channel, ana, "ana's"))
    with pytest.raises(discord.Forbidden):
        await theirs.delete()
    discord_.change_permissions(discord_.role_of(guild, bot), manage_messages=True)
    await theirs.delete()
    with pytest.raises(discord.NotFound) as refused:
        await theirs.delete()
    assert refused.value.code == 10008
    both = [await place.send(text) for text in ("one", "two")]
    await place.delete_messages(both)
    assert discord_.messages(channel) == []
    assert discord_.violations == []


async def test_d25_files_go_in_and_out(discord_, channel, place, ana, client):
    await place.send(
        "a plot", files=[discord.File(io.BytesIO(b"PNG"), "plot.png"), discord.File(io.BytesIO(b"x"), "x.md")]
    )
    sent = discord_.messages(channel)[0]
    assert [(one.name, one.content, one.media_type) for one in sent.attachments] == [
        ("plot.png", b"PNG", "image/png"),
        ("x.md", b"x", "text/markdown"),
    ]
    await discord_.say(channel, ana, "data", files=[("data.csv", b"a,b\n1,2\n")])
    await client.hears("a plot", "data")
    attachment = client.heard[-1].attachments[0]
    assert (attachment.filename, attachment.size) == ("data.csv", 8)
    assert await attachment.read() == b"a,b\n1,2\n"
    assert discord_.violations == []


async def test_d9_a_file_over_the_guilds_limit_is_refused(discord_, guild, channel, place):
    guild.filesize_limit = 100
    with pytest.raises(discord.HTTPException) as refused:
        await place.send(file=discord.File(io.BytesIO(b"x" * 101), "big.txt"))
    assert (refused.value.status, refused.value.code) == (413, 40005)
    assert discord_.messages(channel) == []


async def test_an_edit_keeps_drops_and_adds_files(discord_, channel, place):
    message = await place.send(
        files=[discord.File(io.BytesIO(b"1"), "one.txt"), discord.File(io.BytesIO(b"2"), "two.txt")]
    )
    new = discord.File(io.BytesIO(b"3"), "three.txt")
    await message.edit(attachments=[message.attachments[1], new], allowed_mentions=NONE)
    assert [one.name for one in discord_.messages(channel)[0].attachments] == ["two.txt", "three.txt"]


async def test_d13_typing_is_seen_and_reactions_are_made(discord_, channel, place, ana, client):
    await place.typing()
    assert discord_.requests[-1].route == "POST /channels/{channel_id}/typing"
    message = await place.fetch_message(await discord_.say(channel, ana, "nice"))
    await message.add_reaction("👍")
    assert discord_.messages(channel)[0].reactions == {"👍": [client.user.id]}
    await message.remove_reaction("👍", client.user)
    assert discord_.messages(channel)[0].reactions == {"👍": []}
    assert discord_.violations == []


async def test_d15_each_missing_permission_is_refused_with_its_code(discord_, guild, channel, place, ana, bot, client):
    said = await place.fetch_message(await discord_.say(channel, ana, "hello"))
    discord_.change_permissions(channel, guild.everyone, attach_files=False)
    with pytest.raises(discord.Forbidden) as no_files:
        await place.send(file=discord.File(io.BytesIO(b"x"), "x.txt"))
    discord_.change_permissions(channel, guild.everyone, read_message_history=False)
    with pytest.raises(discord.Forbidden) as no_reply:
        await said.reply("hi")
    assert [one async for one in place.history()] == []
    discord_.change_permissions(channel, bot, send_messages=False)
    with pytest.raises(discord.Forbidden) as no_send:
        await place.send("hi")
    discord_.change_permissions(channel, bot, view_channel=False)
    with pytest.raises(discord.Forbidden) as no_access:
        await place.send("hi")
    await discord_.delete_channel(channel)
    with pytest.raises(discord.NotFound) as no_channel:
        await place.send("hi")
    refused = (no_files, no_reply, no_send, no_access, no_channel)
    assert [one.value.code for one in refused] == [50013, 160002, 50013, 50001, 10003]
    assert len(discord_.messages(channel)) == 1


async def test_d15_overwrites_for_one_member_beat_those_of_roles(discord_, guild, bot, client):
    channel = guild.add_channel(
        "quiet",
        overwrites={
            guild.everyone: Overwrite(deny=discord.Permissions(send_messages=True)),
            bot: Overwrite(allow=discord.Permissions(send_messages=True)),
        },
    )
    await client.get_partial_messageable(channel.id).send("allowed")
    assert client.get_channel(channel.id).permissions_for(client.get_guild(guild.id).me).send_messages
    assert [one.content for one in discord_.messages(channel)] == ["allowed"]


async def test_a_direct_message_goes_both_ways_and_not_to_bots(discord_, ana, bot, client):
    user = await client.fetch_user(ana.id)
    await user.send("hello")
    room = discord_.add_dm(bot, ana)
    await discord_.say(room, ana, "hello yourself")
    await client.hears("hello", "hello yourself")
    assert [one.content for one in discord_.messages(room)] == ["hello", "hello yourself"]
    other = discord_.add_bot("Coder")
    with pytest.raises(discord.Forbidden) as refused:
        await (await client.fetch_user(other.user_id)).create_dm()
    assert refused.value.code == 50007
    assert discord_.violations == []
