"""Which records of which rooms a message in Slack became (R6)."""

from collections.abc import Sequence

from adapters.slack.house import SlackHouse
from adapters.slack.places import PLATFORM, Spot, source_of
from agents.log.records import Record
from agents.ports import Receipts

_CHUNK = 500
_SKEW = 3600.0
"""Seconds by which Slack's clock and ours may differ: a message is written down after it was sent."""


def copy_of(message: str, room: str) -> str:
    """The source of a message with that platform id where it is background of a room that is not its own."""
    return f"{source_of(message)}>{room}"


def message_of(source: str) -> str:
    """The platform id of the message whose source this is, be it that of a copy."""
    return source.removeprefix(f"{PLATFORM}:").partition(">")[0]


async def records_of(house: SlackHouse, spot: Spot, ts: str, also: Sequence[str] = ()) -> Sequence[tuple[str, Record]]:
    """The rooms and records of a person's message: in its channel's room, in the thread that it opened, and copies.

    ``also`` are more rooms that may have a copy.
    """
    opened = Spot(team=spot.team, channel=spot.channel, thread=ts).room
    source, found = source_of(spot.message(ts)), list[tuple[str, Record]]()
    rooms = [spot.room, spot.channel_room] if spot.thread else [opened, spot.room, *also]
    for room in dict.fromkeys(rooms):
        if found and spot.thread:
            break  # a reply is in one room only
        sources = (source, copy_of(spot.message(ts), room))
        records = await newer(house, room, float(ts or 0))
        found += [(room, one) for one in records if one.source in sources]
    return found


async def text_now(house: SlackHouse, room: str, seq: int) -> str | None:
    """What the message at that seq says by now; None where it was said too long ago."""
    texts = [one.text for one in (await house.read(room)).messages if seq in (one.seq, one.corrects)]
    return texts[-1] if texts else None


async def own_seq(house: SlackHouse, room: str, platform_id: str) -> int | None:
    """The open question whose card is the message with that platform id."""
    for question in (await house.read(room)).open_questions:
        if await _posted_as(house.store.receipts, f"{room}#{question.seq}", platform_id):
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


async def newer(house: SlackHouse, room: str, since: float) -> Sequence[Record]:
    """The room's records of messages that Slack got since that time, and perhaps a few older ones; newest first."""
    end, found = (await house.read(room)).seq, list[Record]()
    while end > 0:
        start = max(end - _CHUNK, 0)
        records = await house.store.log.read(room, after=start, limit=end - start)
        found += [one for one in reversed(records) if one.source]
        if records and records[0].at < since - _SKEW:
            break
        end = start
    return found
