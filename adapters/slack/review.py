"""What was deleted while nobody listened: messages that a room holds and their channel does not show any more.

Of a reply in a thread the history of its channel says nothing, so those are not looked for.
"""

from collections.abc import Sequence

from adapters.slack.backlog import Backlog, Channel, MissedEvents
from adapters.slack.house import SlackHouse
from adapters.slack.payloads import Payload
from adapters.slack.places import Spot, message_of, ts_of
from agents.log.events import Said
from agents.log.participants import is_person
from agents.log.records import Record
from agents.ports import Log

MOST_ASKED = 20
"""Messages that Slack is asked for one by one, the newest first."""

_CHUNK = 500
_SKEW = 3600.0
"""Seconds by which Slack's clock and ours may differ: a message is written down after it was sent."""


async def deletions(
    house: SlackHouse, backlog: Backlog, spot: Spot, where: Channel, missed: MissedEvents
) -> Sequence[Payload]:
    """Events of what is certainly deleted. Raises `PlatformFailed` and `StoreFailed`."""
    held: set[str] = set()
    for record in await _newer(house.store.log, spot.room, missed.first):
        match record.event:
            case Said(reply_to=None) if is_person(record.by) and record.source:
                message = message_of(record.source)
                held |= {ts_of(message)} if message == spot.message(ts_of(message)) else set()
            case _:
                pass
    missing = sorted((ts for ts in held - missed.shown if float(ts) > missed.first), reverse=True)
    gone = [ts for ts in missing[:MOST_ASKED] if await backlog.is_gone(where, ts)]
    return [
        {"type": "message", "subtype": "message_deleted", "channel": where.id, "deleted_ts": ts, "event_ts": ts}
        for ts in gone
    ]


async def _newer(log: Log, room: str, since: float) -> Sequence[Record]:
    """The room's records since that time, and perhaps a few older ones; the newest ones first."""
    end, found = await log.head(room), list[Record]()
    while end > 0:
        start = max(end - _CHUNK, 0)
        records = await log.read(room, after=start, limit=end - start)
        found += reversed(records)
        if records[0].at < since - _SKEW:
            break
        end = start
    return found
