"""A whole house in a process of its own that kills itself, with SIGKILL, at the n-th durable step.

``python -m tests.chaos.house FOLDER STEP``: the store is FOLDER/house.db, the chat platform a file that every post is
appended to, the sandbox a file that every run is appended to. STEP 0 never kills. Exit code 0: the room sleeps and
everything was posted; the number of steps is printed.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from adapters.shared.delivery import Outbox
from adapters.shared.lanes import Lanes
from adapters.shared.pace import Pace, PaceLimits, Rate
from adapters.sqlite_store import open_store
from agents import Team, assistant, code_runner, first, mentioned, round_robin, said
from agents.log.events import Joined, Said
from agents.log.participants import SYSTEM, Profile, short_name
from agents.log.records import Entry, Record
from agents.ports import Capabilities, CodeRun, Log, ModelRequest, Ports, Post, Receipt, Receipts, RunResult
from agents.runtime.rooms import Rooms
from agents.runtime.wakeups import InProcessWakeups
from agents.team.binding import Binding
from agents.testing import FakeModel
from bots.clock import SystemClock
from tests.stores import with_ports

ROOM = "chaos:room"
TASKS = ("compute six times seven",)
_T = TypeVar("_T")


class Fuse:
    """Counts durable steps and burns at one of them: before it is done, or just after."""

    def __init__(self, step: int):
        self.steps, self._last = 0, step

    async def around(self, act: Callable[[], Awaitable[_T]]) -> _T:
        self._count()
        result = await act()
        self._count()
        return result

    def _count(self) -> None:
        self.steps += 1
        if self.steps == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


class FusedLog:
    """A log whose appends may be the last thing that this process does."""

    def __init__(self, log: Log, fuse: Fuse):
        self._log, self._fuse = log, fuse
        self.read, self.watch, self.erase = log.read, log.watch, log.erase
        self.find, self.head = log.find, log.head

    async def append(self, room: str, entries: Sequence[Entry]) -> tuple[Record, ...]:
        return await self._fuse.around(lambda: self._log.append(room, entries))


class FusedReceipts:
    """Receipts, likewise."""

    def __init__(self, receipts: Receipts, fuse: Fuse):
        self._receipts, self._fuse = receipts, fuse
        self.get = receipts.get

    async def claim(self, key: str) -> Receipt:
        return await self._fuse.around(lambda: self._receipts.claim(key))

    async def settle(self, key: str, platform_id: str) -> None:
        await self._fuse.around(lambda: self._receipts.settle(key, platform_id))

    async def release(self, key: str) -> None:
        await self._fuse.around(lambda: self._receipts.release(key))


class FilePlatform:
    """A chat platform that outlives us: every post is a line of a file."""

    capabilities = Capabilities(max_length=4_000)

    def __init__(self, path: Path, fuse: Fuse):
        self._path, self._fuse = path, fuse

    async def post(self, post: Post) -> str:
        return await self._fuse.around(lambda: self._write({"key": post.key, "text": post.text, "by": post.by.id}))

    async def edit(self, platform_id: str, post: Post) -> None:
        await self._write({"edits": platform_id, "text": post.text})

    async def find(self, post: Post) -> str | None:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return next((f"line {n}" for n, line in enumerate(lines) if json.loads(line).get("key") == post.key), None)

    async def _write(self, line: Mapping[str, str]) -> str:
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return f"line {len(self._path.read_text().splitlines()) - 1}"


class FileSandbox:
    """A sandbox that outlives us: every run is a line of a file."""

    def __init__(self, path: Path, fuse: Fuse):
        self._path, self._fuse = path, fuse

    async def check(self) -> None:
        """Always there."""

    def state(self, room: str) -> str:
        return ""

    async def run(self, run: CodeRun) -> RunResult:
        return await self._fuse.around(lambda: self._run(run))

    async def _run(self, run: CodeRun) -> RunResult:
        with self._path.open("a") as file:
            file.write(json.dumps([block.code for block in run.blocks]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return RunResult(status="ok", exit_code=0, output="42\n")


def answer(request: ModelRequest) -> str:
    """What each agent says next, told by the conversation alone."""
    me = request.messages[0].text.split()[2].strip(",")
    last = next(message for message in reversed(request.messages) if message.role == "user")
    if me == "coder":
        return "Here it is:\n```python\nprint(6 * 7)\n```"
    return "@coder, please." if last.name == "you" else "It is done. TERMINATE"


TEAM = Team(
    agents=[assistant("planner", "Plans."), assistant("coder", "Codes."), code_runner("runner")],
    speakers=first(
        mentioned,
        lambda transcript: "runner" if transcript.last.code else None,
        lambda transcript: "planner" if transcript.last.by == "agent:runner" else None,
        round_robin,
    ),
    termination=said("TERMINATE", by="planner"),
)


async def live(folder: Path, step: int) -> int:
    """One life of the house: say what is to be said, run, post, end."""
    fuse, clock = Fuse(step), SystemClock()
    async with open_store(folder / "house.db", clock) as store:
        ports = Ports(
            store=with_ports(store, log=FusedLog(store.log, fuse), receipts=FusedReceipts(store.receipts, fuse)),
            wakeups=InProcessWakeups(store.schedule, clock),
            clock=clock,
            models={"default": FakeModel(answer)},
            sandbox=FileSandbox(folder / "runs.jsonl", fuse),
        )
        rooms = Rooms(ports, lambda room: Binding(team=TEAM))
        outbox = Outbox(
            platform=FilePlatform(folder / "posts.jsonl", fuse),
            ports=ports,
            pace=Pace(clock, PaceLimits(room=Rate(count=1000, seconds=1), platform=Rate(count=1000, seconds=1))),
            host=Profile(id=SYSTEM, name="Tertulia"),
            profile=lambda room, who: Profile(id=who, name=short_name(who)),
            halted=lambda room: False,
            redact=lambda text: text,
            refused=lambda post, error: None,
        )
        lanes = Lanes(outbox, serves=lambda room: room == ROOM)
        async with asyncio.TaskGroup() as group:
            posting = group.create_task(lanes.run())
            for number, task in enumerate(TASKS):
                you = Joined(participant="person:chaos/you", name="you")
                entries = [
                    Entry(event=you, by="person:chaos/you", source=f"chaos:{number}j"),
                    Entry(event=Said(text=task), by="person:chaos/you", source=f"chaos:{number}"),
                ]
                await ports.store.log.append(ROOM, entries)
                await rooms.run(ROOM)
            await lanes.drained()
            posting.cancel()
    sys.stdout.write(f"{fuse.steps}\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2]))))
