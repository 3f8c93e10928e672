"""Whatever can break on the way to Discord and back breaks, and nothing is lost or said twice (P31, D11, D22)."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from agents.events import Said
from tests.adapters.discord.serving import Server, a_server
from tests.fakes.discord.values import FakeChannel
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.usefixtures("nowhere"), pytest.mark.timeout(100)]

MESSAGES = int(os.environ.get("DISCORD_CHAOS_MESSAGES", "40"))
"""How many messages people write."""

CHANNELS = 4
ROUND = 20
"""Messages between two breaks of a connection."""

POSTS = ("POST /webhooks/*", "POST /channels/{channel_id}/messages")


def _trouble(server: Server, dice: random.Random) -> None:
    """One thing goes wrong with the next posts."""
    faults, route = server.fake.faults, dice.choice(POSTS)
    match dice.randrange(6):
        case 0:
            faults.server_error(route, 502, accepted=True)
        case 1:
            faults.server_error(route, 503)
        case 2:
            faults.too_many(route, 0.2)
        case 3:
            faults.lose_answer(route)
        case 4:
            faults.lose_request(route)
        case _:
            faults.slow_down(route, 0.05)


async def _break(server: Server, turn: int) -> None:
    """One of the ways in which a gateway connection ends."""
    gateway = server.fake.gateway
    match turn % 3:
        case 0:
            await gateway.ask_to_reconnect(server.host)
        case 1:
            await gateway.drop(server.host, lose_session=True)
        case _:
            await gateway.drop(server.host, "abort")


async def test_p31_chaos_loses_no_message_and_says_nothing_twice(tmp_path: Path) -> None:
    dice = random.Random(20)
    patterns = ", ".join(f'"discord:#chaos-{number}"' for number in range(CHANNELS))
    extra = f'[[channels]]\nmatch = [{patterns}]\nteam = "tests.adapters.discord.teams:careful"\nattention = "always"'
    async with a_server(tmp_path, own=["coder"], extra=extra) as server:
        channels = [server.guild.add_channel(f"chaos-{number}") for number in range(CHANNELS)]
        written: list[list[str]] = [[] for _ in channels]
        numbers = iter(range(MESSAGES))
        async with asyncio.timeout(60 + 2 * MESSAGES):
            turn = 0
            while turn * ROUND < MESSAGES:
                async with server.serving():
                    for _ in range(2):
                        for number, _ in zip(numbers, range(ROUND // 2), strict=False):
                            at = number % CHANNELS
                            _trouble(server, dice)
                            written[at].append(f"message-{number};")
                            who = dice.choice([server.ana, server.bob])
                            await server.say(written[at][-1], who, channels[at])
                            await asyncio.sleep(0)
                        await _break(server, turn)
                turn += 1  # the process ended in the middle of it all
            async with server.serving():
                for channel, texts in zip(channels, written, strict=True):
                    await server.fake.until(lambda channel=channel, texts=texts: _repeated(server, channel, texts), 120)
                for channel, texts in zip(channels, written, strict=True):
                    said = await _posted(server, channel)
                    assert [text for text in said if text.startswith("message-")] == texts


async def _posted(server: Server, channel: FakeChannel) -> list[str]:
    """What was said in the room, once each word of an agent is in the channel; exactly once, and in order."""
    count = -1
    while True:
        said = [one.event.text for one in await server.records(channel) if isinstance(one.event, Said)]
        agents = [text for text in said if not text.startswith("message-")]
        if len(agents) == count:
            assert [one.content for one in server.answers(channel)] == agents
            return said
        wanted = count = len(agents)
        await server.fake.until(lambda wanted=wanted: len(server.answers(channel)) >= wanted, 60)


def _repeated(server: Server, channel: FakeChannel, texts: list[str]) -> bool:
    """Whether every message was answered by an agent."""
    answers = " ".join(one.content for one in server.answers(channel))
    return all(text in answers for text in texts)
