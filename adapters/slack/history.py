"""Looking for a message of ours in what Slack has kept (R14): only ever after an outcome that is unknown."""

from collections.abc import Callable

from adapters.slack.faces import Voices
from adapters.slack.payloads import Payload, parts, word
from adapters.slack.places import Spot

_PAGE = 200
_MOST_PAGES = 25


def _never(message: Payload) -> bool:
    return False


class History:
    """Reads channels and threads with whichever app can."""

    def __init__(self, voices: Voices):
        self._voices = voices

    async def find(
        self, spot: Spot, wanted: Callable[[Payload], bool], *, earlier: Callable[[Payload], bool] = _never
    ) -> str | None:
        """The ts of the newest message of the channel or thread that is ``wanted``. Raises `PlatformFailed`.

        In a channel nothing below a message that is ``earlier`` than it is looked at.
        """
        caller, cursor, found = self._voices.reader(spot).caller, "", None
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
                    found = word(message, "ts")
                    if not spot.thread:
                        return found  # the newest comes first; in threads it comes last
                if not spot.thread and earlier(message):
                    return None
            cursor = word(answer, "response_metadata", "next_cursor")
            if not cursor:
                break
        return found
