"""``tertulia demo``: a web room on this machine, at once, with no token and no key."""

import asyncio
import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from adapters.web import Notices
from agents.log.events import Said, ToolReturned
from agents.log.participants import Profile
from agents.log.records import Record
from agents.log.transcript import Transcript
from agents.people.command_actions import as_jsonl
from bots.bindings import HERE
from bots.config import Config, Loaded
from bots.config.tables import StoreTable, WebTable
from bots.logs import set_up
from bots.process import run
from bots.surfaces import Follower, terminal
from bots.webroom import LOBBY, SandboxCard, forwarding_hint, serve_web
from bots.wiring import House, Plan, open_house

VISITOR = Profile(id="person:web/demo", name="Demo")
FOLDER = Path(".tertulia")
TASK_SECONDS = 1_200.0
"""How long the sample task may take where nobody watches, an engine's installation included."""


def demo(*, scripted: bool, port: int | None, task: str | None) -> int:
    """Open the room, play a sample task in it, and serve until Ctrl-C; without a terminal, end after the task.

    Exit code 0; 1 where the task did not come to its end. Raises `WrongUse`, `StoreFailed`.
    """
    web = WebTable() if port is None else WebTable(port=port)
    config = Config(store=StoreTable(path=str(FOLDER / "demo.db")), web=web)
    return run(_demo(Loaded(config=config), scripted=scripted, task=task, stays=sys.stdout.isatty()))


async def _demo(loaded: Loaded, *, scripted: bool, task: str | None, stays: bool) -> int:
    notices = Notices()
    card = SandboxCard(notices)
    plan = Plan(scripted=scripted, demo=True, starts_engine=True, asks=stays, progress=card.show)
    async with open_house(loaded, plan) as house:
        print(house.model.announcement, flush=True)
        notices.put("model", house.model.announcement)
        before = (await house.rooms.read(LOBBY)).seq
        follower = Follower(house.ports, LOBBY, terminal(set_up(loaded, os.environ)), after=before)
        serving = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(serve_web(house, notices, _announcer(serving))),
                group.create_task(house.serve()),
                group.create_task(follower.run()),
            ]
            async with asyncio.timeout(30):
                await serving.wait()
            said = Said(text=task or house.samples[0])
            await house.door.enter(LOBBY, VISITOR, said, source=f"web:{uuid.uuid4()}", groups=(HERE,))
            if stays:
                await asyncio.Event().wait()
            transcript = await _until_done(house, before)
            await follower.until(transcript.seq)
            await _print_paths(house, before)
            await house.rooms.drain(10)
            for one in tasks:
                one.cancel()
        return 0 if transcript.stopped is not None and transcript.stopped.kind == "termination" else 1


def _announcer(serving: asyncio.Event) -> Callable[[str], None]:
    def ready(address: str) -> None:
        print(f"The room is open: {address}", flush=True)
        hint = forwarding_hint(address, dict(os.environ))
        if hint:
            print(hint, flush=True)
        serving.set()

    return ready


async def _until_done(house: House, before: int) -> Transcript:
    """The room, once the task has come to an end in it."""
    async with asyncio.timeout(TASK_SECONDS):
        watch = house.ports.store.log.watch(LOBBY)
        try:
            transcript = await house.rooms.read(LOBBY)
            async for _ in watch:
                transcript = await house.rooms.read(LOBBY)
                if transcript.stopped is not None and transcript.ended > before:
                    break
            return transcript
        finally:
            await watch.aclose()


async def _print_paths(house: House, before: int) -> None:
    """Write the conversation and its pictures beside the database, and say where."""
    folder = house.loaded.located(str(FOLDER)) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    records: list[Record] = []
    while batch := await house.ports.store.log.read(LOBBY, after=records[-1].seq if records else before):
        records += batch
    transcript = folder / "conversation.jsonl"
    transcript.write_bytes(as_jsonl(tuple(records)).content)
    print(f"Transcript: {_shown(transcript)}")
    for record in records:
        if isinstance(record.event, ToolReturned):
            for file in record.event.files:
                path = folder / file.name
                path.write_bytes(await house.ports.store.files.get(file.sha256))
                print(f"Picture: {_shown(path)}" if file.media_type.startswith("image/") else f"File: {_shown(path)}")


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
