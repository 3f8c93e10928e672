"""Slack's own history: read where it is not known whether a post got through, and once for what was said before."""

from collections.abc import Callable

from adapters.slack.faces import Voices
from adapters.slack.payloads import Payload, parts, word
from adapters.slack.places import Spot

_PAGE = 200
_MOST_PAGES = 25
_MOST_PAGES_BEFORE = 5


def _never(message: Payload) -> bool:
    return False


class History:
    """Reads channels and threads with whichever app can."""

    def __init__(self, voices: Voices):
        self._voices = voices

    async def find(
        self, spot: Spot, wanted: Callable[[Payload], bool], *, earlier: Callable[[Payload], bool] = _never
    ) -> str | None:
        """The ts of what `read` finds. Raises `PlatformFailed`."""
        found = await self.read(spot, wanted, earlier=earlier)
        return word(found, "ts") if found is not None else None

    async def read(
        self, spot: Spot, wanted: Callable[[Payload], bool], *, earlier: Callable[[Payload], bool] = _never
    ) -> Payload | None:
        """The newest message of the channel or thread that is ``wanted``. Raises `PlatformFailed`.

        In a channel nothing below a message that is ``earlier`` than it is looked at.
        """
        caller, cursor = self._voices.reader(spot).caller, ""
        found: Payload | None = None
        for _ in range(_MOST_PAGES):
            answer = await caller.call(
                "conversations.replies" if spot.thread else "conversations.history",
                channel=spot.channel,
                ts=spot.thread_ts,
                limit=_PAGE,
                cursor=cursor or None,
                include_all_metadata=True,
            )
            for message in parts(answer, "messages"):
                if wanted(message):
                    found = message
                    if not spot.thread:
                        return found  # the newest comes first; in threads it comes last
                if not spot.thread and earlier(message):
                    return None
            cursor = word(answer, "response_metadata", "next_cursor")
            if not cursor:
                break
        return found

    async def before(self, spot: Spot, ts: str, most: int) -> list[Payload]:
        """The newest messages of the channel or thread before that one (empty: up to now), oldest first.

        A thread's root is always among them. Raises `PlatformFailed`.
        """
        caller, latest = self._voices.reader(spot).caller, ts or None
        if not spot.thread:
            answer = await caller.call("conversations.history", channel=spot.channel, latest=latest, limit=most)
            return parts(answer, "messages")[::-1]
        found, cursor = list[Payload](), ""
        for _ in range(_MOST_PAGES_BEFORE):
            answer = await caller.call(
                "conversations.replies",
                channel=spot.channel,
                ts=spot.thread,
                latest=latest,
                limit=_PAGE,
                cursor=cursor or None,
            )
            found += parts(answer, "messages")
            cursor = word(answer, "response_metadata", "next_cursor")
            if not cursor:
                break
        found = [one for one in found if word(one, "ts") != ts]
        return [*found[:1], *found[1:][1 - most :]]
