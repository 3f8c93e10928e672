"""Taking over a changed file while rooms are running: what is safe at once, the rest at the next start."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from agents.errors import WrongUse
from agents.ports import Clock
from bots.config.configuration import Config, misfits
from bots.config.loader import Loaded, load

AT_START = ("models", "slack", "discord", "web", "sandbox", "store", "logs")
"""Tables that are read when Tertulia starts: what they name is open and in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What holds from now on. ``said`` is for the log: why the old file stays, or what has to wait for a restart.

    ``outcome``: ``taken`` over, ``unchanged``, or ``refused``, and then the old config holds.
    """

    loaded: Loaded
    outcome: Literal["taken", "unchanged", "refused"]
    said: tuple[str, ...] = ()


def reload(old: Loaded) -> Reloaded:
    """Read the file of ``old`` again. Never raises for what is in it: a bad file keeps the old one and says why."""
    if old.path is None:
        return Reloaded(loaded=old, outcome="unchanged")
    try:
        new = load(old.path)
    except WrongUse as error:
        return Reloaded(loaded=old, outcome="refused", said=(f"The config in use stays, because: {error}",))
    config = _with_what_is_open(old.config, new.config)
    said = tuple(
        f"{table} changed; that takes effect when Tertulia starts again." for table in _waiting(old.config, new.config)
    )
    unfit = next(iter(misfits(config)), None)
    if unfit is not None:
        until = f"The config in use stays until Tertulia starts again, because without what waits for that: {unfit}"
        return Reloaded(loaded=old, outcome="refused", said=(*said, until))
    if config == old.config:
        return Reloaded(loaded=old, outcome="unchanged", said=said)
    return Reloaded(loaded=replace(old, config=config), outcome="taken", said=said)


async def reloads(loaded: Loaded, clock: Clock, *, every: float = 2.0) -> AsyncIterator[Reloaded]:
    """Look at the file every few seconds, and yield what each change of it comes to.

    An unchanged meaning is not yielded unless something has to wait for a restart; a refusal is, once a change.
    """
    seen = await asyncio.to_thread(_stamp, loaded)
    while True:
        await clock.sleep(every)
        now = await asyncio.to_thread(_stamp, loaded)
        if now == seen:
            continue
        seen = now
        new = await asyncio.to_thread(reload, loaded)
        loaded = new.loaded
        if new.said or new.outcome != "unchanged":
            yield new


def _stamp(loaded: Loaded) -> tuple[int, ...]:
    """What changes when the file does; empty where it is not there, as between two steps of an editor."""
    try:
        found = loaded.path.stat() if loaded.path else None
    except OSError:
        found = None
    return () if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)


def _with_what_is_open(old: Config, new: Config) -> Config:
    """The new config, with those tables of the old one that are in use."""
    agents = {
        name: agent.model_copy(update={"slack": was.slack, "discord": was.discord})
        if (was := old.agents.get(name))
        else agent.model_copy(update={"slack": None, "discord": None})
        for name, agent in new.agents.items()
    }
    return new.model_copy(update={"agents": agents} | {table: getattr(old, table) for table in AT_START})


def _waiting(old: Config, new: Config) -> Iterator[str]:
    for table in AT_START:
        if getattr(old, table) != getattr(new, table):
            yield f"[{table}]"
    for name, agent in new.agents.items():
        was = old.agents.get(name)
        for platform in ("slack", "discord"):
            if getattr(agent, platform) != getattr(was, platform, None):
                yield f"[agents.{name}.{platform}]"
