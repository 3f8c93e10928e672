"""From a message in Slack to the records of our rooms that it became, so that edits and deletions reach all of them."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.slack.house import SlackHouse
from adapters.slack.places import Spot, copy_of, source_of
from agents.log.records import Record
from agents.ports import Receipts

_MOST_PARTS = 5
"""Parts of a card's post at most."""


async def records_of(house: SlackHouse, spot: Spot, ts: str, also: Sequence[str] = ()) -> Sequence[Record]:
    """A person's message: its own record, and its copies in its channel's room and in the thread that it opened.

    ``also`` are more rooms that may have a copy. Of a reply in a thread there is one record.
    """
    message = spot.message(ts)
    rooms = (spot.room, spot.channel_room) if spot.thread else (replace(spot, thread=ts).room, spot.room, *also)
    sources = dict.fromkeys((source_of(message), *(copy_of(message, room) for room in rooms)))
    found = [record for source in sources if (record := await house.store.log.find(source)) is not None]
    return found[:1] if spot.thread else found


async def text_now(house: SlackHouse, record: Record) -> str | None:
    """What that message says by now; None where it was said too long ago."""
    messages = (await house.read(record.room)).messages
    return next((one.text for one in reversed(messages) if record.seq in (one.seq, one.corrects)), None)


async def own_seq(house: SlackHouse, room: str, platform_id: str) -> int | None:
    """The open question whose card is the message with that platform id."""
    for question in (await house.read(room)).open_questions:
        if await _posted_as(house.store.receipts, f"{room}#{question.seq}", platform_id):
            return question.seq
    return None


async def _posted_as(receipts: Receipts, post: str, platform_id: str) -> bool:
    """Whether one of the post's parts is that message."""
    for part in range(1, _MOST_PARTS + 1):
        receipt = await receipts.get(f"{post}/{part}")
        if receipt is None or receipt.platform_id == platform_id:
            return receipt is not None
    return False
