"""``tertulia run``: everything that the config names, until the process is told to end (P31)."""

import asyncio
import os
import sys
from pathlib import Path

from adapters.web import Notices
from agents.errors import WrongUse
from bots.config import Loaded, load
from bots.doctor import Machine, examine
from bots.process import run as run_process
from bots.webroom import SandboxCard, forwarding_hint, serve_web
from bots.wiring import House, Plan, open_house

DRAIN_SECONDS = 8.0
"""How long running turns may take to end after SIGTERM; the process is gone within ten seconds."""


def run(path: Path, *, scripted: bool) -> int:
    """Serve until SIGINT or SIGTERM. Raises `WrongUse`, `StoreFailed`."""
    loaded = load(path)
    if not loaded.config.web.enabled:
        raise WrongUse("Nothing would be served: [web] is off and no platform is configured; turn one on.")
    return run_process(_run(loaded, scripted=scripted))


async def _run(loaded: Loaded, *, scripted: bool) -> int:
    for finding in await examine(loaded, Machine()):
        if finding.status != "ok":
            print(f"{finding.check}: {finding.text}", file=sys.stderr)
    notices = Notices()
    plan = Plan(scripted=scripted, progress=SandboxCard(notices).show)
    async with open_house(loaded, plan) as house:
        print(house.model.announcement, flush=True)
        notices.put("model", house.model.announcement)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(house.serve())
            try:
                await serve_web(house, notices, _announce)
            finally:
                await _wind_up(house)
                serving.cancel()
    return 0


async def _wind_up(house: House) -> None:
    """Let running turns end; what is cut off goes on when the house is opened again."""
    if not await asyncio.shield(house.rooms.drain(DRAIN_SECONDS)):
        print("Some turns were cut off; they go on at the next start.", file=sys.stderr)


def _announce(address: str) -> None:
    print(f"The room is open: {address}", flush=True)
    hint = forwarding_hint(address, dict(os.environ))
    if hint:
        print(hint, flush=True)
