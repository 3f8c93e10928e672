"""The works that all are measured at, and how: what the program of each peer shares. Needs nothing but Python.

Four agents talk, each turn one answer of a scripted model. ``round_robin``: they speak in turn. ``selector``: a model
names who speaks next, then the agent's model answers. ``tool_turn``: in a room of its own each time, one agent's model
calls a function, reads its result and answers. These cost µs of CPU a turn. ``rooms``: so many rooms at once, six turns
each, with a model that takes 50 ms; seconds on the wall, and KB that each room keeps when all have ended.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from benchmarks.measuring import cost, resident

NAMES = ("ana", "ben", "cid", "dot")
TASK = "Please begin, and take turns."
SAID = "All right, I am on it."
ROLE = "Takes part."
ROOM_TURNS, LATENCY = 6, 0.05
WARM = 20
"""Turns or rooms before anything is measured, so that imports and caches are made."""

Figures: TypeAlias = dict[str, float]
"""What was measured, by its unit."""

Work: TypeAlias = Callable[[int], Awaitable[Figures]]
"""Does so many turns, or rooms."""


async def per_turn(turns: int, work: Awaitable[object]) -> Figures:
    """CPU of all threads."""
    return {"µs": (await cost(work)).cpu / turns * 1e6}


async def at_once(rooms: int, one: Callable[[int], Awaitable[object]]) -> Figures:
    """All rooms together; what ``one`` returns is what is kept of a room, so that it can go on."""
    return await in_all(rooms, _together(rooms, one))


async def in_all(rooms: int, work: Awaitable[object]) -> Figures:
    """Seconds until ``work`` has run all rooms, and KB a room while what it returned is kept."""
    kept: list[object] = []

    async def keeping() -> None:
        kept.append(await work)

    before = resident()
    spent = await cost(keeping())
    return {"s": spent.wall, "KB": (resident() - before) / rooms}


async def _together(rooms: int, one: Callable[[int], Awaitable[object]]) -> list[object]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(one(number))) for number in range(rooms)]
    return [task.result() for task in tasks]


async def _awaited(work: Awaitable[object]) -> object:
    return await work


def run(works: Mapping[str, Work]) -> None:
    """The program: do the work of that name and size, once small, once measured, and print the figures as JSON.

    A work that is not among them prints nothing.
    """
    name, size = sys.argv[1], int(sys.argv[2])
    if name not in works:
        return

    async def both() -> Figures:
        await works[name](min(WARM, size))
        return await works[name](size)

    print(json.dumps(asyncio.run(both())))
