"""A message in Slack or Discord in, one post out: our CPU, and how long people wait, SQLite included."""

import asyncio
import contextlib
import time
from collections.abc import Generator, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from agents import Team, Transcript, function_agent
from agents.participants import is_person
from benchmarks.chat_servers import percentile, serve
from benchmarks.measuring import Size
from benchmarks.table import Row
from bots.config import load
from bots.wiring import House, Plan, open_house

EVENTS = 100
WARM = 25

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
GOALS = {"slack": 1.2, "discord": 1.1}


def _answers_people(room: Transcript) -> str | None:
    return f"You said: {room.last.text}" if is_person(room.last.by) else None


echo = Team(name="echo", agents=[function_agent("echo", _answers_people)])


def measure(size: Size) -> Iterator[Row]:
    """One message after the other, each answered; CPU of the whole process, the platform's library included."""
    for name, goal in GOALS.items():
        cpu, waits = asyncio.run(_platform(name, size.of(EVENTS), size.of(WARM)))
        yield Row(what=f"{name}: event in, one post, durable, CPU", samples=(cpu,), unit="ms", goal=goal)
        yield Row(what=f"{name}: event in, one post, wall p50", samples=(percentile(waits, 0.5),), unit="ms")
        yield Row(what=f"{name}: event in, one post, wall p95", samples=(percentile(waits, 0.95),), unit="ms")


async def _platform(name: str, events: int, warm: int) -> tuple[float, list[float]]:
    """CPU milliseconds for each event, and how long each took."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=serve, args=(name, theirs), daemon=True)
    process.start()
    try:
        config, urls = await asyncio.to_thread(ours.recv)
        with TemporaryDirectory(prefix="tertulia-benchmark-") as folder, _routed(name, urls):
            path = Path(folder) / "config.toml"
            path.touch(mode=0o600)
            path.write_text(config + CONFIG.format(name=name, everybody=EVERYBODY[name]), encoding="utf-8")
            async with open_house(load(path), Plan(scripted=True)) as house, asyncio.TaskGroup() as group:
                tasks = [group.create_task(house.serve()), group.create_task(_serve(name, house))]
                await _answered(ours, warm)
                began = time.process_time()
                waits = await _answered(ours, events)
                spent = time.process_time() - began
                for task in tasks:
                    task.cancel()
        return spent / events * 1e3, [wait * 1e3 for wait in waits]
    finally:
        process.terminate()
        process.join()


async def _serve(name: str, house: House) -> None:
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


async def _answered(server: Connection, count: int) -> list[float]:
    server.send(count)
    return await asyncio.to_thread(server.recv)
