"""A message's record is found by Discord's id, and one that is not there is not looked for in all of the log (D5)."""

import pytest

from adapters.discord.finding import record_of, source_of
from agents.log.events import Said
from agents.log.records import Entry
from agents.testing import FakeClock, MemoryStore

ROOM = "discord:1/2"
MINUTE = 60_000 << 22
FIRST = 1_000_000 * MINUTE


class Counted:
    """A log that counts how many records it gave away."""

    def __init__(self, log):
        self.append, self._log, self.given = log.append, log, 0

    async def read(self, room: str, *, after: int = 0, limit: int = 1000):
        records = await self._log.read(room, after=after, limit=limit)
        self.given += len(records)
        return records


def said(message: int) -> Entry:
    return Entry(event=Said(text="hello"), by="person:discord/1/3", source=source_of(message))


@pytest.fixture
async def log() -> Counted:
    """Messages of 5,000 minutes, one a minute; the one of minute 4,000 was heard an hour late."""
    counted = Counted(MemoryStore(FakeClock()).log)
    minutes = [*range(4000), *range(4001, 4060), 4000, *range(4060, 5000)]
    await counted.append(ROOM, [said(FIRST + minute * MINUTE) for minute in minutes])
    return counted


@pytest.mark.parametrize("minute", [0, 3999, 4000, 4001, 4999])
async def test_d5_every_message_is_found_one_too_that_was_heard_late(log: Counted, minute: int) -> None:
    record = await record_of(log, ROOM, FIRST + minute * MINUTE)
    assert record is not None
    assert record.source == source_of(FIRST + minute * MINUTE)


async def test_d5_a_new_message_that_nobody_took_down_costs_one_look_at_the_newest_records(log: Counted) -> None:
    assert await record_of(log, ROOM, FIRST + 5000 * MINUTE) is None
    assert log.given < 600
