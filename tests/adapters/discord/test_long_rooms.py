"""A message of people's is found by its source, whatever happened since (D5)."""

from pathlib import Path

import pytest

from agents.log.events import Edited
from tests.adapters.discord.serving import a_server
from tests.long_rooms import LongRoom
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")


@pytest.mark.parametrize("records", [4_900, 11_000])
async def test_d5_an_edit_finds_its_message_at_any_age_and_reads_no_old_records(tmp_path: Path, records: int) -> None:
    async with a_server(tmp_path) as server, server.serving() as house:
        message = await server.say("we meet at 9")
        await server.answered(1)
        room = LongRoom(house, server.room)
        await room.grow(records)
        await server.answered(2)
        said = await room.count()
        await server.fake.edit(server.lobby, message, "we meet at 10")
        assert await room.edited() == Edited(target=said, text="we meet at 10")
        assert len(room.read_again) <= 2
