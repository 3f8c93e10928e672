"""From a config to a *house*: the store, models, sandbox, rooms and door of one running Tertulia, wired together.

Adapters are imported when they are needed.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from agents.people.command_actions import CommandActions
from agents.people.door import Door
from agents.ports import Files, Model, Ports, Sandbox
from agents.runtime.rooms import Rooms
from agents.runtime.wakeups import InProcessWakeups
from agents.team.team import Team
from agents.turn.turn import Brief
from bots.bindings import ChannelBindings
from bots.clock import SystemClock
from bots.config import Loaded
from bots.config.default_model import DEMO_BUDGET_USD, ModelChoice, choose_model
from bots.config.endpoints import models_or_none
from bots.exports import EXPORTERS
from bots.team_builder import Teams

TURNS_SECONDS = 5.0
"""How long running turns may take to end once the process is told to; it is to be gone within ten seconds."""


def _quiet(step: str, done: float) -> None:
    """Tell nobody of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What this process is to do, beside what its config says.

    ``team`` is the team, or its name, of local rooms that the config binds to none. ``asks``: whether people are here
    to answer. ``starts_engine``: whether one may be started where none answers. ``demo`` caps what may be spent.
    ``progress`` hears how the sandbox comes along.
    """

    team: str | Team = "coding"
    scripted: bool = False
    demo: bool = False
    asks: bool = True
    starts_engine: bool = False
    progress: Callable[[str, float], None] = field(default=_quiet)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything of one running Tertulia; surfaces (web, terminal, a platform) are put in front of it."""

    loaded: Loaded
    ports: Ports
    rooms: Rooms
    door: Door
    bindings: ChannelBindings
    teams: Teams
    model: ModelChoice
    samples: tuple[str, ...]

    async def serve(self) -> None:
        """Run rooms that have news, until cancelled."""
        await self.ports.wakeups.serve(self.rooms.run)

    async def rest(self) -> bool:
        """Give the floor to nobody any more, and wait for running turns; whether all of them ended in time."""
        return await self.rooms.drain(TURNS_SECONDS)


@asynccontextmanager
async def open_house(loaded: Loaded, plan: Plan) -> AsyncGenerator[House]:
    """A house, open until the block ends. Raises `WrongUse`, `StoreFailed`."""
    from adapters.function_tools import FunctionTools
    from adapters.sqlite_store import open_store

    clock = SystemClock()
    configured = loaded.config.models.get("default")
    choice = choose_model(configured, os.environ, models_or_none, scripted=plan.scripted, demo=plan.demo)
    path = loaded.located(loaded.config.store.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(path, clock))
        models = await _models(loaded, choice, store.files, stack)
        sandbox = await _sandbox(loaded, plan, stack)
        ports = Ports(
            store=store,
            wakeups=InProcessWakeups(store.schedule, clock),
            clock=clock,
            models=models,
            sandbox=sandbox,
            tool_of=FunctionTools().tool,
        )
        yield await furnish(loaded, plan, ports, choice)


async def _models(loaded: Loaded, choice: ModelChoice, files: Files, stack: AsyncExitStack) -> dict[str, Model]:
    """The configured models; a script under every name where a script was chosen."""
    if choice.model is None:
        from adapters.scripted_model import ScriptedModel

        return dict.fromkeys([*loaded.config.models, "default"], ScriptedModel())
    from bots.models import make_models

    return await make_models(loaded, choice.model, files, stack)


async def _sandbox(loaded: Loaded, plan: Plan, stack: AsyncExitStack) -> Sandbox:
    """The sandbox, served until the house is closed."""
    from bots.sandboxes import HouseSandbox, owner_of

    owner = owner_of(loaded.located(loaded.config.store.path))
    sandbox = HouseSandbox(loaded.config.sandbox, owner=owner, starts_engine=plan.starts_engine, progress=plan.progress)
    group = await stack.enter_async_context(asyncio.TaskGroup())
    serving = group.create_task(sandbox.serve())
    stack.callback(serving.cancel)
    return sandbox


async def furnish(loaded: Loaded, plan: Plan, ports: Ports, choice: ModelChoice) -> House:
    """A house over these ports. Raises `WrongUse`, `StoreFailed`."""
    from adapters.scripted_model import TASKS

    config = loaded.config
    teams = Teams(loaded)
    for channel in config.channels:
        teams.of(channel.team)  # a team that cannot be made is told now, and not in its channel later
    fallback = teams.of(plan.team) if isinstance(plan.team, str) else plan.team
    brief = Brief(
        approval=config.sandbox.approval,
        someone_to_ask=plan.asks,
        code_timeout=config.sandbox.timeout_seconds,
        image=config.sandbox.image,
    )
    most = DEMO_BUDGET_USD if plan.demo else None
    bindings = ChannelBindings(config, teams, ports.store.facts, brief=brief, fallback=fallback, at_most=most)
    await bindings.load()
    rooms = Rooms(ports, bindings.of)
    door = Door(ports, rooms, CommandActions(ports, rooms, bindings, EXPORTERS), bindings)
    return House(
        loaded=loaded,
        ports=ports,
        rooms=rooms,
        door=door,
        bindings=bindings,
        teams=teams,
        model=choice,
        samples=TASKS if choice.model is None else TASKS[:3],
    )
