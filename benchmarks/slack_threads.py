"""A fake Slack in a process of its own in which people write at an even pace, and note how long an answer takes."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.chat_servers import PATIENCE
from tests.fakes.slack import FakeSlack

CHANNELS = 10

RATE = 20
"""Messages a second, of all rooms together."""

GLANCE = 0.01
"""Seconds between looks whether somebody is connected."""


def serve(talk: Connection) -> None:
    """A fake Slack, the process: tell where it is, then say as many messages as are asked for; send the seconds.

    The first messages open threads, all others are said in these, in turn.
    """
    asyncio.run(_serve(talk))


async def _serve(talk: Connection) -> None:
    async with FakeSlack.open() as slack:
        slack.add_team("T1")
        app = slack.add_app()
        ana = slack.add_user("T1", "ana")
        channels = [slack.add_channel("T1", f"room-{n}", members=[ana], apps=[app]) for n in range(CHANNELS)]
        talk.send({"bot_token": app.bot_token, "app_token": app.app_token, "api_url": slack.api_url})
        rooms = await asyncio.to_thread(talk.recv)
        async with asyncio.timeout(PATIENCE):
            while not slack.sockets.of(app):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(GLANCE)
        places = [_Place(slack, channels[number % CHANNELS], ana) for number in range(rooms)]
        messages = rooms
        while True:
            talk.send(await _said(places, messages))
            messages = await asyncio.to_thread(talk.recv)


async def _said(places: Sequence["_Place"], messages: int) -> list[float]:
    """Say so many messages, at an even pace whatever becomes of them; the seconds that each waited for its answer."""
    waits: list[float] = []
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(messages):
            await asyncio.sleep(max(began + number / RATE - time.perf_counter(), 0.0))
            group.create_task(places[number % len(places)].say(waits))
    return waits


@dataclass
class _Place:
    """Where a person writes: in a channel, then in the thread of what was written there first."""

    slack: FakeSlack
    channel: str
    user: str
    thread: str | None = None

    async def say(self, waits: list[float]) -> None:
        """Say something, and note how long its delivery took to be answered; an attempt that failed counts along."""
        began = time.perf_counter()
        text = "Please go on, and tell us what you think of it."
        ts = await self.slack.say(self.channel, self.user, text, thread_ts=self.thread)
        self.thread = self.thread or ts
        delivery = next(one for one in reversed(self.slack.deliveries) if one.payload["event"].get("ts") == ts)
        async with asyncio.timeout(PATIENCE):
            await delivery.over.wait()
        assert delivery.answered, "Slack gave up on it"
        waits.append(time.perf_counter() - began)
