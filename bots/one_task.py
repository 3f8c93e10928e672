"""Running one team on one task, from Python."""

import asyncio
import os
import sys
import tempfile
import uuid
from pathlib import Path

from agents.log.events import Said
from agents.log.participants import Profile
from agents.runtime.team_run import TeamRun, team_run
from agents.team.team import Team
from bots.bindings import HERE
from bots.config import Config, Loaded, load
from bots.config.tables import StoreTable
from bots.logs import set_up
from bots.process import meant_for_people
from bots.surfaces import Follower, terminal
from bots.wiring import Plan, open_house

CONFIG = Path("config.toml")


def _config() -> Loaded:
    return load(CONFIG) if CONFIG.exists() else Loaded(config=Config())


async def run_team(team: Team, task: str) -> TeamRun:
    """Let the team work until its room sleeps; what was said is shown in the terminal, what came of it is returned.

    Raises `WrongUse`, `StoreFailed`.
    """
    try:
        return await _run(team, task)
    except Exception as error:  # what fails beside the follower, or inside the house, comes as a group
        meant = meant_for_people(error)
        if meant is None:
            raise
        raise meant from None


async def _run(team: Team, task: str) -> TeamRun:
    given = _config()
    person = Profile(id="person:terminal/you", name="You")
    room = f"terminal:{uuid.uuid4().hex[:12]}"
    display = terminal(set_up(given, os.environ))
    with tempfile.TemporaryDirectory() as folder:
        store = StoreTable(path=str(Path(folder, "run.db")))
        loaded = Loaded(config=given.config.model_copy(update={"store": store}), path=given.path)
        async with (
            open_house(loaded, Plan(team=team, asks=False, starts_engine=True)) as house,
            asyncio.TaskGroup() as group,
        ):
            sys.stderr.write(f"{house.model.announcement}\n")
            follower = Follower(house.ports, room, display)
            showing = group.create_task(follower.run())
            source = f"terminal:{uuid.uuid4()}"
            await house.door.enter(room, person, Said(text=task), source=source, groups=(HERE,))
            await house.rooms.run_tree(room)
            await follower.until((await house.rooms.read(room)).seq)
            showing.cancel()
            return await team_run(house.ports.store, room)
