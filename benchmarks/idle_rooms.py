"""What a room that nobody speaks in keeps in memory."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.runtime.rooms import ROOMS_KEPT, Rooms
from agents.team.binding import Binding
from benchmarks.measuring import Size, resident
from benchmarks.stage import InstantModel, begin, store_at, team_of
from benchmarks.table import Row

TURNS = 6


def measure(size: Size) -> Iterator[Row]:
    """RSS of a fresh process before and after it opened rooms of six turns from the store."""
    kept, more = size.of(ROOMS_KEPT), size.of(1_000)
    loaded: list[float] = []
    asleep: list[float] = []
    with TemporaryDirectory(prefix="tertulia-benchmark-") as folder:
        path = Path(folder) / "rooms.db"
        asyncio.run(_write(path, kept + more))
        for _ in range(size.repetitions):
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
                before, between, after = fresh.submit(_sizes, path, kept, more).result()
            loaded.append((between - before) / kept)
            asleep.append((after - between) / more)
    yield Row(what="RSS per idle room of 6 turns, loaded", samples=tuple(loaded), unit="KB", floor=5.3)
    yield Row(what="RSS per idle room of 6 turns, asleep", samples=tuple(asleep), unit="KB", goal=0.5)


async def _write(path: Path, rooms: int) -> None:
    async with store_at(path, {"default": InstantModel()}) as ports:
        running = Rooms(ports, lambda _: Binding(team=team_of(TURNS)))
        for number in range(rooms):
            await begin(ports, f"web:room-{number}")
            await running.run(f"web:room-{number}")


def _sizes(path: Path, kept: int, more: int) -> tuple[float, float, float]:
    """This process's size in KB before it opens rooms, with ``kept`` of them, and after ``more`` went through."""
    return asyncio.run(_opened(path, kept, more))


async def _opened(path: Path, kept: int, more: int) -> tuple[float, float, float]:
    async with store_at(path, {}) as ports:
        rooms = Rooms(ports, lambda _: None)
        await rooms.read("web:nobody")
        before = resident()
        for number in range(kept):
            await rooms.read(f"web:room-{number}")
        between = resident()
        for number in range(kept, kept + more):
            await rooms.read(f"web:room-{number}")
        return before, between, resident()
