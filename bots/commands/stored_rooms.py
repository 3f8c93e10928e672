"""Reading rooms from the command line, beside a process that may be writing them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.sqlite_store import SqliteStore, open_for_reading
from agents.errors import WrongUse
from bots.clock import SystemClock
from bots.config import Loaded
from bots.config.suggestions import did_you_mean

Result = TypeVar("Result")


async def with_store(loaded: Loaded, read: Callable[[SqliteStore], Awaitable[Result]]) -> Result:
    """What ``read`` finds in the database of this config. Raises `WrongUse` and `StoreFailed`."""
    async with open_for_reading(loaded.located(loaded.config.store.path), SystemClock()) as store:
        return await read(store)


async def rooms_or_refusal(store: SqliteStore, room: str | None) -> tuple[str, ...]:
    """That room, or all of them. Raises `WrongUse` for a room that is not there."""
    rooms = await store.schedule.rooms()
    if room is None:
        return rooms
    if room not in rooms:
        there = f"there are {', '.join(rooms)}" if rooms else "there are none yet"
        raise WrongUse(f"There is no room {room} ({there}){did_you_mean(room, rooms) or '.'}")
    return (room,)
