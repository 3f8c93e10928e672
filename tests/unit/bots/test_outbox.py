"""What a platform's sending side posts after a process ended anywhere, and while it begins (P31)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import structs

from adapters.shared.pace import PaceLimits, Rate
from agents.log.events import Halted, Said
from agents.log.records import Entry
from agents.testing import MemoryPlatform, until
from bots.platforms.outbox import Sending
from bots.wiring import House, Plan, open_house
from tests.stores import with_ports
from tests.unit.bots.standing import NO_MODEL, loaded, nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

ROOM = "memory:room"
LIMITS = PaceLimits(room=Rate(count=100, seconds=1.0), platform=Rate(count=100, seconds=1.0))


async def say(house: House, text: str, room: str = ROOM) -> None:
    await house.ports.store.log.append(room, [Entry(event=Said(text=text), by="agent:coder")])


@asynccontextmanager
async def sending(house: House) -> AsyncIterator[MemoryPlatform]:
    platform = MemoryPlatform()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(Sending(house, "memory", platform, LIMITS).run())
        yield platform
        task.cancel()


async def test_p31_what_was_said_before_the_process_ended_is_posted_though_nobody_had_looked_at_its_room(
    tmp_path: Path,
) -> None:
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house:
        await say(house, "My last words.")
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house, sending(house) as platform:
        await until(lambda: platform.texts(ROOM) == ["My last words."])


async def test_p31_what_is_said_in_a_new_room_while_the_sending_side_begins_is_posted(tmp_path: Path) -> None:
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house:
        store, schedule = house.ports.store, house.ports.store.schedule

        async def rooms() -> tuple[str, ...]:
            there = await schedule.rooms()
            await say(house, "In between.")
            return there

        ports = structs.replace(house.ports, store=with_ports(store, schedule=SimpleNamespace(rooms=rooms)))
        async with sending(replace(house, ports=ports)) as platform:
            await until(lambda: platform.texts(ROOM) == ["In between."])


async def test_p31_a_start_looks_at_no_room_in_which_nothing_is_to_be_posted(tmp_path: Path) -> None:
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house, sending(house) as platform:
        await say(house, "Long ago.")
        await until(lambda: platform.texts(ROOM) == ["Long ago."])
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house, sending(house) as platform:
        await say(house, "Now.", "memory:other")
        await until(lambda: platform.texts("memory:other") == ["Now."])
        recent = house.rooms.recent()
        assert (ROOM in recent, "memory:other" in recent) == (False, True)


async def test_p6_a_room_that_was_halted_before_the_start_stays_silent(tmp_path: Path) -> None:
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house:
        await say(house, "This must not leave.")
        await house.ports.store.log.append(ROOM, [Entry(event=Halted(reason="Enough."), by="person:memory/ana")])
    async with open_house(loaded(tmp_path, NO_MODEL), Plan()) as house, sending(house) as platform:
        await say(house, "This may.", "memory:other")
        await until(lambda: platform.texts("memory:other") == ["This may."])
        assert platform.texts(ROOM) == []
