"""Running one team on one task, from Python."""

import asyncio
import os
import sys
import tempfile
import uuid
from pathlib import Path

from agents.log.events import Said
from agents.log.participants import Profile
from agents.log.records import Record
from agents.ports import OpenDraft
from agents.team.team import Team
from bots.bindings import HERE
from bots.config import Config, Loaded, load
from bots.config.tables import StoreTable
from bots.logs import set_up
from bots.process import meant_for_people
from bots.surfaces import Display, Follower, terminal
from bots.wiring import Plan, open_house

CONFIG = Path("config.toml")


class _KeepingDisplay:
    """A display that also keeps what it shows."""

    def __init__(self, display: Display):
        self._display = display
        self.records: list[Record] = []

    def show(self, record: Record) -> None:
        self.records.append(record)
        self._display.show(record)

    def show_draft(self, draft: OpenDraft) -> None:
        self._display.show_draft(draft)


def _config() -> Loaded:
    return load(CONFIG) if CONFIG.exists() else Loaded(config=Config())


async def run_team(team: Team, task: str) -> tuple[Record, ...]:
    """Let the team work until its room sleeps; what was said is shown in the terminal, all records are returned.

    Raises `WrongUse`, `StoreFailed`.
    """
    try:
        return await _run(team, task)
    except Exception as error:  # what fails beside the follower, or inside the house, comes as a group
        meant = meant_for_people(error)
        if meant is None:
            raise
        raise meant from None


async def _run(team: Team, task: str) -> tuple[Record, ...]:
    given = _config()
    person = Profile(id="person:terminal/you", name="You")
    room = f"terminal:{uuid.uuid4().hex[:12]}"
    kept = _KeepingDisplay(terminal(set_up(given, os.environ)))
    with tempfile.TemporaryDirectory() as folder:
        store = StoreTable(path=str(Path(folder, "run.db")))
        loaded = Loaded(config=given.config.model_copy(update={"store": store}), path=given.path)
        async with (
            open_house(loaded, Plan(team=team, asks=False, starts_engine=True)) as house,
            asyncio.TaskGroup() as group,
        ):
            sys.stderr.write(f"{house.model.announcement}\n")
            follower = Follower(house.ports, room, kept)
            showing = group.create_task(follower.run())
            source = f"terminal:{uuid.uuid4()}"
            await house.door.enter(room, person, Said(text=task), source=source, groups=(HERE,))
            await house.rooms.run(room)
            await follower.until((await house.rooms.read(room)).seq)
            showing.cancel()
    return tuple(kept.records)
