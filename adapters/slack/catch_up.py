"""What was written while nobody listened: read from history, and taken as if its event had just come.

Slack brings an event again for six minutes and then gives it up. So each app has a mark that says until when nothing
was missed; it moves on while the app listens without a break, and after a break once every conversation was read. What
is read has the key of its event: whichever of the two comes second adds nothing.

The order in a channel is that of arrival: what is said after a break may come before what was said in it.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeAlias

from adapters.shared.recent import Once
from adapters.slack.apps import App
from adapters.slack.backlog import Backlog, Channel
from adapters.slack.cursors import Cursor, Cursors
from adapters.slack.events import item_of
from adapters.slack.house import SlackHouse
from adapters.slack.inbox import Inbox
from adapters.slack.payloads import Payload
from adapters.slack.places import Spot, spot_of
from adapters.slack.refusals import Refused
from adapters.slack.review import deletions
from adapters.slack.workspaces import Workspace, Workspaces
from agents.errors import PlatformFailed, StoreFailed

LOGGER = logging.getLogger(__name__)

OLDEST = 3600.0
"""Seconds: what was written longer ago is history, not a message that waits for an answer."""

OVERLAP = 60.0
"""Seconds before a break that are read as well: events arrive late, and a dead connection is not noticed at once."""

SAVE = 30.0
"""Seconds between marks that are written down."""

LOOK = 0.5
"""Seconds between looks at the connections."""

SLEPT = 60.0
"""Seconds without a look after which the machine itself has slept."""

MOST = 200
"""Conversations of one app that are read, those that are awake first."""

_PAUSES = (2.0, 5.0, 15.0, 60.0)
"""Seconds before what could not be read is tried again."""

_MOST_BREAKS = 3
"""Calls without an answer of Slack's, after which the other conversations are read later as well."""

StretchOf: TypeAlias = Callable[[App], Hashable | None]
"""Names the stretch of time in which an app now listens without a break; None while it does not listen."""


class CatchUp:
    """Reads what was missed in all workspaces. `run` does it, beside everything else."""

    def __init__(self, house: SlackHouse, workspaces: Workspaces, inbox: Inbox, stretch_of: StretchOf):
        self._house, self._workspaces, self._inbox, self._stretch_of = house, workspaces, inbox, stretch_of
        self._clock, self._cursors = house.clock, Cursors(house, inbox)
        self._warn_once = Once(lambda sentence: LOGGER.warning("%s", sentence))

    async def run(self) -> None:
        """Until cancelled; the last marks are written down."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    for workspace, app in self._listening():
                        try:
                            await self._look(workspace, app, group)
                        except StoreFailed as error:
                            LOGGER.warning("Until when Slack was heard is written down later: %s", error)
                    await self._clock.sleep(LOOK)
        finally:
            await asyncio.shield(self._cursors.save_all())

    def _listening(self) -> Iterator[tuple[Workspace, App]]:
        for team in self._workspaces.teams:
            workspace = self._workspaces.of(team)
            if workspace is not None:
                yield from ((workspace, app) for app in workspace.apps.all if app.hears)

    async def _look(self, workspace: Workspace, app: App, group: asyncio.TaskGroup) -> None:
        """Move the mark on, or begin to read."""
        cursor, now, stretch = await self._cursors.of(app), self._clock.now(), self._stretch_of(app)
        if stretch is None or cursor.is_reading or (stretch == cursor.wanted and now < cursor.not_before):
            return
        if cursor.is_new:
            cursor.is_new, cursor.stretch, cursor.until = False, stretch, now
        if stretch == cursor.stretch and now - cursor.until < OVERLAP + SLEPT:
            cursor.until = max(cursor.until, now - OVERLAP)
            if now - cursor.saved >= SAVE:
                await self._cursors.save(app, cursor)
            return
        if stretch != cursor.wanted:
            cursor.wanted, cursor.begun, cursor.failures = stretch, now, 0
        await self._cursors.save(app, cursor)
        cursor.is_reading = True
        group.create_task(self._catch_up(workspace, app, cursor), name=f"slack catches up {app.team}")

    async def _catch_up(self, workspace: Workspace, app: App, cursor: Cursor) -> None:
        try:
            await self._read_all(workspace, app, cursor)
        except (PlatformFailed, StoreFailed) as error:
            is_over = isinstance(error, PlatformFailed) and error.permanent
            if not is_over and self._clock.now() - cursor.begun < OLDEST:
                self._warn_once(f"What was written in {app.team} while nobody listened is read later: {error}")
                cursor.not_before = self._clock.now() + _PAUSES[min(cursor.failures, len(_PAUSES) - 1)]
                cursor.failures += 1
                return
            self._warn_once(f"What was written in {app.team} while nobody listened cannot be read: {error}")
        finally:
            cursor.is_reading = False
        goes_on = self._stretch_of(app) == cursor.wanted
        cursor.until = max(cursor.until, (self._clock.now() if goes_on else cursor.begun) - OVERLAP)
        cursor.stretch, cursor.wanted, cursor.failures, cursor.saved = cursor.wanted, None, 0, 0.0
        cursor.read.clear()

    async def _read_all(self, workspace: Workspace, app: App, cursor: Cursor) -> None:
        """Each conversation by itself. Raises `PlatformFailed` and `StoreFailed` where one is to be read later."""
        backlog, failures = Backlog(app, self._clock), list[PlatformFailed]()
        for where in await self._conversations(workspace, app, cursor, backlog):
            if cursor.read.get(where.id, 0.0) >= cursor.begun:
                continue
            now = self._clock.now()
            since = max(cursor.until, cursor.read.get(where.id, 0.0) - OVERLAP, now - OLDEST)
            try:
                events = await self._missed(app, cursor, backlog, where, since)
            except PlatformFailed as error:
                if not error.permanent:
                    failures.append(error)
                    if sum(not isinstance(one, Refused) for one in failures) >= _MOST_BREAKS:
                        break
                    continue
                self._warn_once(f"What was written in {where.id} while nobody listened cannot be read: {error}")
                events = ()
            await self._take(workspace, app, cursor, events)
            cursor.read[where.id] = now
            await self._cursors.save(app, cursor)
        if failures:
            raise failures[-1]

    async def _missed(
        self, app: App, cursor: Cursor, backlog: Backlog, where: Channel, since: float
    ) -> Sequence[Payload]:
        """Events of what was written, edited and deleted there."""
        spot = _spot(app, where)
        awake = [spot_of(room).thread for room in reversed(cursor.awake) if room.startswith(f"{spot.room}/")]
        told = await backlog.since(where, since, awake=awake)
        return [*told.events, *await deletions(self._house, backlog, spot, where, told)]

    async def _take(self, workspace: Workspace, app: App, cursor: Cursor, events: Sequence[Payload]) -> None:
        for event in events:
            item = item_of(workspace.apps, app, {"event": event})
            if item is not None and item.key not in cursor.taken and not self._inbox.knows(f"{item.key}!deleted"):
                await self._inbox.take(item)

    async def _conversations(self, workspace: Workspace, app: App, cursor: Cursor, backlog: Backlog) -> list[Channel]:
        """Those in which a team listens."""
        found: list[Channel] = []
        for one in await backlog.conversations():
            await workspace.channels.told(one.id, one.name, direct=one.direct)
            if app.agent or self._house.agents(_spot(app, one).room):
                found.append(one)
        awake = {spot_of(room).channel_room for room in cursor.awake}
        found.sort(key=lambda one: _spot(app, one).room not in awake)
        if len(found) > MOST:
            self._warn_once(f"Of {len(found)} conversations in {app.team} only {MOST} are read after a break.")
        return found[:MOST]


def _spot(app: App, where: Channel) -> Spot:
    return Spot(team=app.team, channel=where.id)
