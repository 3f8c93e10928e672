"""A message in Slack or Discord in, one post out: our CPU, and how long people wait, beside the bare libraries."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from agents import Team, Transcript, function_agent
from agents.log.participants import is_person
from agents.testing import memory_ports
from benchmarks.chat_floors import FLOORS
from benchmarks.chat_houses import during, furnished, on_disk, without_engine
from benchmarks.chat_servers import percentile
from benchmarks.chat_servers import serve as serve_fake
from benchmarks.measuring import Size, collecting_seldom
from benchmarks.table import Row
from bots.clock import SystemClock
from bots.wiring import House

EVENTS = 40
WARM = 25
BURST = 500
RESETS = 3

CONFIG = """
[[channels]]
match = ["{name}:*"]
team = "benchmarks.chats:echo"
attention = "always"
conversation = "channel"
[people]
users = ["{everybody}"]
[web]
enabled = false
[store]
path = "rooms.db"
"""
EVERYBODY = {"slack": "slack:workspace", "discord": "discord:server"}
GOALS = {"slack": {"memory": 1.7, "durable": 2.7}, "discord": {"memory": 2.0, "durable": 3.3}}
"""How many times what the bare library takes."""


def _answers_people(room: Transcript) -> str | None:
    heard = [message.text for message in room.unheard("agent:echo") if is_person(message.by)]
    return f"You said: {' '.join(heard)}" if heard else None


echo = Team(name="echo", agents=[function_agent("echo", _answers_people)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one platform was measured to do. CPU is in ms an event, in each repetition; all else in ms."""

    floor: tuple[float, ...]
    memory: tuple[float, ...]
    durable: tuple[float, ...]
    waits: list[float]
    burst: list[float]
    resets: list[float]


def measure(size: Size) -> Iterator[Row]:
    """One message after the other, each answered; CPU of the whole process, the platform's library included.

    The floor is that library alone, which answers each message, in the same run.
    """
    for name, goals in GOALS.items():
        found = asyncio.run(_platform(name, size))
        for store, spent in (("memory", found.memory), ("durable", found.durable)):
            what, floor = f"{name}: event in, one post, {store}, CPU", min(found.floor)
            yield Row(what=what, samples=spent, unit="ms", floor=floor, goal=goals[store] * floor)
        for share in (50, 95):
            waited = percentile(found.waits, share / 100)
            yield Row(what=f"{name}: event in, one post, wall p{share}", samples=(waited,), unit="ms")
        if found.burst:
            what = f"{name}: {size.of(BURST)} messages at once, all answered, wall"
            yield Row(what=what, samples=tuple(spent / 1e3 for spent in found.burst), unit="s")
        yield Row(what=f"{name}: connected again after a reset, wall", samples=tuple(found.resets), unit="ms")


async def _platform(name: str, size: Size) -> Found:
    """One fake of the platform, and three that answer there: the bare library, and we in memory and on disk."""
    with fake(name) as (server, config):
        async with _bare(name, config, server):
            floor, _ = await _one_by_one(server, size)
        async with _house(name, config, server, durable=False):
            memory, _ = await _one_by_one(server, size)
        async with _house(name, config, server, durable=True):
            durable, waits = await _one_by_one(server, size)
            # Discord's own limits, five messages in two seconds, would be all that is seen of it.
            burst = await done(server, "at once", size.of(BURST)) if name == "slack" else []
            resets = await done(server, "reset", size.of(RESETS))
    return Found(floor=floor, memory=memory, durable=durable, waits=waits, burst=burst, resets=resets)


@contextlib.contextmanager
def fake(name: str) -> Generator[tuple[Connection, str]]:
    """The fake platform in a process of its own: how to tell it what to do, and the config that leads there."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=serve_fake, args=(name, theirs), daemon=True)
    process.start()
    theirs.close()  # so that its end is noticed
    try:
        config, urls = ours.recv()
        with without_engine(), _routed(name, urls):
            yield ours, config
    finally:
        process.terminate()
        process.join()


async def _one_by_one(server: Connection, size: Size) -> tuple[tuple[float, ...], list[float]]:
    """CPU milliseconds for each message, in each repetition, and how long each waited for its answer."""
    await done(server, "one by one", size.of(WARM))
    spent: list[float] = []
    waits: list[float] = []
    with collecting_seldom():
        for _ in range(size.repetitions):
            began = time.process_time()
            waits += (waited := await done(server, "one by one", size.of(EVENTS)))
            spent.append((time.process_time() - began) / len(waited) * 1e3)
    return tuple(spent), waits


@contextlib.asynccontextmanager
async def _bare(name: str, config: str, server: Connection) -> AsyncGenerator[None]:
    async with during(FLOORS[name](config)):
        yield
    await done(server, "gone", 1)


@contextlib.asynccontextmanager
async def _house(name: str, config: str, server: Connection, *, durable: bool) -> AsyncGenerator[None]:
    async with on_disk(config_for(name, config)) as kept:
        house = kept if durable else await furnished(kept, memory_ports(SystemClock()))
        async with during(house.serve()), during(serve(name, house)):
            yield
    await done(server, "gone", 1)


def config_for(name: str, config: str) -> str:
    """The config of a house that answers everybody, with what leads to the platform."""
    return config + CONFIG.format(name=name, everybody=EVERYBODY[name])


async def serve(name: str, house: House) -> None:
    """Serve the platform until cancelled."""
    if name == "discord":
        from bots.platforms.discord import serve_discord

        await serve_discord(house)
    else:
        from bots.platforms.slack import serve_slack

        await serve_slack(house, scale=0.001)  # limits are not what is measured


@contextlib.contextmanager
def _routed(name: str, urls: tuple[str, str]) -> Generator[None]:
    """discord.py has its addresses in its classes."""
    if name != "discord":
        yield
        return
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = urls[0], yarl.URL(urls[1])
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


async def done(server: Connection, what: str, count: int) -> list[float]:
    """Have the fake platform do it so often; the milliseconds that it tells."""
    server.send((what, count))
    return [seconds * 1e3 for seconds in await asyncio.to_thread(server.recv)]
