"""HTTP mode (R11): signed requests get in, others do not, and buttons, windows and commands come the same way."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.slack import Http, intake
from adapters.slack.http_server import listening
from adapters.slack.inspection import inspect_way_in
from agents.errors import WrongUse
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import buttons
from tests.adapters.slack.test_pressing import action, the_card
from tests.adapters.slack.test_receiving import said_by_people
from tests.adapters.slack.test_sockets import leaves
from tests.fakes.slack.signing import Answer, Signed


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    async with workspace(folder, own=["coder"], way="http") as world:
        yield world


def message(world: World, text: str) -> dict[str, object]:
    """An event as Slack would send it, told by no one."""
    event = {
        "type": "message",
        "channel": world.channel,
        "channel_type": "channel",
        "user": world.ben,
        "text": text,
        "ts": "1700000000.000100",
        "event_ts": "1700000000.000100",
    }
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}


async def sent(world: World, signed: Signed) -> Answer:
    answer = await world.slack.http_post_event(world.host, signed)
    assert answer is not None, "nobody listens"
    return answer


@pytest.mark.parametrize(
    ("age", "secret", "status"),
    [(0, None, 200), (240, None, 200), (360, None, 401), (-360, None, 401), (0, "wrong", 401), (0, "", 401)],
)
async def test_r11_a_wrong_or_old_signature_is_401_and_has_no_effect(
    world: World, age: float, secret: str | None, status: int
):
    async with world.served():
        text = f"{world.named()} hello"
        signed = world.slack.signed(world.host, message(world, text), age=age, secret=secret)
        assert (await sent(world, signed)).status == status
        await world.settled()
        assert await said_by_people(world) == (["@Tertulia hello"] if status == 200 else [])


async def test_r11_a_changed_body_is_401_and_a_replayed_request_counts_once(world: World):
    async with world.served():
        signed = world.slack.signed(world.host, message(world, f"{world.named()} hello"))
        changed = signed.with_body(signed.body.replace("hello", "howdy"))
        assert [(await sent(world, one)).status for one in (changed, signed, signed)] == [401, 200, 200]
        await world.until_said("hello")
        await world.settled()
        assert (await said_by_people(world), len(world.said())) == (["@Tertulia hello"], 1)


async def test_r11_slack_verifies_the_address_and_its_certificate(world: World):
    async with world.served():
        verified, checked = await world.slack.verify_url(world.host), await world.slack.check_ssl(world.host)
        assert verified is not None
        assert checked is not None
        assert (verified.status, "3eZbrw1a" in verified.text, checked.status) == (200, True, 200)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"hello", {"Content-Type": "text/plain"}, 401),
        (b"hello", {}, 400),
        (b"{", {}, 400),
        (b"[1]", {}, 400),
        (b'{"a":' * 100_000, {}, 400),
        (b"\xff", {}, 400),
        (b"{}", {"Content-Type": "application/json; charset=nonsense"}, 400),
        (b"{}", {"X-Slack-Request-Timestamp": "9" * 5_000, "X-Slack-Signature": "v0=" + "0" * 64}, 401),
        (b"{}", {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=" + "0" * 64}, 401),
        (b"{}", {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=\u00fc"}, 401),
        (b'{"ssl_check": 1}', {}, 401),
    ],
)
async def test_r11_what_is_no_request_of_slacks_is_refused_without_a_word_in_the_log(
    world: World, body: bytes, headers: dict[str, str], status: int, caplog: pytest.LogCaptureFixture
):
    async with world.served() as stands:
        async with (
            aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session,
            session.post(f"{stands.address}/slack/events", data=body, headers=headers) as response,
        ):
            assert response.status == status
        assert "Traceback" not in caplog.text


async def test_r11_health_says_whether_events_are_taken(world: World):
    async with world.served() as stands, aiohttp.ClientSession() as session:
        for is_open, expected in ((True, 200), (False, 503)):
            stands.intake.is_open = is_open
            async with session.get(f"{stands.address}/slack/health") as response:
                assert (response.status, await response.json()) == (expected, {"ok": is_open})
            signed = world.slack.signed(world.host, message(world, "hello"))
            assert (await sent(world, signed)).status == expected
        async with session.get(f"{stands.address}/slack/events") as response:
            assert response.status == 405


async def test_r1_r11_an_append_that_takes_too_long_is_not_answered_and_slack_brings_the_event_again(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(intake, "APPEND_SECONDS", 0.1)
    async with world.served() as stands:
        gate, real = asyncio.Event(), stands.inbox._records.put

        async def slow(namespace: str, key: str, body: str, **how: bool) -> None:
            await gate.wait()
            await real(namespace, key, body, **how)

        stands.inbox._records.put = slow  # type: ignore[method-assign]
        await world.slack.say(world.channel, world.ben, "coder: hello")
        await world.until(lambda: world.slack.deliveries[0].status == 503)
        gate.set()
        await world.slack.sockets.redeliver()
        await world.until_said("Coded: coder: hello")
        await world.settled()
        assert (len(world.said()), world.slack.unacked) == (1, [])


async def test_r11_r26_cards_windows_and_commands_come_the_same_way(folder: Path):
    async with workspace(folder, team="asking", way="http") as world, world.served():
        card = await the_card(world, "Which city?")
        await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Write an answer"))
        (view,) = world.slack.open_views
        assert (await world.slack.submit_view(world.ben, view.id, {"answer": "Oslo, of course"})).answered
        await world.until_said("Heard 'Oslo, of course'.")
        await world.until(lambda: buttons(card) == ())
        status = await world.slack.command(world.ben, world.channel, "/tertulia", "status")
        assert (status.status, status.answered, bool(status.text)) == (200, True, True)


async def test_r11_an_agents_own_app_is_called_at_its_own_path_with_its_own_secret(world: World):
    async with world.served():
        coder = world.own["coder"]
        direct = world.slack.add_dm("T1", [world.ben], [coder])
        await world.slack.say(direct, world.ben, "hello")
        await world.until_said("hello", channel=direct)
        assert {one.bot_id for one in world.said(direct)} == {coder.bot_id}
        theirs = world.slack.signed(coder, message(world, "planner: hello"))
        assert (await sent(world, theirs)).status == 401


async def test_r11_a_port_that_is_taken_ends_the_start_with_a_sentence(world: World):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        world.port = port
        with pytest.raises(ExceptionGroup) as failed:
            async with world.served():
                pass
    (error,) = leaves(failed.value)
    assert isinstance(error, WrongUse)
    assert str(error).startswith(f"[slack.http] port: {port} is taken on 127.0.0.1")


async def test_r12_a_connection_that_comes_at_the_end_is_closed(recwarn: pytest.WarningsRecorder):
    for rounds in range(6):
        with socket.socket() as client:
            client.setblocking(False)
            async with listening(Http(public_url="https://x.example", port=0), {}, is_open=bool) as address:
                client.connect_ex(("127.0.0.1", int(address.rpartition(":")[2])))
                for _ in range(rounds):
                    await asyncio.sleep(0)
    gc.collect()
    assert list(recwarn) == []


async def test_p29_doctor_follows_the_way_from_outside(folder: Path):
    async with workspace(folder, way="http") as world, world.served() as stands:
        port = int(stands.address.rpartition(":")[2])
        led = Http(public_url=stands.address, port=port)
        assert (await inspect_way_in(led)).lacks == ()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = f"http://127.0.0.1:{port}"
    assert (await inspect_way_in(Http(public_url=here, port=port))).text == (
        f"Slack's requests arrive: {here}/slack/events leads to 127.0.0.1:{port}."
    )
    elsewhere = await inspect_way_in(Http(public_url=f"{here}/other", port=port))
    assert elsewhere.lacks == (f"{here}/other/slack/events",)
    assert "does not lead to 127.0.0.1" in elsewhere.text
    assert "HTTP 404, and not from Tertulia" in elsewhere.text
    assert "let your proxy pass it on" in (await inspect_way_in(Http(public_url="http://127.0.0.1:9", port=0))).text
    assert (await inspect_way_in(Http(public_url=here, host="192.0.2.1", port=port))).lacks != ()
