"""How long Slack waits for its answers while fifty rooms talk: over Socket Mode, each event durable first.

Each room is a thread in which an agent has the floor and its text grows, as fast as models write; people go on writing
in all of them. Slack's limits are kept, as they are in life.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection

from msgspec.structs import replace

from agents import Team, assistant
from agents.log.events import Usage
from agents.ports import ModelAnswer, ModelRequest, Stream, TextDelta
from benchmarks.chat_houses import during, on_disk, without_engine
from benchmarks.chat_servers import PATIENCE, percentile
from benchmarks.measuring import Size, collecting_seldom
from benchmarks.slack_threads import RATE, serve
from benchmarks.table import Row
from bots.platforms.slack import serve_slack
from bots.wiring import House, Plan, furnish

ROOMS = 50
MESSAGES = 300
PIECES_A_SECOND = 20
PIECE = "three more words "
SHORTEST, LONGEST = 200, 600
"""Pieces of a turn: ten to thirty seconds."""

TICK = 0.01
"""Seconds between looks at how late the loop is."""

CONFIG = """
[[channels]]
match = ["slack:*"]
team = "benchmarks.slack_acks:talkers"
attention = "always"
conversation = "thread"
[people]
users = ["slack:workspace"]
[web]
enabled = false
[store]
path = "rooms.db"
[slack]
bot_token = "{bot_token}"
app_token = "{app_token}"
api_url = "{api_url}"
"""

talkers = Team(name="talkers", agents=[assistant("talker", "Talks.")])


@dataclass
class SlowModel:
    """A `Model` that writes for ten to thirty seconds. ``speaking`` counts its answers that grow just now."""

    name: str = "slow"
    speaking: int = 0
    hushed: bool = False
    window: int | None = None
    _turns: Iterator[int] = field(default_factory=count)

    async def stream(self, request: ModelRequest) -> Stream:
        """Piece by piece, until it has said everything or is hushed."""
        pieces = SHORTEST + (LONGEST - SHORTEST) * (next(self._turns) % ROOMS) // ROOMS
        text = ""
        self.speaking += 1
        try:
            for _ in range(pieces):
                if self.hushed:
                    break
                await asyncio.sleep(1 / PIECES_A_SECOND)
                text += PIECE
                yield TextDelta(text=PIECE)
        finally:
            self.speaking -= 1
        yield ModelAnswer(text=text or PIECE, model=self.name)

    def price(self, usage: Usage) -> float | None:
        """Free."""
        return 0.0


@dataclass
class Load:
    """What was seen of the process under measurement, every `TICK`: how late its loop was, how many turns ran."""

    lags: list[float] = field(default_factory=list[float])
    speaking: list[int] = field(default_factory=list[int])

    async def watch(self, model: SlowModel) -> None:
        """Until cancelled."""
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.lags.append((time.perf_counter() - due) * 1e3)
            self.speaking.append(model.speaking)


def measure(size: Size) -> Iterator[Row]:
    """Milliseconds from an event's sending to its answer, as Slack sees them."""
    rooms, messages = size.of(ROOMS), size.of(MESSAGES)
    waits, seen = asyncio.run(_measured(rooms, messages))
    what = f"slack: event to ack, {rooms} turns running, {RATE}/s, wall"
    for share in (50, 95):
        yield Row(what=f"{what} p{share}", samples=(percentile(waits, share / 100),), unit="ms")
    yield Row(what=f"{what} p99", samples=(percentile(waits, 0.99),), unit="ms", goal=500.0)
    yield Row(what=f"{what} max", samples=(max(waits),), unit="ms")
    yield Row(what="the loop meanwhile late by, p50", samples=(percentile(seen.lags, 0.5),), unit="ms")
    yield Row(what="the loop meanwhile late by, p99", samples=(percentile(seen.lags, 0.99),), unit="ms")
    yield Row(what="the loop meanwhile late by, max", samples=(max(seen.lags),), unit="ms")
    yield Row(what="turns running meanwhile, fewest", samples=(min(seen.speaking),), unit="")


async def _measured(rooms: int, messages: int) -> tuple[list[float], Load]:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that its end is noticed
    model, seen = SlowModel(), Load()
    try:
        config = CONFIG.format(**await asyncio.to_thread(ours.recv))
        with without_engine():
            async with _served(config, model), asyncio.TaskGroup() as group:
                await _done(ours, rooms)
                async with asyncio.timeout(PATIENCE):
                    while model.speaking < rooms:  # noqa: ASYNC110 - it measures, and has nothing else to do
                        await asyncio.sleep(TICK)
                with collecting_seldom():
                    watching = group.create_task(seen.watch(model))
                    waits = await _done(ours, messages)
                    watching.cancel()
                model.hushed = True
    finally:
        process.terminate()
        process.join()
    return waits, seen


@contextlib.asynccontextmanager
async def _served(config: str, model: SlowModel) -> AsyncGenerator[None]:
    """A house with that config and model in front of Slack, its database on disk, within Slack's limits."""
    async with on_disk(config) as scripted:
        house = await _with_model(scripted, model)
        async with during(house.serve()), during(serve_slack(house)):
            yield


async def _with_model(house: House, model: SlowModel) -> House:
    ports = replace(house.ports, models={"default": model})
    return await furnish(house.loaded, Plan(scripted=True), ports, house.model)


async def _done(server: Connection, messages: int) -> list[float]:
    """Have so many messages said; the milliseconds until each was answered."""
    server.send(messages)
    return [seconds * 1e3 for seconds in await asyncio.to_thread(server.recv)]
