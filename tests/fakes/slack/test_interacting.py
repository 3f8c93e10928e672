"""Buttons, slash commands and response_urls, answered by a real slack_bolt program."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import Listener


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


BUTTONS: list[dict[str, Any]] = [
    {
        "type": "actions",
        "block_id": "ask",
        "elements": [
            {"type": "button", "action_id": "approve", "text": plain("Run"), "value": "yes"},
            {
                "type": "static_select",
                "action_id": "choose",
                "options": [{"text": plain("A"), "value": "a"}, {"text": plain("B"), "value": "b"}],
            },
        ],
    }
]


async def ask(place: Place) -> str:
    answer = await place.client.chat_postMessage(channel=place.room, text="Run it?", blocks=BUTTONS)
    return str(answer["ts"])


async def test_r26_a_press_names_who_where_and_what(place: Place, listener: Listener) -> None:
    pressed: list[dict[str, Any]] = []

    async def keep(ack: AsyncAck, body: dict[str, Any]) -> None:
        pressed.append(body)
        await ack()

    listener.app.action("approve")(keep)
    listener.app.action("choose")(keep)
    ts = await ask(place)
    assert (await place.slack.click(place.ana, place.room, ts, action_id="approve", value="yes")).answered
    assert (await place.slack.click(place.ben, place.room, ts, action_id="choose", value="b")).answered
    first, second = pressed
    assert (first["user"]["id"], first["channel"]["id"], first["message"]["ts"]) == (place.ana, place.room, ts)
    assert (first["actions"][0]["value"], first["actions"][0]["block_id"]) == ("yes", "ask")
    assert second["actions"][0]["selected_option"]["value"] == "b"
    assert first["container"]["is_ephemeral"] is False


async def test_nobody_presses_what_is_not_there(place: Place) -> None:
    ts = await ask(place)
    carla = place.slack.add_user("T1", "carla")
    click = place.slack.click
    with pytest.raises(ValueError, match="cannot be pressed"):
        await click(place.ana, place.room, ts, action_id="deny")
    with pytest.raises(ValueError, match="cannot be pressed"):
        await click(place.ana, place.room, ts, action_id="approve", value="no")
    with pytest.raises(ValueError, match="sees no buttons"):
        await click(carla, place.room, ts, action_id="approve")
    with pytest.raises(ValueError, match="Nobody sees"):
        await click(place.ana, place.room, "1.2", action_id="approve")
    assert [button["action_id"] for button in place.slack.buttons(place.room, ts)] == ["approve", "choose"]


async def test_r26_a_press_without_an_answer_is_not_repeated(place: Place) -> None:
    ts = await ask(place)
    answer = await place.slack.click(place.ana, place.room, ts, action_id="approve")
    assert not answer.answered
    place.slack.clock.advance(600)
    (delivery,) = [one for one in place.slack.deliveries if one.kind == "interactive"]
    assert (delivery.attempt, delivery.given_up) == (0, True)


async def test_a_response_url_answers_changes_and_removes_five_times_at_most(place: Place, listener: Listener) -> None:
    urls: list[str] = []

    async def answer(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
        await ack()
        urls.append(body["response_url"])
        await respond("only you", replace_original=False)
        await respond("everybody", response_type="in_channel", replace_original=False)
        await respond("decided", replace_original=True)

    listener.app.action("approve")(answer)
    ts = await ask(place)
    pressed = await place.slack.click(place.ana, place.room, ts, action_id="approve")
    async with asyncio.timeout(5):
        await place.slack.responded(3)
    assert [said["text"] for said in pressed.later] == ["only you", "everybody", "decided"]
    assert [message.text for message in place.slack.ephemerals(place.room, place.ana)] == ["only you"]
    assert [message.text for message in place.slack.messages(place.room)] == ["decided", "everybody"]
    assert not place.slack.messages(place.room)[0].blocks
    async with aiohttp.ClientSession() as session:
        bodies = ["[1]", "{}", '{"text": "a"}', '{"delete_original": true}', '{"text": "a"}']
        answers = [await _post(session, urls[0], body) for body in bodies]
    assert answers == [(400, "invalid_payload"), (400, "no_text"), (200, ""), (200, ""), (404, "used_url")]
    assert [message.text for message in place.slack.messages(place.room)] == ["everybody"]


async def test_a_response_url_lives_half_an_hour(place: Place, listener: Listener) -> None:
    urls: list[str] = []

    async def keep(ack: AsyncAck, body: dict[str, Any]) -> None:
        urls.append(body["response_url"])
        await ack()

    listener.app.action("approve")(keep)
    await place.slack.click(place.ana, place.room, await ask(place), action_id="approve")
    place.slack.clock.advance(1801)
    async with aiohttp.ClientSession() as session:
        assert await _post(session, urls[0], '{"text": "a"}') == (404, "expired_url")


async def test_an_ephemerals_buttons_are_for_its_reader_and_can_be_taken_away(place: Place, listener: Listener) -> None:
    async def refuse(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
        assert "message" not in body
        await ack()
        await respond("changed", replace_original=True, blocks=BUTTONS)
        await respond(delete_original=True)

    listener.app.action("approve")(refuse)
    shown = await place.client.chat_postEphemeral(channel=place.room, user=place.ana, text="?", blocks=BUTTONS)
    ts = str(shown["message_ts"])
    with pytest.raises(ValueError, match="Nobody sees"):
        await place.slack.click(place.ben, place.room, ts, action_id="approve")
    await place.slack.click(place.ana, place.room, ts, action_id="approve")
    async with asyncio.timeout(5):
        await place.slack.responded(2)
    assert not place.slack.ephemerals(place.room)


async def test_a_slash_command_is_answered_at_once_and_later(place: Place, listener: Listener) -> None:
    async def status(ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]) -> None:
        await ack(f"{command['text']} from {command['user_name']} in {command['channel_name']}")
        await respond("and more")

    listener.app.command("/tertulia")(status)
    answer = await place.slack.command(place.ana, place.room, "/tertulia", "status")
    async with asyncio.timeout(5):
        await place.slack.responded(1)
    assert answer.text == "status from ana in data-team"
    seen = [message.text for message in place.slack.ephemerals(place.room, place.ana)]
    assert sorted(seen) == ["and more", "status from ana in data-team"]


async def test_r27_slack_has_no_slash_commands_in_threads_nor_unknown_ones(place: Place) -> None:
    with pytest.raises(ValueError, match="not supported in threads"):
        await place.slack.command(place.ana, place.room, "/tertulia", "stop", thread_ts="1.2")
    with pytest.raises(ValueError, match="not a valid command"):
        await place.slack.command(place.ana, place.room, "/other")


async def test_a_command_that_nobody_answers_is_lost(place: Place) -> None:
    answer = await place.slack.command(place.ana, place.room, "/tertulia", "status")
    assert (answer.answered, answer.text) == (False, "")


async def _post(session: aiohttp.ClientSession, url: str, body: str) -> tuple[int, str]:
    async with session.post(url, data=body) as response:
        text = await response.text()
        return response.status, "" if text == "ok" else str((await response.json())["error"])
