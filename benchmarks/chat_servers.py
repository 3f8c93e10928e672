"""A fake Slack and a fake Discord in a process of their own, so that their work is not counted as ours."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack

CHANNELS = 20
"""Enough that no channel's rate limit counts where messages come one by one."""

SAID = "Message"
"""Begins what is said, and so each line of an answer: one may answer several messages."""

PATIENCE = 60.0
GLANCE = 0.0005
"""Seconds between looks at whether the answer is there: how exact a latency is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is and with which tokens; ``say`` writes the n-th message, ``answers`` counts what came back.

    ``hears`` says whether somebody is connected, ``drop`` cuts the connection off without a word.
    """

    config: str
    urls: tuple[str, str]
    say: Callable[[int], Awaitable[object]]
    answers: Callable[[], int]
    hears: Callable[[], bool]
    drop: Callable[[], Awaitable[object]]


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
            say=lambda number: slack.say(channels[number % CHANNELS], ana, f"{SAID} {number}."),
            answers=lambda: sum(str(one.args["text"]).count(SAID) for one in slack.called("chat.postMessage")),
            hears=lambda: bool(slack.sockets.of(app)),
            drop=lambda: slack.sockets.drop("reset"),
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
            ours = (one for channel in channels for one in discord.messages(channel) if one.author_id != ana.id)
            return sum(one.content.count(SAID) for one in ours)

        yield Server(
            config=f'[discord]\nbot_token = "{bot.token}"\n',
            urls=(discord.api_url, discord.gateway_url),
            say=lambda number: discord.say(channels[number % CHANNELS], ana, f"{SAID} {number}."),
            answers=answers,
            hears=lambda: discord.gateway.connected(bot),
            drop=lambda: discord.gateway.drop(bot, "abort"),
        )


SERVERS: dict[str, Callable[[], AbstractAsyncContextManager[Server]]] = {
    "slack": slack_server,
    "discord": discord_server,
}


def serve(name: str, talk: Connection) -> None:
    """The process: tell the config, then do for every (what, how often) received what `DOES` says; send the seconds."""
    asyncio.run(_serve(name, talk))


async def _serve(name: str, talk: Connection) -> None:
    async with SERVERS[name]() as server:
        talk.send((server.config, server.urls))
        while True:
            what, count = await asyncio.to_thread(talk.recv)
            talk.send(await DOES[what](server, count))


async def _one_by_one(server: Server, count: int) -> list[float]:
    """How long each message waits for its answer."""
    await _until(server.hears)
    return [await _answered(server, range(number, number + 1)) for number in range(count)]


async def _at_once(server: Server, count: int) -> list[float]:
    """How long it takes until all of so many messages are answered that come as fast as they can be sent."""
    await _until(server.hears)
    return [await _answered(server, range(count))]


async def _reset(server: Server, count: int) -> list[float]:
    """How long it takes after each reset until somebody is connected again."""
    waits: list[float] = []
    for _ in range(count):
        await _until(server.hears)
        began = time.perf_counter()
        await server.drop()
        await _until(lambda: not server.hears())
        await _until(server.hears)
        waits.append(time.perf_counter() - began)
    return waits


async def _gone(server: Server, count: int) -> list[float]:
    """Nobody is connected any more."""
    await _until(lambda: not server.hears())
    return []


DOES: dict[str, Callable[[Server, int], Awaitable[list[float]]]] = {
    "one by one": _one_by_one,
    "at once": _at_once,
    "reset": _reset,
    "gone": _gone,
}


async def _answered(server: Server, numbers: range) -> float:
    before, began = server.answers(), time.perf_counter()
    for number in numbers:
        await server.say(number)
    await _until(lambda: server.answers() >= before + len(numbers))
    return time.perf_counter() - began


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - it measures, and has nothing else to do
            await asyncio.sleep(GLANCE)


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample that ``share`` of all are below."""
    return sorted(samples)[min(len(samples) - 1, round(share * len(samples)))]
