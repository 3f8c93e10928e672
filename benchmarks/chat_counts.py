"""What one Slack message costs in things that can be counted: files of ours it passes, log reads, commits, receipts.

A count is the same on every machine. One message at a time, in a channel in which others were answered before, from its
event until its post is settled on disk.
"""

import asyncio
import contextlib
import sys
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

from msgspec.structs import replace

from agents.ports import Ports
from benchmarks.chat_houses import during, furnished, on_disk
from benchmarks.chats import config_for, done, fake, serve
from benchmarks.measuring import Size
from benchmarks.table import Row
from bots.wiring import House

WARM = 5
MESSAGES = 9

QUIET = 0.15
"""Seconds after an answer in which what rides with a later commit is written."""

ROOT = Path(__file__).parent.parent
OURS = tuple(f"{ROOT / package}/" for package in ("agents", "adapters", "bots"))

CALLS = {
    "log.read": "log reads",
    "log.append": "log appends",
    "wakeups.wake": "wake-ups",
    "receipts.claim": "receipts claimed",
    "receipts.settle": "receipts settled",
    "facts.get": "facts read",
    "facts.put": "facts written",
    "facts.delete": "facts deleted",
}
"""The calls of ports that are counted, and what they are called in the table."""

GOALS = {"files of ours passed": 60, "log reads": 8, "commits": 4}


@dataclass(slots=True)
class Seen:
    """What happened since `clear`."""

    files: set[str] = field(default_factory=set[str])
    calls: Counter[str] = field(default_factory=Counter[str])

    def clear(self) -> None:
        """Begin anew."""
        self.files.clear()
        self.calls.clear()

    def profile(self, frame: FrameType, event: str, arg: object) -> None:
        """As `sys.setprofile` wants it: note the file of every function that is called."""
        if event == "call":
            self.files.add(frame.f_code.co_filename)

    @property
    def passed(self) -> list[str]:
        """Files of ours."""
        return sorted(one.removeprefix(f"{ROOT}/") for one in self.files if one.startswith(OURS))


class Counted:
    """A port whose calls are counted."""

    def __init__(self, name: str, port: object, calls: Counter[str]):
        self._name, self._port, self._calls = name, port, calls

    def __getattr__(self, name: str) -> Any:
        self._calls[f"{self._name}.{name}"] += 1
        return getattr(self._port, name)


def measure(size: Size) -> Iterator[Row]:
    """A row for each thing that is counted: so many of it for one message."""
    counted = asyncio.run(_counted(size))
    for what in counted[0]:
        samples = tuple(float(one[what]) for one in counted)
        yield Row(what=f"slack: {what} for one message", samples=samples, unit="", goal=GOALS.get(what))


async def _counted(size: Size) -> list[dict[str, int]]:
    seen = Seen()
    with fake("slack") as (server, config), profiled(seen):
        async with _house(config, server, seen) as wal:
            for _ in range(size.of(WARM)):
                await _one(server, seen, wal)
            return [await _one(server, seen, wal) for _ in range(size.of(MESSAGES))]


async def _one(server: Connection, seen: Seen, wal: Path) -> dict[str, int]:
    """Have one message said, and count until all is quiet."""
    seen.clear()
    before = commits(wal)
    await done(server, "one by one", 1)
    await asyncio.sleep(QUIET)
    found = {"files of ours passed": len(seen.passed), "commits": commits(wal) - before}
    return found | {what: seen.calls[call] for call, what in CALLS.items()}


@contextlib.contextmanager
def profiled(seen: Seen) -> Generator[None]:
    """Note what is called, in the database's thread as well."""
    sys.setprofile(seen.profile)
    threading.setprofile(seen.profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@contextlib.asynccontextmanager
async def _house(config: str, server: Connection, seen: Seen) -> AsyncGenerator[Path]:
    """A house in front of the fake whose ports are counted; the write-ahead log of its database."""
    async with on_disk(config_for("slack", config)) as kept:
        house = await furnished(kept, counting(kept.ports, seen.calls))
        async with during(house.serve()), during(serve("slack", house)):
            yield _wal(house)
    await done(server, "gone", 1)


def counting(ports: Ports, calls: Counter[str]) -> Ports:
    """The same ports, each call counted under ``port.method``."""
    parts = ("log", "receipts", "ledger", "files", "facts", "drafts", "snapshots", "schedule")
    counted: dict[str, Any] = {name: Counted(name, getattr(ports.store, name), calls) for name in parts}
    wakeups: Any = Counted("wakeups", ports.wakeups, calls)
    return replace(ports, store=SimpleNamespace(**counted), wakeups=wakeups)


def _wal(house: House) -> Path:
    path = house.loaded.located(house.loaded.config.store.path)
    return path.with_name(f"{path.name}-wal")


def commits(wal: Path) -> int:
    """How many transactions a write-ahead log holds (sqlite.org/fileformat2.html, "The Write-Ahead Log").

    The last frame of each names the size of the database; frames of an earlier log have other salts.
    """
    content = wal.read_bytes()
    frame, salts = 24 + int.from_bytes(content[8:12], "big"), content[16:24]
    count = 0
    for at in range(32, len(content), frame):
        if content[at + 8 : at + 16] != salts:
            break
        count += any(content[at + 4 : at + 8])
    return count
