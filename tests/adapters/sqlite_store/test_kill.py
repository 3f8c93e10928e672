"""A process that is killed loses nothing that it was told is written."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.sqlite_store import open_store
from agents.testing import FakeClock
from tests.adapters.sqlite_store.saying import texts

APPEND_FOREVER = """
import asyncio, sys
from adapters.sqlite_store import open_store
from agents.testing import FakeClock
from tests.adapters.sqlite_store.saying import said

async def write(store, room):
    number = 0
    while True:
        number += 1
        (record,) = await store.log.append(room, [said(f"{room} {number}")])
        sys.stdout.write(f"{record.room} {record.seq}\\n")
        sys.stdout.flush()

async def main():
    async with open_store(sys.argv[1], FakeClock()) as store, asyncio.TaskGroup() as group:
        for room in range(int(sys.argv[2])):
            group.create_task(write(store, f"web:{room}"))

asyncio.run(main())
"""


def killed_after(path: Path, acknowledged: int, rooms: int) -> dict[str, int]:
    """Append in another process and kill it; the last number that it was given in each room."""
    last: dict[str, int] = {}
    with subprocess.Popen(
        [sys.executable, "-c", APPEND_FOREVER, str(path), str(rooms)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(acknowledged):
            room, seq = process.stdout.readline().split()
            last[room] = int(seq)
        os.kill(process.pid, signal.SIGKILL)
        for line in process.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):
                room, seq = line.split()
                last[room] = int(seq)
    return last


@pytest.mark.parametrize("rooms", [1, 10], ids=["a lone writer", "writers that share commits"])
async def test_s1_every_append_that_was_acknowledged_is_there_after_kill_9(
    path: Path, clock: FakeClock, rooms: int
) -> None:
    written: dict[str, int] = {}
    for round_ in range(1, 4):
        last = await asyncio.to_thread(killed_after, path, 50 * round_, rooms)
        async with open_store(path, clock) as store:
            assert set(await store.schedule.due(clock.now())) == {f"web:{room}" for room in range(rooms)}
            for room in (f"web:{room}" for room in range(rooms)):
                records = await store.log.read(room, limit=100_000)
                assert [record.seq for record in records] == list(range(1, len(records) + 1))
                assert len(records) >= last.get(room, 0)
                said = (await texts(store, room))[written.get(room, 0) :]
                assert said == [f"{room} {number}" for number in range(1, len(said) + 1)]
                written[room] = len(records)
