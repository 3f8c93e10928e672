"""What one person alone is told: notes after commands, refusals, what could not be taken."""

import logging

from adapters.shared.mentions import neutralise_mentions
from adapters.slack.apps import App
from adapters.slack.faces import Voice, Voices
from adapters.slack.payloads import word
from adapters.slack.places import Spot
from adapters.slack.uploads import Uploads
from agents.errors import PlatformFailed
from agents.orders import Note
from agents.ports import Receipts
from agents.runs import NamedFile

LOGGER = logging.getLogger(__name__)

LONGEST = 3_500
"""Characters of a note; a longer one goes along as a file."""


class Telling:
    """Tells a person something in private, once for each key."""

    def __init__(self, voices: Voices, uploads: Uploads, receipts: Receipts):
        self._voices, self._uploads, self._receipts = voices, uploads, receipts

    async def tell(self, user: str, spot: Spot, note: Note, *, key: str, heard: App | None = None) -> None:
        """Show it to the person where the person is. A note that Slack does not take is only logged.

        Raises `StoreFailed`.
        """
        receipt = await self._receipts.claim(name := f"note/{key}")
        if not receipt.fresh:
            return
        app = self._voices.reader(spot) if heard is None else heard
        try:
            await app.caller.call(
                "chat.postEphemeral",
                channel=spot.channel,
                user=user,
                thread_ts=spot.thread_ts,
                text=shown(note.text),
            )
            if note.file is not None or len(note.text) > LONGEST:
                await self._send_file(app, user, name, note)
        except PlatformFailed as error:
            LOGGER.warning("A note for %s did not reach it: %s", user, error)
        await self._receipts.settle(name, "told")

    async def _send_file(self, app: App, user: str, key: str, note: Note) -> None:
        """A file cannot be for one person in a channel: it goes by direct message."""
        opened = await app.caller.call("conversations.open", users=user)
        direct = Spot(team=app.team, channel=word(opened, "channel", "id"))
        whole = NamedFile(name="note.txt", media_type="text/plain", content=note.text.encode())
        await self._uploads.show(key, (note.file or whole,), direct, Voice(app=app), "")


def shown(text: str) -> str:
    """A sentence of ours as Slack's text: nothing in it is markup, nobody is mentioned."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return neutralise_mentions(escaped if len(escaped) <= LONGEST else f"{escaped[:LONGEST]} …")
