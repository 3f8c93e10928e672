"""Every payload of every app arrives here, over Socket Mode or over HTTP, and is answered once it is kept.

Over HTTP slack_bolt checks the signature and brings it by a global middleware: what a middleware answers with an error
is not acknowledged, so that Slack brings it again; where a listener raises, bolt has acknowledged before. A connection
vouches by itself, so what comes over Socket Mode does not pass bolt's dispatch, which costs more than all that we do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.apps import App, Tokens
from adapters.slack.calls import own_settings_only
from adapters.slack.events import item_of
from adapters.slack.inbox import Inbox
from adapters.slack.interactions import Body
from adapters.slack.payloads import Payload, word
from adapters.slack.workspaces import Workspace, Workspaces
from agents.errors import StoreFailed
from agents.log.participants import ParticipantId

LOGGER = logging.getLogger(__name__)

APPEND_SECONDS = 2.5
"""What takes longer to be written down is not answered, so that Slack brings it again."""

Answering: TypeAlias = Callable[["Intake", Workspace, App, Payload], Awaitable[Body]]
Hear: TypeAlias = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]
"""What slack_sdk calls with each envelope of a connection."""


class Intake:
    """Takes what Slack brings, for all apps. While it is not ``is_open`` it turns everything away.

    ``refused`` counts what was not kept though it was open.
    """

    def __init__(self, workspaces: Workspaces, inbox: Inbox):
        self._workspaces, self._inbox = workspaces, inbox
        self.is_open = True
        self.refused = 0

    def bolt(self, tokens: Tokens, logger: logging.Logger) -> AsyncApp:
        """One app of slack_bolt's that brings everything here; nothing of it comes from the environment.

        Requests over HTTP must be signed with the app's signing secret.
        """

        async def take(req: AsyncBoltRequest) -> BoltResponse:
            return await self.take(tokens.agent, req.body)

        with own_settings_only():
            return AsyncApp(
                name="tertulia",
                logger=logger,
                token="none",  # bolt wants one and never uses it: the middleware before has answered
                signing_secret=tokens.signing_secret,
                before_authorize=take,
            )

    def socket(self, tokens: Tokens) -> Hear:
        """Takes what comes over a connection of that app."""

        async def hear(client: AsyncBaseSocketModeClient, request: Any) -> None:  # the library does not type payloads
            answer = await self.answer(tokens.agent, request.payload)
            if answer is not None:
                response = SocketModeResponse(request.envelope_id, answer or None)
                await client.send_socket_mode_response(response)

        return hear

    async def take(self, agent: ParticipantId, body: Payload) -> BoltResponse:
        """`answer` as bolt wants it: an error is what Slack is to bring again."""
        answer = await self.answer(agent, body)
        return BoltResponse(status=503, body="") if answer is None else BoltResponse(status=200, body=answer)

    async def answer(self, agent: ParticipantId, body: Payload) -> Body | None:
        """What one payload is answered with that the agent's own app heard or, empty, the host's.

        None where an event was not kept in time: unanswered, Slack brings it again.
        """
        if not self.is_open:
            return None
        try:
            return await self._answered(agent, body)
        except (StoreFailed, TimeoutError) as error:
            self.refused += 1
            LOGGER.warning("An event of Slack was not kept and is to come again: %s", error or "it took too long")
            return None

    async def event(self, workspace: Workspace, heard: App, body: Payload) -> Body:
        """Write an event down."""
        item = item_of(workspace.apps, heard, body)
        if item is not None:
            async with asyncio.timeout(APPEND_SECONDS):
                await self._inbox.take(item)
        return ""

    async def _answered(self, agent: ParticipantId, body: Payload) -> Body:
        kind = "command" if "command" in body else word(body, "type")
        if kind == "url_verification":
            return {"challenge": word(body, "challenge")}
        answer = ANSWERS.get(kind)
        workspace = self._workspaces.meant(body)
        heard = workspace.apps.heard_by(agent) if workspace is not None else None
        if answer is None or workspace is None or heard is None:
            return ""
        return await answer(self, workspace, heard, body)


async def _command(intake: Intake, workspace: Workspace, heard: App, body: Payload) -> Body:
    return await workspace.interactions.command(heard, body)


async def _pressed(intake: Intake, workspace: Workspace, heard: App, body: Payload) -> Body:
    return await workspace.interactions.pressed(heard, body)


async def _submitted(intake: Intake, workspace: Workspace, heard: App, body: Payload) -> Body:
    return await workspace.interactions.submitted(heard, body)


ANSWERS: Mapping[str, Answering] = {
    "event_callback": Intake.event,
    "command": _command,
    "block_actions": _pressed,
    "view_submission": _submitted,
}
"""Every kind of payload that does something; all others get an empty answer."""
