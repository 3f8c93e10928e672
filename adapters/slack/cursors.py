"""The mark of each app up to which nothing was missed, kept so that the next process reads on from there."""

import json
import logging
import re
from collections.abc import Hashable
from dataclasses import dataclass, field

from adapters.slack.apps import App
from adapters.slack.house import SlackHouse
from adapters.slack.inbox import Inbox
from adapters.slack.payloads import Payload
from adapters.slack.places import PLATFORM
from agents.errors import StoreFailed

LOGGER = logging.getLogger(__name__)

NAMESPACE = "slack_listened"
"""In `Facts`, for each app of each workspace: what a `Cursor` needs after a restart."""

MOST_TAKEN = 1_000
MOST_AWAKE = 200


@dataclass(slots=True, kw_only=True)
class Cursor:
    """How far one app has heard. Before ``until`` nothing was missed, and nothing since in this ``stretch``.

    Of what is ``taken`` a copy adds nothing; ``awake`` are the rooms that were used last, the newest last. After a
    break ``wanted`` is the stretch that begins: what was missed before it is read since ``begun``, and ``read`` says up
    to when in each conversation. Where that has failed it is tried again, ``not_before`` that time.
    """

    until: float
    taken: set[str] = field(default_factory=set[str])
    awake: list[str] = field(default_factory=list[str])
    read: dict[str, float] = field(default_factory=dict[str, float])
    stretch: Hashable | None = None
    wanted: Hashable | None = None
    begun: float = 0.0
    is_new: bool = False
    is_reading: bool = False
    saved: float = 0.0
    failures: int = 0
    not_before: float = 0.0


class Cursors:
    """The cursors of all apps, kept in the store. Methods raise `StoreFailed`."""

    def __init__(self, house: SlackHouse, inbox: Inbox):
        self._house, self._inbox = house, inbox
        self._records, self._clock = house.store.facts, house.clock
        self._known: dict[str, Cursor] = {}

    async def of(self, app: App) -> Cursor:
        """The app's, as an earlier process has left it; before there was any, nothing was missed."""
        known = self._known.get(_key(app))
        if known is not None:
            return known
        body = await self._records.get(NAMESPACE, _key(app))
        if body is None:
            cursor = Cursor(until=self._clock.now(), is_new=True)
            await self.save(app, cursor)
        else:
            kept: Payload = json.loads(body)
            cursor = Cursor(until=kept["until"], read=kept["read"], taken=set(kept["taken"]), awake=kept["awake"])
        self._known[_key(app)] = cursor
        return cursor

    async def save(self, app: App, cursor: Cursor) -> None:
        """Write it down."""
        await self._save(_key(app), cursor)

    async def save_all(self) -> None:
        """Write down what can be."""
        for key, cursor in self._known.items():
            try:
                await self._save(key, cursor)
            except StoreFailed as error:
                LOGGER.warning("Until when Slack was heard is not written down: %s", error)

    async def _save(self, key: str, cursor: Cursor) -> None:
        ours = f"{PLATFORM}:{key.partition('/')[0]}/"
        lately = [one for one in self._inbox.taken_since(cursor.until) if one.startswith(ours)][:MOST_TAKEN]
        taken = [one for one in {*cursor.taken, *lately} if _time_in(one) > cursor.until]
        cursor.taken = set(sorted(taken, key=_time_in)[-MOST_TAKEN:])
        awake = {room: None for room in self._house.recent() if room.startswith(ours)}
        cursor.awake = [*(room for room in cursor.awake if room not in awake), *awake][-MOST_AWAKE:]
        kept = {"until": cursor.until, "read": cursor.read, "taken": list(cursor.taken), "awake": cursor.awake}
        await self._records.put(NAMESPACE, key, json.dumps(kept), soon=True)
        cursor.saved = self._clock.now()


def _key(app: App) -> str:
    return f"{app.team}/{app.agent}" if app.agent else app.team


def _time_in(key: str) -> float:
    """When what has that key happened: the last time in it."""
    times = re.findall(r"(?<!\d)\d+\.\d+", key)
    return float(times[-1]) if times else 0.0
