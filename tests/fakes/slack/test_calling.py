"""The Web API's front door: tokens, scopes, arguments, and trouble on demand."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import refused


async def test_auth_test_says_whose_token_it_is(place: Place) -> None:
    answer = await place.client.auth_test()
    expected = ("T1", place.app.bot_user, place.app.bot_id)
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == expected


async def test_a_wrong_token_is_named_for_what_is_wrong_with_it(place: Place) -> None:
    async def with_token(token: str | None) -> str:
        return await refused(AsyncWebClient(token=token, base_url=place.slack.api_url).auth_test())

    assert await with_token(None) == "not_authed"
    assert await with_token("xoxb-unknown") == "invalid_auth"
    assert await with_token(place.app.app_token) == "not_allowed_token_type"
    bot = AsyncWebClient(base_url=place.slack.api_url)
    assert await refused(bot.apps_connections_open(app_token=place.app.bot_token)) == "not_allowed_token_type"
    await place.slack.revoke(place.app)
    assert await refused(place.client.auth_test()) == "token_revoked"


async def test_a_removed_apps_token_is_inactive(place: Place) -> None:
    await place.slack.uninstall(place.app)
    assert await refused(place.client.auth_test()) == "account_inactive"


async def test_a_missing_scope_is_named_with_what_was_given(place: Place) -> None:
    place.slack.install(place.app, "T1", ["chat:write"])
    with pytest.raises(SlackApiError) as caught:
        await place.client_of(place.app).users_info(user=place.ana)
    answer = caught.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")


async def test_missing_and_unknown_things_are_refused_and_strays_are_noted(place: Place) -> None:
    call = place.client.api_call
    assert await refused(call("chat.sendMessage")) == "unknown_method"
    assert await refused(call("users.info")) == "invalid_arguments"
    assert await refused(call("conversations.history", params={"channel": place.room, "limit": "all"})) == (
        "invalid_arguments"
    )
    assert await refused(call("conversations.history", params={"channel": place.room, "limit": 0})) == "invalid_limit"
    await call("chat.postMessage", json={"channel": place.room, "text": "x", "thread": "1"})
    assert place.slack.strays == [("chat.postMessage", "thread")]


async def test_query_form_and_json_are_read_alike(place: Place) -> None:
    call = place.client.api_call
    sent = {"channel": place.room, "text": "x"}
    await call("chat.postMessage", params=sent)
    await call("chat.postMessage", data=sent)
    await call("chat.postMessage", json=sent)
    await call("chat.postMessage", http_verb="GET", params=sent)
    assert [message.text for message in place.slack.messages(place.room)] == ["x"] * 4


async def test_a_body_that_is_no_json_object_is_refused(place: Place) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {place.app.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body, error in (("{", "invalid_json"), ("[]", "json_not_object")):
            async with session.post(f"{place.slack.api_url}auth.test", data=body) as response:
                assert (await response.json())["error"] == error


async def test_requests_are_kept_without_their_tokens(place: Place) -> None:
    await place.client.auth_test()
    await place.client.chat_postMessage(channel=place.room, text="x")
    (request,) = place.slack.called("chat.postMessage")
    assert (request.app, request.args["text"]) == (place.app.app_id, "x")
    assert "xoxb" not in str(place.slack.requests)


async def test_r14_a_lost_answer_leaves_the_message_and_a_lost_request_does_not(place: Place) -> None:
    place.slack.faults.lose_answer("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await place.client.chat_postMessage(channel=place.room, text="taken")
    place.slack.faults.lose_request("chat.*")
    with pytest.raises(aiohttp.ClientError):
        await place.client.chat_postMessage(channel=place.room, text="never came")
    await place.client.chat_postMessage(channel=place.room, text="fine")
    assert [message.text for message in place.slack.messages(place.room)] == ["taken", "fine"]
    assert [fault.kind for fault in place.slack.faults.struck] == ["lose_answer", "lose_request"]


async def test_r15_a_limit_comes_as_429_or_as_a_200_that_is_not_ok(place: Place) -> None:
    faults, post = place.slack.faults, place.client.chat_postMessage
    faults.slow_down("*", 7)
    with pytest.raises(SlackApiError) as caught:
        await post(channel=place.room, text="x")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    faults.fail_200("*", "rate_limited")
    with pytest.raises(SlackApiError) as caught:
        await post(channel=place.room, text="x")
    assert (caught.value.response.status_code, caught.value.response["error"]) == (200, "rate_limited")
    assert not place.slack.messages(place.room)


async def test_slack_can_refuse_be_ill_or_be_slow(place: Place) -> None:
    faults, post = place.slack.faults, place.client.chat_postMessage
    faults.refuse("chat.postMessage", "missing_scope", needed="chat:write")
    assert await refused(post(channel=place.room, text="x")) == "missing_scope"
    faults.refuse("chat.postMessage", "ratelimited")
    with pytest.raises(SlackApiError) as caught:
        await post(channel=place.room, text="x")
    assert caught.value.response.status_code == 429
    faults.server_error("chat.postMessage")
    with pytest.raises(SlackApiError) as caught:
        await post(channel=place.room, text="x")
    assert caught.value.response.status_code == 503
    faults.refuse("*", times=5)
    faults.clear()
    await post(channel=place.room, text="fine")


@pytest.mark.parametrize(("kind", "there_at_once"), [("delay", 0), ("slow_answer", 1)])
async def test_a_slow_slack_answers_when_its_clock_says_so(place: Place, kind: str, there_at_once: int) -> None:
    place.app.events = ()
    getattr(place.slack.faults, kind)("chat.postMessage", 600)
    async with asyncio.TaskGroup() as group:
        call = group.create_task(_post(place))
        await place.slack.clock.armed.wait()
        assert len(place.slack.messages(place.room)) == there_at_once
        assert not call.done()
        place.slack.clock.advance(600)
    assert len(place.slack.messages(place.room)) == 1


async def _post(place: Place) -> None:
    await place.client.chat_postMessage(channel=place.room, text="x")
