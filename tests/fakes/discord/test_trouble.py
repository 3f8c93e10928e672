"""Trouble that tests order, as real clients meet it; and the rate limits."""

import asyncio
import io

import aiohttp
import discord
import pytest

from tests.fakes.discord.living import QuickClient, living

NONE = discord.AllowedMentions.none()
SEND = "POST /channels/{channel_id}/messages"
EXECUTE = "POST /webhooks/{webhook_id}/{webhook_token}"


def contents(discord_, channel) -> list[str]:
    return [one.content for one in discord_.messages(channel)]


async def test_d11_a_lost_answer_leaves_the_message_and_a_lost_request_does_not(discord_, channel, place):
    discord_.faults.lose_answer(SEND)
    with pytest.raises(aiohttp.ClientError):
        await place.send("said", nonce="a")
    discord_.faults.lose_request(SEND)
    with pytest.raises(aiohttp.ClientError):
        await place.send("unsaid", nonce="b")
    assert contents(discord_, channel) == ["said"]
    await place.send("said", nonce="a")
    await place.send("unsaid", nonce="b")
    assert contents(discord_, channel) == ["said", "unsaid"]


async def test_d11_an_error_after_acceptance_doubles_a_webhooks_message_but_not_a_bots(
    discord_, channel, place, client
):
    webhook = await place.create_webhook(name="Tertulia")
    discord_.faults.server_error(SEND, 502, accepted=True)
    discord_.faults.server_error(EXECUTE, 502, accepted=True)
    await asyncio.wait_for(place.send("by the bot"), 10)
    await webhook.send("by the webhook", wait=True, allowed_mentions=NONE)
    assert contents(discord_, channel) == ["by the bot", "by the webhook", "by the webhook"]


async def test_d14_a_503_and_an_ordered_refusal_reach_the_caller_at_once(discord_, channel, place):
    discord_.faults.server_error(SEND, 503)
    with pytest.raises(discord.DiscordServerError):
        await place.send("?")
    discord_.faults.refuse(SEND, 403, 20016)
    with pytest.raises(discord.Forbidden) as refused:
        await place.send("?")
    assert refused.value.code == 20016
    await place.send("!")
    assert contents(discord_, channel) == ["!"]


async def test_d14_a_slow_channel_does_not_stop_another(discord_, guild, channel, place, client):
    other = client.get_partial_messageable(guild.add_channel("other").id)
    slow = discord_.faults.slow_down(SEND, scope=str(channel.id))
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(place.send("slow"))
        await discord_.until(lambda: slow.struck == 1)
        await other.send("fast")
        assert contents(discord_, channel) == []
        slow.stop()
        await waiting
    assert contents(discord_, channel) == ["slow"]


async def test_d10_a_bucket_is_waited_for_and_never_exceeded(discord_, channel, place):
    discord_.limits.limit(SEND, 2, 0.3)
    for number in range(5):
        await place.send(str(number))
    times = [one.arrived for one in discord_.requests if one.route == SEND]
    assert (times[2] - times[0], times[4] - times[2]) >= (0.25, 0.25)
    assert contents(discord_, channel) == list("01234")
    assert discord_.limits.exceeded == 0


async def test_d10_a_request_to_an_empty_bucket_is_answered_429_and_retried(discord_, bot, channel, place):
    discord_.limits.limit(SEND, 1, 0.3)
    second = QuickClient(allowed_mentions=NONE)
    async with living(second, bot):  # the same bot, in a process that does not know the bucket
        await asyncio.gather(place.send("one"), second.get_partial_messageable(channel.id).send("two"))
    assert sorted(contents(discord_, channel)) == ["one", "two"]
    assert discord_.limits.exceeded >= 1
    assert 429 in [one.status for one in discord_.requests]


async def test_d10_a_webhook_has_a_bucket_of_its_own(discord_, channel, place):
    webhook = await place.create_webhook(name="Tertulia")
    discord_.limits.limit(EXECUTE, 2, 0.2)
    for number in range(3):
        await webhook.send(str(number), wait=True, allowed_mentions=NONE)
    assert contents(discord_, channel) == list("012")
    assert discord_.limits.exceeded == 0


async def test_d14_a_global_limit_is_waited_out_and_a_ban_is_not(discord_, channel, place):
    order = discord_.faults.too_many(SEND, 0.1, everywhere=True)
    await place.send("after the wait")
    assert order.struck == 1
    discord_.faults.too_many(SEND, 60, via=False)
    with pytest.raises(discord.HTTPException) as banned:
        await place.send("?")
    assert banned.value.status == 429
    assert contents(discord_, channel) == ["after the wait"]


async def test_d24_requests_tell_who_asked_what_and_how_it_was_answered(discord_, bot, channel, place):
    webhook = await place.create_webhook(name="Tertulia")
    await webhook.send("hello", wait=True, allowed_mentions=NONE)
    made, used = discord_.requests[-2:]
    assert (made.route, made.bot, made.json["name"], made.status) == (
        "POST /channels/{channel_id}/webhooks",
        bot,
        "Tertulia",
        200,
    )
    assert (used.route, used.bot, used.webhook.id, used.query["wait"]) == (EXECUTE, None, webhook.id, "1")


async def test_strangers_and_unknown_paths_are_refused(discord_, channel):
    async with aiohttp.ClientSession() as session:
        url = f"{discord_.api_url}/channels/{channel.id}/messages"
        async with session.get(url, headers={"Authorization": "Bot nobody"}) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (401, "application/json")
        async with session.get(f"{discord_.api_url}/nowhere") as answer:
            assert answer.status == 404
        async with session.get(f"{discord_.cdn_url}/nothing.png") as answer:
            assert answer.status == 404
        async with session.get(f"{discord_.cdn_url}/embed/avatars/0.png") as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
    assert discord_.invalid_requests == 1
    assert discord_.violations == ["GET /nowhere: the fake has no such route"]


async def test_d9_a_request_of_more_than_25_mib_is_too_large(discord_, channel, bot):
    url, body = f"{discord_.api_url}/channels/{channel.id}/messages", b"x" * (25 * 1024 * 1024 + 1)
    head = {"Authorization": f"Bot {bot.token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session, session.post(url, data=io.BytesIO(body), headers=head) as answer:
        assert (answer.status, (await answer.json())["code"]) == (413, 40005)
