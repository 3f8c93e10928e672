"""Which record of a room a message in Slack became (R6)."""

from adapters.slack.house import SlackHouse
from adapters.slack.places import Spot, source_of
from agents.ports import Log, Receipts
from agents.records import Record

_CHUNK = 500
_FARTHEST = 20_000
"""Records that are looked through, from the newest: an edit of something older changes nothing."""


async def record_of(house: SlackHouse, spot: Spot, ts: str) -> tuple[str, Record] | None:
    """The room and the record of a person's message, be it in its channel's room or in the thread that it opened."""
    rooms = [spot.room]
    if not spot.thread:
        rooms.insert(0, Spot(team=spot.team, channel=spot.channel, thread=ts).room)
    else:
        rooms.append(spot.channel_room)
    source = source_of(spot.message(ts))
    for room in rooms:
        head = (await house.read(room)).seq
        record = await _backwards(house.ports.log, room, head, source)
        if record is not None:
            return room, record
    return None


async def own_seq(house: SlackHouse, room: str, platform_id: str) -> int | None:
    """The open question whose card is the message with that platform id."""
    for question in (await house.read(room)).open_questions:
        if await _posted_as(house.ports.receipts, f"{room}#{question.seq}", platform_id):
            return question.seq
    return None


async def _posted_as(receipts: Receipts, post: str, platform_id: str) -> bool:
    """Whether one of the post's parts is that message."""
    for part in range(1, 6):
        receipt = await receipts.claim(key := f"{post}/{part}")
        if receipt.fresh:
            await receipts.release(key)
            return False
        if receipt.platform_id == platform_id:
            return True
    return False


async def _backwards(log: Log, room: str, head: int, source: str) -> Record | None:
    end, last = head, max(head - _FARTHEST, 0)
    while end > last:
        start = max(end - _CHUNK, last)
        records = await log.read(room, after=start, limit=end - start)
        for record in reversed(records):
            if record.source == source:
                return record
        end = start
    return None
