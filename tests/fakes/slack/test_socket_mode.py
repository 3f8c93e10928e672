"""Socket Mode with a real slack_bolt program: acks, repetitions, and every way to lose a connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import Listener, listening, refused
from tests.fakes.slack.sockets import Drop


async def connected(place: Place, count: int, seconds: float = 5.0) -> None:
    """Return once the fake has seen so many connections."""
    async with asyncio.timeout(seconds):
        await place.slack.sockets.seen(count)


async def test_r2_what_a_program_answers_is_acked_and_what_it_ignores_is_not(place: Place, listener: Listener) -> None:
    await place.slack.say(place.room, place.ana, "heard")
    await listener.event()
    await place.slack.delivered()
    assert not place.slack.unacked
    place.app.events += ("star_added",)
    await place.slack.site.hearing.told(place.app, place.app.installs["T1"], {"type": "star_added"})
    await listener.body()
    assert [delivery.payload["event"]["type"] for delivery in place.slack.unacked] == ["star_added"]


async def test_r1_an_event_without_an_answer_comes_again_at_once_then_after_one_and_five_minutes(place: Place) -> None:
    clock = place.slack.clock
    async with dumb_connection(place) as ws:
        await place.slack.say(place.room, place.ana, "hello")
        attempts: list[tuple[int, str]] = []
        for wait in (3, 60 + 3, 300 + 3, 3000):
            envelope = await ws.receive_json(timeout=5)
            attempts.append((envelope["retry_attempt"], envelope["retry_reason"]))
            clock.advance(wait)
    assert attempts == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    (delivery,) = place.slack.unacked
    assert delivery.given_up


async def test_r4_a_repetition_has_the_same_event_id_and_says_that_it_is_one(place: Place, listener: Listener) -> None:
    await place.slack.say(place.room, place.ana, "hello")
    first = await listener.body()
    assert await place.slack.sockets.redeliver(answered=True) == 1
    assert (await listener.body())["event_id"] == first["event_id"]
    assert place.slack.deliveries[0].attempt == 1


async def test_r10_what_was_said_while_nobody_listened_comes_after_a_minute(place: Place) -> None:
    await place.slack.say(place.room, place.ana, "anybody?")
    async with listening(place.slack, place.app) as listener:
        place.slack.clock.advance(60)
        assert (await listener.event())["text"] == "anybody?"
    assert place.slack.deliveries[0].attempt == 2


@pytest.mark.parametrize("kind", ["close", "disconnect", "reset"])
async def test_r10_a_program_comes_back_after_every_kind_of_loss(place: Place, kind: Drop) -> None:
    async with listening(place.slack, place.app) as listener:
        assert await place.slack.sockets.drop(kind) == 1
        await connected(place, 2)
        await place.slack.say(place.room, place.ana, "still there?")
        assert (await listener.event())["text"] == "still there?"


async def test_a_connection_that_was_asked_to_go_ends_after_ten_seconds(place: Place) -> None:
    async with dumb_connection(place) as ws:
        await place.slack.sockets.warn()
        assert (await ws.receive_json(timeout=5))["reason"] == "warning"
        await place.slack.sockets.drop("disconnect")
        assert (await ws.receive_json(timeout=5))["reason"] == "refresh_requested"
        place.slack.clock.advance(10)
        assert (await ws.receive(timeout=5)).type == aiohttp.WSMsgType.CLOSE


async def test_r10_a_refused_program_tries_until_it_may(place: Place) -> None:
    place.slack.faults.server_error("apps.connections.open")
    web = AsyncWebClient(base_url=place.slack.api_url, retry_handlers=[])
    with pytest.raises(Exception, match="503"):
        await web.apps_connections_open(app_token=place.app.app_token)
    place.slack.sockets.refuse_for(1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await session.ws_connect(await address(place))
        place.slack.sockets.refusing = True
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await session.ws_connect(await address(place))
        place.slack.sockets.refusing = False
        async with session.ws_connect(await address(place)) as ws:
            assert (await ws.receive_json(timeout=5))["type"] == "hello"


async def test_r10_too_many_requests_for_a_connection_are_429(place: Place) -> None:
    place.slack.faults.slow_down("apps.connections.open", 30)
    web = AsyncWebClient(base_url=place.slack.api_url)
    assert await refused(web.apps_connections_open(app_token=place.app.app_token)) == "ratelimited"


async def test_a_ticket_opens_one_connection(place: Place) -> None:
    url = await address(place)
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
            await session.ws_connect(url)


async def test_an_app_has_at_most_ten_connections_and_they_share_its_traffic(place: Place) -> None:
    async with aiohttp.ClientSession() as session:
        ten = [await session.ws_connect(await address(place)) for _ in range(10)]
        for ws in ten:
            assert (await ws.receive_json(timeout=5))["connection_info"] == {"app_id": place.app.app_id}
        eleventh = await session.ws_connect(await address(place))
        assert (await eleventh.receive_json(timeout=5))["reason"] == "too_many_websockets"
        for number in range(40):
            await place.slack.say(place.room, place.ana, str(number))
        used = {delivery.connection for delivery in place.slack.deliveries}
        assert len(used) > 1
        for ws in (*ten, eleventh):
            await ws.close()


async def test_what_is_held_leaves_in_order(place: Place, listener: Listener) -> None:
    place.slack.sockets.hold()
    for text in ("one", "two"):
        await place.slack.say(place.room, place.ana, text)
    assert not listener.heard()
    await place.slack.sockets.release()
    assert [(await listener.event())["text"] for _ in range(2)] == ["one", "two"]


async def test_r10_a_connection_that_died_silently_is_noticed_by_its_pings(place: Place) -> None:
    async with listening(place.slack, place.app) as listener:
        place.slack.sockets.mute = True
        await connected(place, 2, seconds=20)
        place.slack.sockets.mute = False
        await place.slack.say(place.room, place.ana, "still there?")
        assert (await listener.event())["text"] == "still there?"


async def address(place: Place) -> str:
    """A fresh address for a connection."""
    web = AsyncWebClient(base_url=place.slack.api_url)
    return str((await web.apps_connections_open(app_token=place.app.app_token))["url"])


@asynccontextmanager
async def dumb_connection(place: Place) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    """A connection that never answers."""
    async with aiohttp.ClientSession() as session:
        ws = await session.ws_connect(await address(place), autoclose=False)
        assert (await ws.receive_json(timeout=5))["type"] == "hello"
        yield ws
