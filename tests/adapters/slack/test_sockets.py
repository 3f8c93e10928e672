"""R10: whatever becomes of a connection, Slack is heard again soon, and everything once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack import sockets
from agents.errors import WrongUse
from tests.adapters.slack.living import World, workspace

PING = 0.4


@pytest.fixture
async def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr("bots.platforms.slack.PING_SECONDS", PING)
    async with workspace(folder) as world:
        yield world


async def reconnected(world: World, before: int) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await world.until(lambda: world.slack.sockets.opened > before and world.slack.sockets.of(world.host))
    assert loop.time() - began < 2 * PING + 0.5  # the machine is shared


@pytest.mark.parametrize("kind", ["close", "reset", "disconnect"])
async def test_r10_a_connection_that_ends_is_replaced_and_nothing_is_lost_or_doubled(world: World, kind: str):
    async with world.served():
        before = world.slack.sockets.opened
        await world.slack.sockets.drop(kind)  # type: ignore[arg-type]
        await world.slack.say(world.channel, world.ben, f"{world.named()} while away")
        await reconnected(world, before)
        await world.slack.sockets.redeliver()
        await world.until_said("while away")
        await world.settled()
        assert len(world.said()) == 1


async def test_r10_a_connection_that_answers_no_pings_is_replaced(world: World):
    async with world.served() as stands:
        before = world.slack.sockets.opened
        world.slack.sockets.mute = True
        await world.until(lambda: not stands.sockets[0].connected.is_set())
        world.slack.sockets.mute = False
        await world.until(lambda: world.slack.sockets.opened > before)
        await stands.connected()
        await world.slack.say(world.channel, world.ben, f"{world.named()} still there?")
        await world.until_said("still there?")


async def test_r10_refused_connections_and_429_only_delay(world: World):
    async with world.served() as stands:
        before = world.slack.sockets.opened
        world.slack.sockets.refuse_for(3)
        world.slack.faults.slow_down("apps.connections.open", 0.1)
        await world.slack.sockets.drop("reset")
        await world.until(lambda: world.slack.sockets.opened > before)
        await stands.connected()
        await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
        await world.until_said("hello")


async def test_r10_a_place_that_is_refused_is_soon_replaced_by_another_one(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bots.platforms.slack.PING_SECONDS", 60.0)
    world.slack.sockets.refuse_for(1)
    async with world.served():  # which waits ten seconds
        assert world.slack.sockets.opened == 1


@pytest.mark.parametrize("trouble", ["slow_down", "lose_request"])
async def test_r3_a_slack_that_does_not_answer_at_the_start_is_waited_for(
    world: World, trouble: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.slack.apps.CONNECT_PAUSES", (0.05,))
    for method in ("auth.test", "apps.connections.open"):
        if trouble == "slow_down":
            world.slack.faults.slow_down(method, 0.1)
        else:
            world.slack.faults.lose_request(method)
    async with world.served():
        await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
        await world.until_said("hello")


async def test_r3_a_dead_app_token_ends_the_start_with_its_table(world: World):
    world.host.app_token_revoked = "invalid_auth"
    with pytest.raises(ExceptionGroup) as failed:
        async with world.served():
            pass
    (error,) = leaves(failed.value)
    assert isinstance(error, WrongUse)
    assert str(error).startswith("[slack] app_token: Slack does not accept it (invalid_auth)")


def leaves(error: BaseException) -> list[BaseException]:
    inner = getattr(error, "exceptions", None)
    return [leaf for one in inner for leaf in leaves(one)] if inner else [error]


async def test_r10_a_peer_that_does_not_say_goodbye_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "CLOSING_SECONDS", 0.1)
    loop = asyncio.get_running_loop()
    async with world.served() as stands:
        world.slack.sockets.mute = True
        assert stands.sockets[0].connected.is_set()
        began = loop.time()
    assert loop.time() - began < 5
