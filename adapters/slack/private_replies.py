"""What one person alone is told: answers to commands, refusals, what could not be taken."""

import asyncio
import logging
from collections.abc import Collection
from typing import TypeAlias

from adapters.shared.mentions import neutralise_mentions
from adapters.slack.apps import App
from adapters.slack.faces import Voice, Voices
from adapters.slack.payloads import word
from adapters.slack.places import Spot
from adapters.slack.refusals import Refused
from adapters.slack.uploads import Uploads
from agents.errors import PlatformFailed, StoreFailed
from agents.log.files import NamedFile
from agents.people.command_actions import PrivateReply
from agents.ports import Receipts

LOGGER = logging.getLogger(__name__)

LONGEST = 3_500
"""Characters of a private reply; a longer one goes along as a file."""


MOST_WAITING = 1_000
"""Private replies that may wait at once; more are only logged."""

NOTE_SECONDS = 60.0
"""For one private reply with its file."""

_Later: TypeAlias = tuple[str, Spot, PrivateReply, str, App]


class PrivateReplies:
    """Tells a person something in private, once for each key."""

    def __init__(self, voices: Voices, uploads: Uploads, receipts: Receipts):
        self._voices, self._uploads, self._receipts = voices, uploads, receipts
        self._waiting: asyncio.Queue[_Later] = asyncio.Queue(MOST_WAITING)

    def later(self, user: str, spot: Spot, reply: PrivateReply, *, key: str, heard: App) -> None:
        """`tell` beside, for whoever owes Slack an answer within seconds; `run` does it."""
        try:
            self._waiting.put_nowait((user, spot, reply, key, heard))
        except asyncio.QueueFull:
            LOGGER.warning("So many private replies wait for Slack that %s was not told: %s", user, reply.text)

    async def run(self) -> None:
        """Tell what is to be told later, until cancelled."""
        while True:
            user, spot, reply, key, heard = await self._waiting.get()
            try:
                async with asyncio.timeout(NOTE_SECONDS):
                    await self.tell(user, spot, reply, key=key, heard=heard)
            except (StoreFailed, TimeoutError) as error:
                LOGGER.warning("A private reply for %s did not arrive: %s", user, error or "Slack took too long.")
            except Exception:
                LOGGER.exception("A bug kept a private reply from %s; the others are told theirs", user)
            finally:
                self._waiting.task_done()

    async def drained(self) -> None:
        """Return once nothing waits to be told."""
        await self._waiting.join()

    async def tell(self, user: str, spot: Spot, reply: PrivateReply, *, key: str, heard: App | None = None) -> None:
        """Show it to the person where the person is. A reply that Slack does not take is only logged.

        Raises `StoreFailed`.
        """
        receipt = await self._receipts.claim(name := f"note/{key}")
        if not receipt.fresh:
            return
        app = self._voices.reader(spot) if heard is None else heard
        try:
            await self._show(app, user, spot, reply.text)
            if reply.file is not None or len(reply.text) > LONGEST:
                try:
                    await self._send_file(app, user, name, reply)
                except Refused as error:
                    await self._show(app, user, spot, f"The file could not be sent to you. {error}")
        except PlatformFailed as error:
            LOGGER.warning("A private reply for %s did not arrive: %s", user, error)
        await self._receipts.settle(name, "told")

    async def alert(self, app: App, users: Collection[str], text: str, *, key: str) -> None:
        """Tell each of these people once, in a direct message by the app. What Slack does not take is only logged.

        Raises `StoreFailed`.
        """
        for user in users:
            receipt = await self._receipts.claim(name := f"note/{key}/{user}")
            if not receipt.fresh:
                continue
            try:
                opened = await app.caller.call("conversations.open", users=user)
                await app.caller.call("chat.postMessage", channel=word(opened, "channel", "id"), text=shown(text))
            except PlatformFailed as error:
                LOGGER.warning("A private reply for %s did not arrive: %s", user, error)
            await self._receipts.settle(name, "told")

    async def _show(self, app: App, user: str, spot: Spot, text: str) -> None:
        await app.caller.call(
            "chat.postEphemeral", channel=spot.channel, user=user, thread_ts=spot.thread_ts, text=shown(text)
        )

    async def _send_file(self, app: App, user: str, key: str, reply: PrivateReply) -> None:
        """A file cannot be for one person in a channel: it goes by direct message."""
        opened = await app.caller.call("conversations.open", users=user)
        direct = Spot(team=app.team, channel=word(opened, "channel", "id"))
        whole = NamedFile(name="note.txt", media_type="text/plain", content=reply.text.encode())
        await self._uploads.show(key, (reply.file or whole,), direct, Voice(app=app), "")


def shown(text: str) -> str:
    """A sentence of ours as Slack's text: nothing in it is markup, nobody is mentioned."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return neutralise_mentions(escaped if len(escaped) <= LONGEST else f"{escaped[:LONGEST]} …")
