"""The post office: brings events, interactions and commands to apps, waits three seconds for the answer, tries again.

Slack repeats an event that was not answered at once, after a minute and after five, then gives up; interactions and
commands it never repeats. Socket Mode and HTTP share this. Source: docs.slack.dev/apis/events-api (retries).
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Protocol

from tests.fakes.slack.clock import Timer
from tests.fakes.slack.signing import Signed, post
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import FakeApp, Payload

DEADLINE = 3.0
"""Seconds that an app has to answer."""

RETRIES = (0.0, 60.0, 300.0)
"""Seconds before each repetition."""


@dataclass(slots=True, eq=False)
class Delivery:
    """Something on its way to one app. ``kind`` as in Socket Mode: events_api, interactive, slash_commands."""

    app: FakeApp
    kind: str
    payload: Payload
    attempt: int = 0
    reason: str | None = None
    tried: bool = False
    answered: bool = False
    given_up: bool = False
    status: int | None = None
    body: Payload | str | None = None
    envelopes: list[str] = field(default_factory=list[str])
    over: asyncio.Event = field(default_factory=asyncio.Event)
    at_rest: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while nothing is under way: it is over, or waits a minute and more for its next try."""
    timer: Timer | None = None
    connection: int | None = None
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever an attempt fails; whoever waits for the next failure clears it."""

    @property
    def repeats(self) -> bool:
        """Whether Slack tries again."""
        return self.kind == "events_api"


class Line(Protocol):
    """A way to an app: Socket Mode."""

    async def push(self, delivery: Delivery) -> bool:
        """Send it over one of the app's connections; False if there is none."""
        ...


class PostOffice:
    """All deliveries. ``hold`` keeps what comes until ``release``; ``redeliver`` repeats at once what has no answer."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._held: list[Delivery] | None = None
        self._envelopes: dict[str, Delivery] = {}
        self.line: Line | None = None
        self.retries = RETRIES
        self.deliveries: list[Delivery] = []

    @property
    def unacked(self) -> list[Delivery]:
        """What was sent (or could not be) and has no answer."""
        return [one for one in self.deliveries if not one.answered]

    async def send(self, app: FakeApp, kind: str, payload: Payload) -> Delivery:
        """Begin a delivery."""
        delivery = Delivery(app, kind, payload)
        self.deliveries.append(delivery)
        if self._held is not None:
            self._held.append(delivery)
        else:
            await self._attempt(delivery)
        await asyncio.sleep(0)  # a burst shares its event loop with the program that is to answer it
        return delivery

    def hold(self) -> None:
        """From now on nothing leaves."""
        self._held = []

    async def release(self) -> None:
        """What was held leaves, in order."""
        held, self._held = self._held or [], None
        for delivery in held:
            await self._attempt(delivery)

    async def redeliver(self, *, answered: bool = False) -> int:
        """Repeat every event without an answer now (with ``answered``: all events); how many."""
        again = [one for one in self.deliveries if one.repeats and (answered or not one.answered)]
        for delivery in again:
            await self._repeat(delivery, delivery.reason or "timeout")
        return len(again)

    async def repeat(self, delivery: Delivery) -> None:
        """Bring it once more although it may have been answered: an answer was lost on its way."""
        await self._repeat(delivery, "timeout")

    def answer(self, delivery: Delivery, status: int, body: Payload | str | None) -> None:
        """The app answered."""
        delivery.status = status
        if status // 100 != 2:
            self._fail(delivery, "http_error")
            return
        self._stop(delivery)
        delivery.answered, delivery.body = True, body
        self._end(delivery)

    def answer_envelope(self, envelope: str, body: Payload | None) -> None:
        """The app answered over a socket."""
        delivery = self._envelopes.get(envelope)
        if delivery is not None:
            self.answer(delivery, 200, body)

    async def _attempt(self, delivery: Delivery) -> None:
        delivery.tried = True
        delivery.at_rest.clear()
        if delivery.app.request_url is not None:
            self._expect(delivery)
            self._site.spawn(self._post(delivery, delivery.app.request_url))
            return
        delivery.envelopes.append(self._site.world.new_id("envelope-"))
        self._envelopes[delivery.envelopes[-1]] = delivery
        self._expect(delivery)
        if self.line is None or not await self.line.push(delivery):
            self._stop(delivery)
            self._fail(delivery, "connection_failed")

    async def _post(self, delivery: Delivery, url: str) -> None:
        headers: dict[str, str] = {}
        if delivery.attempt:
            headers = {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": delivery.reason or ""}
        signed = Signed.of(delivery.app, delivery.kind, delivery.payload)
        answer = await post(url, signed, headers)
        if answer is None:
            self._fail(delivery, "connection_failed")
        elif answer.status // 100 != 2 and answer.headers.get("X-Slack-No-Retry") == "1":
            delivery.status = answer.status
            self._give_up(delivery)
        else:
            self.answer(delivery, answer.status, _json_or_text(answer.text))

    def _expect(self, delivery: Delivery) -> None:
        self._stop(delivery)
        delivery.timer = self._site.clock.call_later(DEADLINE, lambda: self._late(delivery))

    def _late(self, delivery: Delivery) -> None:
        if not delivery.answered:
            self._fail(delivery, "timeout")

    def _fail(self, delivery: Delivery, reason: str) -> None:
        self._stop(delivery)
        delivery.reason = reason
        delivery.failed.set()
        if not delivery.repeats or delivery.attempt >= len(self.retries):
            self._give_up(delivery)
            return
        wait = self.retries[delivery.attempt]
        if wait > 0:
            delivery.at_rest.set()
        delivery.timer = self._site.clock.call_later(wait, lambda: self._site.spawn(self._repeat(delivery, reason)))

    async def _repeat(self, delivery: Delivery, reason: str) -> None:
        self._stop(delivery)
        delivery.attempt += 1
        delivery.reason = reason
        await self._attempt(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        self._stop(delivery)
        delivery.given_up = True
        self._end(delivery)

    def _end(self, delivery: Delivery) -> None:
        delivery.over.set()
        delivery.at_rest.set()

    def _stop(self, delivery: Delivery) -> None:
        if delivery.timer is not None:
            delivery.timer.cancel()
            delivery.timer = None


def _json_or_text(text: str) -> Payload | str | None:
    try:
        return json.loads(text)
    except ValueError:
        return text or None
