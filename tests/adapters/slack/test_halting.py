"""A halt in a channel holds everything in it: threads that are awake, asleep, or not there yet (P6)."""

from pathlib import Path

import pytest

from tests.adapters.slack.living import World, workspace


async def ordered(world: World, verb: str, says: str) -> None:
    assert says in (await world.slack.command(world.ben, world.channel, "/tertulia", verb)).text


@pytest.mark.parametrize("how", ["awake", "asleep", "new", "over a restart"])
async def test_p6_a_halt_in_a_channel_holds_all_its_threads_until_resume(folder: Path, how: str):
    async with workspace(folder) as world:
        async with world.served():
            root = await world.slack.say(world.channel, world.ben, f"{world.named()} one")
            await world.until_said("one")
            if how == "awake":
                await _held(world, root)
        if how != "awake":
            async with world.served():
                await ordered(world, "halt", "Halted")
                if how != "over a restart":
                    await _held(world, root if how == "asleep" else None, halt=False)
        if how == "over a restart":
            async with world.served():
                await _held(world, root, halt=False)


async def _held(world: World, thread: str | None, *, halt: bool = True) -> None:
    if halt:
        await ordered(world, "halt", "Halted")
    before = len(world.said())
    await world.slack.say(world.channel, world.ben, f"{world.named()} two", thread_ts=thread)
    await world.settled()
    await ordered(world, "status", "Halted" if thread is None else "")
    assert len(world.said()) == before
    await ordered(world, "resume", "Resumed")
    await world.until_said("two")


async def test_p6_what_is_written_in_new_threads_of_a_halted_channel_is_answered_after_resume(folder: Path):
    async with workspace(folder) as world, world.served():
        await ordered(world, "halt", "Halted")
        roots = [await world.slack.say(world.channel, world.ben, f"{world.named()} number {n}") for n in range(3)]
        await world.settled()
        assert world.said() == []
        await world.slack.say(world.channel, world.ben, "!status", thread_ts=roots[0])
        assert "Halted" in await world.whispered(world.ben)
        await ordered(world, "resume", "Resumed")
        for number, root in enumerate(roots):
            await world.until_said(f"number {number}", thread=root)
