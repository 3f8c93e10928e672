"""slack_bolt's side: every payload of every app arrives in one global middleware, which answers Slack (R1, R2, R11).

It is the same over Socket Mode and over HTTP. What a middleware answers with an error is not acknowledged, so that
Slack brings it again. A listener that raises would be too late: bolt has acknowledged by then.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.apps import App, Apps
from adapters.slack.calling import own_settings_only
from adapters.slack.events import item_of
from adapters.slack.inbox import Inbox
from adapters.slack.interacting import Body, Interacting
from adapters.slack.payloads import Payload, word
from agents.errors import StoreFailed

LOGGER = logging.getLogger(__name__)

APPEND_SECONDS = 2.5
"""What takes longer to be written down is not answered, so that Slack brings it again."""

Answering: TypeAlias = Callable[["Intake", App, Payload], Awaitable[Body]]


class Intake:
    """Takes what bolt receives, for all apps. While it is not ``is_open`` it turns everything away (R12)."""

    def __init__(self, apps: Apps, inbox: Inbox, interacting: Interacting):
        self._apps, self._inbox, self.interacting = apps, inbox, interacting
        self.is_open = True

    def bolt(self, app: App, logger: logging.Logger) -> AsyncApp:
        """One app of slack_bolt's that brings everything here; nothing of it comes from the environment (R30).

        Requests over HTTP must be signed with the app's signing secret; over Socket Mode the connection vouches.
        """

        async def take(req: AsyncBoltRequest) -> BoltResponse:
            return await self.take(app, req.body)

        with own_settings_only():
            return AsyncApp(
                name="tertulia",
                logger=logger,
                token="none",  # bolt wants one and never uses it: the middleware before has answered
                signing_secret=app.tokens.signing_secret,
                before_authorize=take,
            )

    async def take(self, app: App, body: Payload) -> BoltResponse:
        """Answer one payload; with an error, so that Slack brings it again, where an event was not kept in time."""
        if not self.is_open:
            return BoltResponse(status=503, body="")
        answer = ANSWERS.get(_kind(body))
        try:
            shown = await answer(self, app, body) if answer is not None else ""
        except (StoreFailed, TimeoutError) as error:
            LOGGER.warning("An event of Slack was not kept and is to come again: %s", error or "it took too long")
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body=shown)

    async def event(self, app: App, body: Payload) -> Body:
        """Write an event down."""
        item = item_of(self._apps, app, body)
        if item is not None:
            async with asyncio.timeout(APPEND_SECONDS):
                await self._inbox.take(item)
        return ""


async def _command(intake: Intake, app: App, body: Payload) -> Body:
    return await intake.interacting.command(app, body)


async def _pressed(intake: Intake, app: App, body: Payload) -> Body:
    return await intake.interacting.pressed(app, body)


async def _submitted(intake: Intake, app: App, body: Payload) -> Body:
    return await intake.interacting.submitted(app, body)


async def _verified(intake: Intake, app: App, body: Payload) -> Body:
    """Slack asks whether we are who listens there."""
    return {"challenge": word(body, "challenge")}


ANSWERS: Mapping[str, Answering] = {
    "url_verification": _verified,
    "event_callback": Intake.event,
    "command": _command,
    "block_actions": _pressed,
    "view_submission": _submitted,
}
"""Every kind of payload that does something; all others get an empty answer."""


def _kind(body: Payload) -> str:
    return "command" if "command" in body else word(body, "type")
