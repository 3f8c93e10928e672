"""HTTP mode: signed requests to a real slack_bolt web app, right ones and wrong ones."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import bolt_app
from tests.fakes.slack.world import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A bolt app behind its request URL."""

    place: Place
    bolt: AsyncApp
    heard: list[Payload]


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def served(place: Place) -> AsyncIterator[Served]:
    bolt, heard = bolt_app(place.slack, place.app), list[Payload]()

    async def keep(event: Payload) -> None:
        heard.append(event)

    bolt.event("message")(keep)
    runner, origin = await serve(bolt.web_app("/slack/events"))
    place.app.request_url = f"{origin}/slack/events"
    yield Served(place=place, bolt=bolt, heard=heard)
    await runner.cleanup()


async def test_r11_what_people_say_comes_signed_and_is_answered(served: Served) -> None:
    await served.place.slack.say(served.place.room, served.place.ana, "hello")
    await served.place.slack.delivered()
    assert [event["text"] for event in served.heard] == ["hello"]
    assert not served.place.slack.unacked


@pytest.mark.parametrize(
    ("age", "secret", "status"), [(0, None, 200), (240, None, 200), (360, None, 401), (0, "wrong", 401)]
)
async def test_r11_an_old_or_wrong_signature_is_401(served: Served, age: float, secret: str, status: int) -> None:
    slack, app = served.place.slack, served.place.app
    await slack.say(served.place.room, served.place.ana, "hello")
    payload = slack.deliveries[0].payload
    answer = await slack.http_post_event(app, slack.signed(app, payload, age=age, secret=secret))
    assert answer is not None
    assert answer.status == status


async def test_r11_a_changed_body_is_401_and_a_replay_is_taken(served: Served) -> None:
    slack, app = served.place.slack, served.place.app
    signed = slack.signed(app, {"type": "event_callback", "event": {"type": "message", "text": "hello"}})
    changed = await slack.http_post_event(app, signed.with_body(signed.body.replace("hello", "howdy")))
    replayed = [await slack.http_post_event(app, signed, retry=number) for number in range(2)]
    assert changed is not None
    assert changed.status == 401
    assert [answer.status if answer else None for answer in replayed] == [200, 200]


async def test_r11_slack_verifies_the_address_and_its_certificate(served: Served) -> None:
    verified = await served.place.slack.verify_url(served.place.app)
    checked = await served.place.slack.check_ssl(served.place.app)
    assert verified is not None
    assert checked is not None
    assert (verified.status, "3eZbrw1a" in verified.text, checked.status) == (200, True, 200)


async def test_r2_an_event_that_a_program_does_not_know_is_404_and_counts_as_unanswered(served: Served) -> None:
    slack, room = served.place.slack, served.place.room
    await slack.react(room, await slack.say(room, served.place.ana, "x"), served.place.ben, "eyes")
    delivery = slack.deliveries[-1]
    async with asyncio.timeout(5):
        while not delivery.given_up:
            await delivery.failed.wait()
            delivery.failed.clear()
            slack.clock.advance(301)
    assert (delivery.status, delivery.reason, delivery.attempt) == (404, "http_error", 3)
    assert slack.unacked == [delivery]


async def test_a_program_may_ask_not_to_be_asked_again(place: Place) -> None:
    async def refuse(request: web.Request) -> web.Response:
        del request
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    app = web.Application()
    app.router.add_post("/", refuse)
    runner, place.app.request_url = await serve(app)
    await place.slack.say(place.room, place.ana, "hello")
    await place.slack.delivered()
    assert (place.slack.deliveries[0].attempt, place.slack.deliveries[0].given_up) == (0, True)
    await runner.cleanup()


async def test_repetitions_over_http_say_their_number_and_reason(place: Place) -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        return web.Response(status=200 if len(seen) > 1 else 503)

    app = web.Application()
    app.router.add_post("/", answer)
    runner, place.app.request_url = await serve(app)
    await place.slack.say(place.room, place.ana, "hello")
    await place.slack.delivered()
    assert seen == [(None, None), ("1", "http_error")]
    await runner.cleanup()


async def test_an_unreachable_program_is_tried_again(place: Place) -> None:
    runner, place.app.request_url = await serve(web.Application())
    await runner.cleanup()
    signed = place.slack.signed(place.app, {"type": "event_callback"})
    assert await place.slack.http_post_event(place.app, signed) is None
    place.app.request_url = None
    with pytest.raises(ValueError, match="has no request_url"):
        await place.slack.http_post_event(place.app, signed)


async def test_r11_presses_and_commands_come_signed_as_forms(served: Served) -> None:
    async def press(ack: AsyncAck, body: Payload) -> None:
        served.heard.append(body)
        await ack()

    async def run(ack: AsyncAck, command: Payload) -> None:
        await ack({"response_type": "in_channel", "text": command["text"]})

    served.bolt.action("go")(press)
    served.bolt.command("/tertulia")(run)
    place, slack = served.place, served.place.slack
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [button]}]
    posted = await place.client.chat_postMessage(channel=place.room, text="?", blocks=blocks)
    pressed = await slack.click(place.ana, place.room, str(posted["ts"]), action_id="go")
    answered = await slack.command(place.ana, place.room, "/tertulia", "status")
    assert (pressed.answered, pressed.status, served.heard[-1]["type"]) == (True, 200, "block_actions")
    assert (answered.answered, answered.text) == (True, "status")
    assert slack.messages(place.room)[-1].text == "status"
