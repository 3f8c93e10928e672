"""Rate limits: tiers by method, a message a second by channel, for each app and team on its own."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.limits import CHANNEL_BURST, TIERS


async def post(place: Place, room: str | None = None) -> int:
    """Post; the status, and after a 429 the seconds to wait as a negative number."""
    try:
        answer = await place.client.chat_postMessage(channel=room or place.room, text="x")
    except SlackApiError as error:
        return -int(error.response.headers["Retry-After"])
    return answer.status_code


async def test_r13_a_channel_takes_a_short_burst_and_then_a_message_a_second(place: Place) -> None:
    place.slack.limits.enforced = True
    assert [await post(place) for _ in range(CHANNEL_BURST + 1)] == [200] * CHANNEL_BURST + [-1]
    elsewhere = place.slack.add_channel("T1", "elsewhere", apps=[place.app])
    assert await post(place, elsewhere) == 200
    place.slack.clock.advance(1)
    assert [await post(place), await post(place)] == [200, -1]
    assert [refused[0] for refused in place.slack.limits.refused] == ["chat.postMessage"] * 2


async def test_r13_nothing_is_limited_until_a_test_says_so(place: Place) -> None:
    assert [await post(place) for _ in range(20)] == [200] * 20


async def test_r13_a_smaller_scale_makes_slacks_seconds_shorter(place: Place) -> None:
    place.slack.limits.enforced, place.slack.limits.scale = True, 0.001
    for _ in range(20):
        place.slack.clock.advance(0.001)
        assert await post(place) == 200


async def test_r13_the_workspace_has_a_limit_over_all_channels(place: Place) -> None:
    place.slack.limits.enforced = True
    place.slack.limits.workspace_per_minute = 6
    rooms = [place.slack.add_channel("T1", f"room-{number}", apps=[place.app]) for number in range(7)]
    assert [await post(place, room) for room in rooms] == [200] * 6 + [-10]


async def test_r19_streams_are_scarce_and_each_method_app_and_team_counts_for_itself(place: Place) -> None:
    slack = place.slack
    slack.limits.enforced = True
    other = slack.add_app(name="Other")
    await slack.join(place.room, other.bot_user)
    root = await slack.say(place.room, place.ana, "question")

    async def start(client: AsyncWebClient) -> bool:
        try:
            await client.chat_startStream(
                channel=place.room, thread_ts=root, recipient_team_id="T1", recipient_user_id=place.ana
            )
        except SlackApiError:
            return False
        return True

    assert [await start(place.client) for _ in range(TIERS[2] + 1)] == [True] * TIERS[2] + [False]
    assert slack.limits.refused[-1][:2] == ("chat.startStream", place.app.app_id)
    assert await start(place.client_of(other))
    await place.client.conversations_replies(channel=place.room, ts=root)
    slack.clock.advance(3)
    assert await start(place.client)


async def test_r28_an_app_that_is_sold_outside_the_marketplace_reads_fifteen_messages_a_minute(place: Place) -> None:
    for number in range(20):
        await place.slack.say(place.room, place.ana, str(number))
    place.slack.limits.enforced = place.slack.limits.outside_marketplace = True
    page = await place.client.conversations_history(channel=place.room, limit=100)
    assert (len(page["messages"]), page["has_more"]) == (15, True)
    cursor = page["response_metadata"]["next_cursor"]
    with pytest.raises(SlackApiError, match="ratelimited"):
        await place.client.conversations_history(channel=place.room, limit=100, cursor=cursor)
    place.slack.clock.advance(60)
    rest = await place.client.conversations_history(channel=place.room, limit=100, cursor=cursor)
    assert [one["text"] for one in rest["messages"]] == ["4", "3", "2", "1", "0"]
