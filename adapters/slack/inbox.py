"""Slack's events that are not yet dealt with: kept before Slack is answered, dealt with one by one in each channel.

So an answer to Slack waits for the disk alone, never for the network, and nothing that was answered is lost: what a
process leaves behind, the next one does first. In each channel the order is that of arrival.

An item is handled from the moment it came: where that needs nothing of the network, what it adds to a room's log shares
the commit that keeps the item.
"""

import asyncio
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from adapters.slack.payloads import Payload
from agents.errors import PlatformFailed, StoreFailed
from agents.ports import Clock, Facts

LOGGER = logging.getLogger(__name__)

NAMESPACE = "slack_inbox"

MOST_WAITING = 2_000
"""Items in memory; beyond, Slack gets no answer and brings them again."""

MOST_REMEMBERED = 20_000
"""Keys of what was dealt with, so that copies of it cost nothing. The log knows all of them anyway."""

RETRY = 1.0
"""Seconds after which something is tried again that the store did not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event. ``key`` is the same for all copies of it; ``line`` is what it must stay in order with."""

    key: str
    line: str
    at: str
    payload: Payload


Handle: TypeAlias = Callable[[Item], Awaitable[None]]


class Inbox:
    """Takes items and has each of them handled once. `run` handles; `take` may be called before it runs."""

    def __init__(self, records: Facts, clock: Clock, handle: Handle):
        self._records, self._clock, self._handle = records, clock, handle
        self._lines: dict[str, deque[Item]] = {}
        self._taken: OrderedDict[str, float] = OrderedDict()
        self._taking: dict[str, asyncio.Future[None]] = {}
        self._handled_early: set[str] = set()
        self._waiting = 0
        self._idle = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    async def take(self, item: Item) -> None:
        """Write it down, and have it handled. Raises `StoreFailed` where it was not, or where too much waits."""
        if item.key in self._taken:
            return
        copy = self._taking.get(item.key)
        if copy is not None:
            await asyncio.shield(copy)
            return
        if self._waiting >= MOST_WAITING:
            raise StoreFailed("So many messages wait that this one must come again; nothing is lost.")
        body = json.dumps({"line": item.line, "at": item.at, "payload": item.payload})
        taken = self._taking[item.key] = asyncio.get_running_loop().create_future()
        self._enqueue(item)
        try:
            await self._records.put(NAMESPACE, item.key, body)
        except BaseException:
            taken.set_exception(StoreFailed("The first copy was not kept; this one must come again."))
            taken.exception()  # copies may wait for it, or nobody
            raise
        else:
            taken.set_result(None)
            self._remember(item.key)
        finally:
            del self._taking[item.key]
            if item.key in self._handled_early:
                self._handled_early.remove(item.key)
                await self._cross_out(item.key)

    async def run(self) -> None:
        """Handle what is there, then what comes, until cancelled."""
        kept = [_item(key, body) for key, body in (await self._records.items(NAMESPACE)).items()]
        for item in sorted(kept, key=lambda one: one.at):
            if item.key not in self._taken and item.key not in self._taking:
                self._enqueue(item)
                self._remember(item.key)
        try:
            async with asyncio.TaskGroup() as self._group:
                for line in self._lines:
                    self._start(self._group, line)
                await asyncio.Event().wait()
        finally:
            self._group = None

    def knows(self, key: str) -> bool:
        """Whether an item with that key was taken lately."""
        return key in self._taken or key in self._taking

    def taken_since(self, at: float) -> list[str]:
        """The keys of what was taken since that time, the newest first."""
        return [key for key, _ in takewhile(lambda one: one[1] >= at, reversed(self._taken.items()))]

    async def drained(self) -> None:
        """Return once everything that was taken was handled."""
        while self._waiting:
            self._idle.clear()
            await self._idle.wait()

    def _enqueue(self, item: Item) -> None:
        self._waiting += 1
        if item.line in self._lines:
            self._lines[item.line].append(item)
            return
        self._lines[item.line] = deque([item])
        if self._group is not None:
            self._start(self._group, item.line)

    def _start(self, group: asyncio.TaskGroup, line: str) -> None:
        group.create_task(self._work(line), name=f"slack {line}")

    def _remember(self, key: str) -> None:
        self._taken[key] = self._clock.now()
        while len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)

    async def _work(self, line: str) -> None:
        items = self._lines[line]
        while items:
            await self._deal_with(items[0])
            items.popleft()
            self._waiting -= 1
        del self._lines[line]
        self._idle.set()

    async def _deal_with(self, item: Item) -> None:
        """Have it handled, as often as the store or Slack fails; what a bug keeps from it waits for the next start."""
        while True:
            try:
                await self._handle(item)
            except (StoreFailed, PlatformFailed) as error:
                LOGGER.warning("An event of Slack waits: %s", error)
                await self._clock.sleep((isinstance(error, PlatformFailed) and error.retry_after) or RETRY)
                continue
            except Exception:
                LOGGER.exception("A bug keeps the event %s of Slack waiting for the next start", item.key)
                return
            if item.key in self._taking:
                self._handled_early.add(item.key)  # it is crossed out once it is written down
            else:
                await self._cross_out(item.key)
            return

    async def _cross_out(self, key: str) -> None:
        try:
            await self._records.delete(NAMESPACE, key, soon=True)
        except StoreFailed as error:
            LOGGER.warning("An event of Slack could not be crossed out and is looked at again later: %s", error)


def _item(key: str, body: str) -> Item:
    fields: Payload = json.loads(body)
    return Item(key=key, line=fields["line"], at=fields["at"], payload=fields["payload"])
