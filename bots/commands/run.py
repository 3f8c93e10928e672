"""``tertulia run``: everything that the config names, until the process is told to end."""

import asyncio
import logging
import os
import sys
from pathlib import Path

from adapters.web import Notices
from agents.errors import WrongUse
from bots.checks import Probes
from bots.config import Loaded, load
from bots.config.reload import reloads
from bots.doctor import examine
from bots.logs import set_up
from bots.platforms import configured, serve_platforms
from bots.process import run as run_process
from bots.team_builder import Teams
from bots.webroom import SandboxCard, forwarding_hint, serve_web
from bots.wiring import House, Plan, open_house

LOGGER = logging.getLogger(__name__)


def run(path: Path, *, scripted: bool) -> int:
    """Serve until SIGINT or SIGTERM. Raises `WrongUse`, `StoreFailed`."""
    loaded = load(path)
    if not loaded.config.web.enabled and not configured(loaded.config):
        raise WrongUse("Nothing would be served: [web] is off and no platform is configured; turn one on.")
    return run_process(_run(loaded, scripted=scripted))


async def _run(loaded: Loaded, *, scripted: bool) -> int:
    set_up(loaded, os.environ)
    for finding in await examine(loaded, Probes()):
        if finding.status != "ok":
            print(f"{finding.check}: {finding.text}", file=sys.stderr)
    notices = Notices()
    plan = Plan(scripted=scripted, progress=SandboxCard(notices).show)
    async with open_house(loaded, plan) as house:
        print(house.model.announcement, flush=True)
        notices.put("model", house.model.announcement)
        async with asyncio.TaskGroup() as group:
            serving = [group.create_task(house.serve()), group.create_task(_follow_config(house))]
            try:
                await _serve(house, notices)
            finally:
                await _wind_up(house)
                for task in serving:
                    task.cancel()
    return 0


async def _serve(house: House, notices: Notices) -> None:
    """The web room and every configured platform, beside each other."""
    async with asyncio.TaskGroup() as group:
        if house.loaded.config.web.enabled:
            group.create_task(serve_web(house, notices, _announce))
        group.create_task(serve_platforms(house))


async def _follow_config(house: House) -> None:
    """Take over what changes in the config file; what cannot be is said in the log."""
    async for new in reloads(house.loaded, house.ports.clock):
        for sentence in new.said:
            LOGGER.warning(sentence)
        if new.outcome == "taken":
            try:
                house.bindings.take(new.loaded.config, Teams(new.loaded))
            except WrongUse as error:
                LOGGER.warning("The config in use stays, because: %s", error)
            else:
                LOGGER.info("The changed config holds from each room's next turns on.")


async def _wind_up(house: House) -> None:
    """Let running turns end; what is cut off goes on when the house is opened again."""
    if not await asyncio.shield(house.rest()):
        print("Some turns were cut off; they go on at the next start.", file=sys.stderr)


def _announce(address: str) -> None:
    print(f"The room is open: {address}", flush=True)
    hint = forwarding_hint(address, dict(os.environ))
    if hint:
        print(hint, flush=True)
