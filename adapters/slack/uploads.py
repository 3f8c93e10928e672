"""Files out: put at Slack first, then shown in one step that can be found again."""

import json
from collections.abc import Callable, Sequence

import aiohttp

from adapters.shared.recent import Recent
from adapters.slack.faces import Voice
from adapters.slack.history import History
from adapters.slack.payloads import Payload, parts, word
from adapters.slack.places import Spot
from adapters.slack.refusals import Refused
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.ports import Clock, Facts

NAMESPACE = "slack_uploads"
"""In `Facts`: which files of Slack's belong to a post that may have been shown."""

MOST_TRIES = 6
"""After so many the words of a post are worth more than its files."""

_MOST_KEYS = 1_000

_LOOKS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for what was shown: Slack shows files a little later than it says so."""


class Uploads:
    """Shows files in a channel or thread, under the voice of a post."""

    def __init__(self, records: Facts, history: History, clock: Clock):
        self._records, self._history, self._clock = records, history, clock
        self._over: list[str] = []
        self._tries: Recent[str, int] = Recent(_MOST_KEYS)

    async def show(self, key: str, files: Sequence[NamedFile], spot: Spot, voice: Voice, comment: str) -> str:
        """The ts of the message with these files; for a ``key`` that was shown before, of that message.

        Raises `PlatformFailed`, `StoreFailed`.
        """
        shown = await self.find(key, spot)
        if shown is not None:
            return shown
        if (self._tries.get(key) or 0) >= MOST_TRIES:
            raise Refused("not_taken", f"It did not reach Slack in {MOST_TRIES} tries.", permanent=True)
        ids = [await self._put(key, file, voice) for file in files]
        self._tries.drop(key)
        await self._forget()
        await self._records.put(NAMESPACE, key, json.dumps(ids))
        await voice.app.caller.call(
            "files.completeUploadExternal",
            files=[{"id": id_, "title": file.name} for id_, file in zip(ids, files, strict=True)],
            channel_id=spot.channel,
            thread_ts=spot.thread_ts,
            initial_comment=comment or None,
            **voice.face,
        )
        for pause in _LOOKS:
            await self._clock.sleep(pause)
            if (ts := await self._history.find(spot, _has(ids))) is not None:
                self._over.append(key)
                return ts
        raise PlatformFailed(
            "Slack took the files but does not show them yet; they are looked for again.", unknown=True
        )

    async def find(self, key: str, spot: Spot) -> str | None:
        """The ts of the message with the files of an earlier attempt, if it is there."""
        body = await self._records.get(NAMESPACE, key)
        if body is None:
            return None
        return await self._history.find(spot, _has([str(one) for one in json.loads(body)]))

    async def _put(self, key: str, file: NamedFile, voice: Voice) -> str:
        caller = voice.app.caller
        content = file.content or b"\n"  # Slack takes no file of no bytes
        place = await caller.call("files.getUploadURLExternal", filename=file.name, length=len(content))
        session, address = caller.client.session, word(place, "upload_url")
        assert session is not None, "every client has the session of its app"
        tries = self._tries.get(key) or 0
        self._tries.put(key, tries + 1)  # also where whoever waits for it has no more patience
        try:
            async with session.post(
                address, data=content, allow_redirects=False, proxy=caller.client.proxy
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PlatformFailed(f"The file {file.name} did not reach Slack; it is sent again.") from error
        if status != 200:
            raise PlatformFailed(f"Slack did not take the file {file.name} (HTTP {status}); it is sent again.")
        self._tries.put(key, tries)
        return word(place, "file_id")

    async def _forget(self) -> None:
        """What was shown, and is written down as posted by now, need not be found again."""
        over, self._over = self._over, []
        for key in over:
            await self._records.delete(NAMESPACE, key)


def _has(ids: Sequence[str]) -> Callable[[Payload], bool]:
    def has(message: Payload) -> bool:
        return any(word(file, "id") in ids for file in parts(message, "files"))

    return has
