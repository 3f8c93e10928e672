"""A message of people's is found by its source, whatever happened since (R6)."""

from pathlib import Path

import pytest

from agents.log.events import Edited
from tests.adapters.slack.living import workspace
from tests.long_rooms import END, LongRoom


@pytest.mark.parametrize("records", [4_900, 11_000])
async def test_r6_an_edit_finds_its_message_at_any_age_and_reads_no_old_records(folder: Path, records: int) -> None:
    async with workspace(folder) as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, f"{world.named()} we meet at 9")
        await world.until_said("we meet at 9")
        assert world.house is not None
        room = LongRoom(world.house, f"slack:T1/{world.channel}/{ts}")
        await room.grow(records)
        await world.until_said(END, thread=ts)
        said = await room.count()
        await world.slack.edit(world.channel, ts, "we meet at 10")
        assert await room.edited() == Edited(target=said, text="we meet at 10")
        assert len(room.read_again) <= 2
