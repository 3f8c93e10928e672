"""The SQLite store: appending alone and together, beside the bare statement; opening a long room; waking rooms."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiosqlite

from adapters.sqlite_store import SqliteStore, open_store
from agents.log.events import Said
from agents.log.records import Entry
from agents.log.snapshots import encode_transcript
from agents.ports import Slept
from agents.runtime.room import open_room
from agents.runtime.wakeups import InProcessWakeups
from agents.testing import memory_ports
from benchmarks.measuring import FULL, Size, cost, samples
from benchmarks.table import Row, header, line
from bots.clock import SystemClock

APPENDS = 2_000
WRITERS = 64
ROOMS = 50
LONG = 100_000
TAIL = 100
"""How many events of the long room came after its snapshot."""
AWAKE = 1_000

TEXT = "This is about as long as what people write in a chat, a sentence or two. " * 4
ENTRY = Entry(event=Said(text=TEXT), by="agent:coder")
BODY = f'{{"text":"{TEXT}"}}'

_TABLE = "CREATE TABLE events (room TEXT, seq INTEGER, at REAL, by TEXT, body TEXT, PRIMARY KEY (room, seq))"
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?)"


def measure(size: Size) -> Iterator[Row]:
    """Appends of 300 bytes, each durable when it returns; a long room opened; rooms woken by an event."""
    appends = size.of(APPENDS)
    yield Row(what="append in memory, CPU", samples=samples(size, lambda: _in_memory(appends)), unit="µs", floor=1.0)
    pairs = [(asyncio.run(bare_append(appends)), asyncio.run(_alone(appends))) for _ in range(size.repetitions)]
    bare, alone = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    for what, clock, goal in (("CPU", 0, None), ("wall (2,000/s)", 1, 500.0)):
        floor, each = min(spent[clock] for spent in bare), tuple(spent[clock] for spent in alone)
        yield Row(what=f"append alone, {what}", samples=each, unit="µs", floor=floor, goal=goal)
    together = samples(size, lambda: _together(appends * 4))
    yield Row(what=f"append by {WRITERS} writers, wall (15,000/s)", samples=together, unit="µs", goal=66.7)
    yield from asyncio.run(_long_room(size))
    woken = [asyncio.run(_woken(size.of(AWAKE))) for _ in range(size.repetitions)]
    yield Row(what="event to start of its turn, p95", samples=tuple(p95 for p95, _ in woken), unit="ms", goal=5.0)
    yield Row(
        what="trivial turn of a woken room (1,000/s)", samples=tuple(each for _, each in woken), unit="ms", goal=1.0
    )


@asynccontextmanager
async def _store() -> AsyncGenerator[SqliteStore]:
    with TemporaryDirectory(prefix="tertulia-benchmark-") as folder:
        async with open_store(Path(folder) / "rooms.db", SystemClock()) as store:
            yield store


async def bare_append(appends: int) -> tuple[float, float]:
    """CPU and wall of one INSERT through aiosqlite, with nothing around it."""
    with TemporaryDirectory(prefix="tertulia-benchmark-") as folder:
        async with aiosqlite.connect(Path(folder) / "bare.db", isolation_level=None) as connection:
            for sql in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
                await connection.execute_fetchall(sql)

            async def work() -> None:
                for seq in range(appends):
                    row = (f"web:{seq % ROOMS}", seq, time.time(), "agent:coder", BODY)
                    await connection.execute_fetchall(_INSERT, row)

            spent = await cost(work())
            return spent.cpu / appends * 1e6, spent.wall / appends * 1e6


async def _in_memory(appends: int) -> float:
    log = memory_ports().store.log

    async def work() -> None:
        for number in range(appends):
            await log.append(f"web:{number % ROOMS}", [ENTRY])

    return (await cost(work())).cpu / appends * 1e6


async def _alone(appends: int) -> tuple[float, float]:
    """CPU and wall of an append by the only writer."""
    async with _store() as store:

        async def work() -> None:
            for number in range(appends):
                await store.log.append(f"web:{number % ROOMS}", [ENTRY])

        spent = await cost(work())
        return spent.cpu / appends * 1e6, spent.wall / appends * 1e6


async def _together(appends: int) -> float:
    async with _store() as store:

        async def write(room: str) -> None:
            for _ in range(max(1, appends // WRITERS)):
                await store.log.append(room, [ENTRY])

        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                for writer in range(WRITERS):
                    group.create_task(write(f"web:{writer}"))

        return (await cost(work())).wall / (max(1, appends // WRITERS) * WRITERS) * 1e6


async def _long_room(size: Size) -> list[Row]:
    """Opening a room whose snapshot is a little old, and once without it."""
    events = size.of(LONG)
    async with _store() as store:
        for _ in range(0, events, 1_000):
            await store.log.append("web:long", [ENTRY] * min(events, 1_000))
        room = await open_room(store.log, store.snapshots, "web:long")
        folded = await cost(open_room(store.log, store.snapshots, "web:long"))
        await store.snapshots.save("web:long", room.transcript.seq, encode_transcript(room.transcript))
        await store.log.append("web:long", [ENTRY] * TAIL)
        opened = [await cost(open_room(store.log, store.snapshots, "web:long")) for _ in range(size.repetitions)]
    what = f"open a room of {events:,} events"
    return [
        Row(what=f"{what}, wall", samples=tuple(spent.wall * 1e3 for spent in opened), unit="ms", goal=10.0),
        Row(what=f"{what}, CPU", samples=tuple(spent.cpu * 1e3 for spent in opened), unit="ms"),
        Row(what="the same without its snapshot, CPU", samples=(folded.cpu * 1e3,), unit="ms"),
    ]


async def _woken(rooms: int) -> tuple[float, float]:
    """The 95th percentile, in ms, from a lone append to the run of its room; ms per turn when all come at once."""
    async with _store() as store, asyncio.TaskGroup() as group:
        wakeups = InProcessWakeups(store.schedule, SystemClock())
        started, all_ran = asyncio.Event(), asyncio.Event()
        turns = 0

        async def run(room: str) -> Slept:
            nonlocal turns
            started.set()
            records = await store.log.append(room, [ENTRY])
            turns += 1
            if turns == rooms:
                all_ran.set()
            return Slept(upto=records[-1].seq)

        async def come(room: str) -> None:
            await store.log.append(room, [ENTRY])
            await wakeups.wake(room)

        server = group.create_task(wakeups.serve(run))
        waits: list[float] = []
        for number in range(max(20, rooms // 5)):
            started.clear()
            begun = time.perf_counter()
            await come(f"web:{number}")
            await started.wait()
            waits.append((time.perf_counter() - begun) * 1e3)

        async def drained() -> None:
            nonlocal turns
            turns = 0
            all_ran.clear()
            async with asyncio.TaskGroup() as people:
                for number in range(rooms):
                    people.create_task(come(f"web:all/{number}"))
            await all_ran.wait()

        spent = await cost(drained())
        server.cancel()
    return sorted(waits)[int(len(waits) * 0.95)], spent.wall / rooms * 1e3


if __name__ == "__main__":
    print(header(), flush=True)
    for row in measure(FULL):
        print(line(row), flush=True)
