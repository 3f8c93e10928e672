"""A fake Slack and a fake Discord in a process of their own, so that their work is not counted as ours."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack

CHANNELS = 25
"""Enough that no channel's rate limit counts."""

PATIENCE = 20.0
GLANCE = 0.0005
"""Seconds between looks at whether the answer is there: how exact a latency is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is and with which tokens; ``say`` writes the n-th message, ``answers`` counts what came back.

    ``hears`` says whether somebody is connected.
    """

    config: str
    urls: tuple[str, str]
    say: Callable[[int], Awaitable[object]]
    answers: Callable[[], int]
    hears: Callable[[], bool]


@asynccontextmanager
async def slack_server() -> AsyncGenerator[Server]:
    """A workspace with one app in all channels."""
    async with FakeSlack.open() as slack:
        slack.add_team("T1")
        app = slack.add_app()
        ana = slack.add_user("T1", "ana")
        channels = [slack.add_channel("T1", f"room-{n}", members=[ana], apps=[app]) for n in range(CHANNELS)]
        yield Server(
            config=f'[slack]\nbot_token = "{app.bot_token}"\napp_token = "{app.app_token}"\n'
            f'api_url = "{slack.api_url}"\n',
            urls=(slack.api_url, ""),
            say=lambda number: slack.say(channels[number % CHANNELS], ana, f"Message {number}."),
            answers=lambda: len(slack.called("chat.postMessage")),
            hears=lambda: bool(slack.sockets.of(app)),
        )


@asynccontextmanager
async def discord_server() -> AsyncGenerator[Server]:
    """A server with one bot that sees all channels."""
    async with FakeDiscord.open() as discord:
        guild = discord.add_guild("Workshop")
        bot = discord.add_bot("Tertulia", guilds=[guild])
        ana = discord.add_member(guild, "ana")
        channels = [guild.add_channel(f"room-{n}") for n in range(CHANNELS)]

        def answers() -> int:
            return sum(message.author_id != ana.id for one in channels for message in discord.messages(one))

        yield Server(
            config=f'[discord]\nbot_token = "{bot.token}"\n',
            urls=(discord.api_url, discord.gateway_url),
            say=lambda number: discord.say(channels[number % CHANNELS], ana, f"Message {number}."),
            answers=answers,
            hears=lambda: discord.gateway.connected(bot),
        )


SERVERS: dict[str, Callable[[], AbstractAsyncContextManager[Server]]] = {
    "slack": slack_server,
    "discord": discord_server,
}


def serve(name: str, talk: Connection) -> None:
    """The process: tell the config, then for every number received say so many messages and send the latencies."""
    asyncio.run(_serve(name, talk))


async def _serve(name: str, talk: Connection) -> None:
    async with SERVERS[name]() as server:
        talk.send((server.config, server.urls))
        while count := await asyncio.to_thread(talk.recv):
            await _until(server.hears)
            talk.send([await _answered(server, number) for number in range(count)])


async def _answered(server: Server, number: int) -> float:
    before, began = server.answers(), time.perf_counter()
    await server.say(number)
    await _until(lambda: server.answers() > before)
    return time.perf_counter() - began


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - it measures, and has nothing else to do
            await asyncio.sleep(GLANCE)


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample that ``share`` of all are below."""
    return sorted(samples)[min(len(samples) - 1, round(share * len(samples)))]
