"""Twelve agents of one Discord channel answer one message: through a webhook, and through bots of their own.

With Discord's limits as we keep them, five messages in two seconds; and without, which is what the machinery costs.
Each request takes as long as one to Discord does.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager

from adapters.shared.pace import PaceLimits, Rate
from agents import Team, Transcript, first, function_agent, mentioned
from benchmarks.chat_houses import during, on_disk
from benchmarks.measuring import Size
from benchmarks.table import Row
from bots.platforms import discord
from tests.fakes.discord import FakeDiscord

AGENTS = 12
REQUEST_SECONDS = 0.1
"""What one request to Discord takes from afar."""

UNLIMITED = PaceLimits(room=Rate(count=1000, seconds=1.0), platform=Rate(count=1000, seconds=1.0), draft=1.5)

CONFIG = """
[[channels]]
match = ["discord:*"]
team = "benchmarks.discord_crowd:crowd"
attention = "always"
[people]
users = ["discord:server"]
[web]
enabled = false
[store]
path = "rooms.db"
[discord]
bot_token = "{token}"
"""


def _here(name: str) -> Callable[[Transcript], str | None]:
    def say(room: Transcript) -> str | None:
        asked = any(f"agent:{name}" in one.addressed for one in room.unheard(f"agent:{name}"))
        return f"{name} is here." if asked else None

    return say


NAMES = [f"a{number}" for number in range(AGENTS)]

crowd = Team(name="crowd", agents=[function_agent(name, _here(name)) for name in NAMES], speakers=first(mentioned))


def measure(size: Size) -> Iterator[Row]:
    """Seconds from the message until all twelve answers stand in the channel, their turns included."""
    kinds = ((UNLIMITED, "no limits"), (discord.LIMITS, "within limits"))
    for limits, told in kinds if size.part >= 1 else kinds[:1]:
        for faces, own in (("one webhook", False), ("own bots", True)):
            spent = asyncio.run(_spent(own=own, limits=limits, request=REQUEST_SECONDS * size.part, times=size.of(3)))
            what = f"discord: {AGENTS} agents at once, {faces}, {told}, wall"
            yield Row(what=what, samples=tuple(spent), unit="s")


async def _spent(*, own: bool, limits: PaceLimits, request: float, times: int) -> list[float]:
    before, discord.LIMITS = discord.LIMITS, limits
    try:
        async with FakeDiscord.open() as fake:
            with fake.routed():
                return await _measured(fake, own=own, request=request, times=times)
    finally:
        discord.LIMITS = before


async def _measured(fake: FakeDiscord, *, own: bool, request: float, times: int) -> list[float]:
    guild = fake.add_guild("Workshop")
    host = fake.add_bot("Tertulia", guilds=[guild])
    bots = {name: fake.add_bot(name, guilds=[guild]) for name in (NAMES if own else ())}
    ana, channel = fake.add_member(guild, "ana"), guild.add_channel("room")
    tables = [f'[agents.{name}.discord]\nbot_token = "{bot.token}"\n' for name, bot in bots.items()]
    async with _served(CONFIG.format(token=host.token) + "".join(tables)):
        await fake.until(lambda: len(fake.gateway.identifies) == 1 + len(bots), 60)
        fake.faults.slow_down("POST *", request, times=None)
        spent: list[float] = []
        for done in range(times + 1):
            began = time.perf_counter()
            await fake.say(channel, ana, " ".join(f"@{name}" for name in NAMES))
            wanted = (done + 1) * (AGENTS + 1)
            await fake.until(lambda wanted=wanted: len(fake.messages(channel)) >= wanted, 120)
            spent.append(time.perf_counter() - began)
            if discord.LIMITS != UNLIMITED:
                await asyncio.sleep(discord.LIMITS.room.seconds)  # each time begins with all that the limit allows
        return spent[1:]  # the first one finds or makes the webhook


@asynccontextmanager
async def _served(config: str) -> AsyncGenerator[None]:
    """A house with that config in front of Discord."""
    async with on_disk(config) as house, during(house.serve()), during(discord.serve_discord(house)):
        yield
