"""Drafts that grow in Slack's own streams, where one person reads along and Slack has room for it.

A stream only shows a draft: whatever becomes of it, ``chat.update`` writes the whole text at the end, so nothing
depends on a call of these. Methods: docs.slack.dev, chat.startStream and its neighbours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from adapters.slack import block_kit
from adapters.slack.faces import Voice
from adapters.slack.payloads import Payload, parts, word
from adapters.slack.places import Spot, user_of
from adapters.slack.refusals import NOT_THERE, TOKEN_IS_DEAD, Refused
from agents.errors import PlatformFailed
from agents.ports import Clock, Post

LIFE = 240.0
"""Seconds after which a stream goes on as edits: Slack forgets one after about five minutes (python-slack-sdk 1859)."""

MOST_OPEN = 10
"""Streams of one app at once: each is ended by a call of which Slack takes twenty a minute."""

REST = 600.0
"""Seconds for which nobody streams to a reader in a channel where Slack would not, or did not say whether it does."""

_MOST_RESTING = 1_000
_CLOSED_FENCE = re.compile(r"\n[ >]*(?:`{3,}|~{3,})\s*\Z")
_ADDRESS = re.compile(r"https?://[^\s<>|)\]]+")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_ALIKE = 24
"""Letters at the beginning by which the text of a stream is recognised in whatever markup Slack gives it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A stream that shows ``sent``, since that time."""

    spot: Spot
    voice: Voice
    since: float
    sent: str


class Streams:
    """The streams of this process, by the platform ids of their messages. Methods raise `PlatformFailed`.

    One that another process began is ended like any other, and never grows on.
    """

    def __init__(self, clock: Clock):
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._resting: dict[tuple[str, str, str], float] = {}

    async def begin(self, post: Post, spot: Spot, voice: Voice) -> str | None:
        """Show a draft as a stream; its ts, or None where it is to be a message that is edited.

        Slack shows a growing stream to one reader and to all others its beginning alone: where several people take
        part, edits serve all of them. The library takes streams in threads only.
        """
        reader = user_of(post.asked_by or "")
        place, now = (voice.app.tokens.where, spot.channel_room, reader), self._clock.now()
        if not (spot.thread and reader) or self._resting.get(place, 0.0) > now:
            return None
        if not self._has_room(voice):
            return None
        text = _steady(post, voice)
        stop = block_kit.stop_blocks(post) if voice.app.hears else []
        chunks: list[Payload] = [{"type": "blocks", "blocks": stop}] if stop else []
        try:
            answer = await voice.app.caller.call(
                "chat.startStream",
                channel=spot.channel,
                thread_ts=spot.thread,
                recipient_user_id=reader,
                recipient_team_id=spot.team,
                chunks=[*chunks, {"type": "markdown_text", "text": text}],
                **voice.face,
            )
        except Refused as error:
            if error.permanent and error.name not in NOT_THERE:
                self._rest(place)
            return None
        except PlatformFailed:
            self._rest(place)
            raise
        ts = word(answer, "ts")
        if ts:
            self._open[spot.message(ts)] = _Open(spot=spot, voice=voice, since=now, sent=text)
        return ts or None

    async def shows(self, platform_id: str, post: Post) -> bool:
        """Whether the message is a stream that shows this draft, now or a little later; else it may be edited."""
        stream = self._open.pop(platform_id, None)
        if stream is None:
            return False
        text = _steady(post, stream.voice)
        if not (post.partial and text.startswith(stream.sent) and self._clock.now() - stream.since < LIFE):
            await self.end(platform_id, stream.spot, stream.voice)
            return False
        rest, caller = text[len(stream.sent) :], stream.voice.app.caller
        if rest and caller.has_room("chat.appendStream"):
            ts = platform_id.rpartition("/")[2]
            try:
                await caller.call("chat.appendStream", channel=stream.spot.channel, ts=ts, markdown_text=rest)
            except Refused as error:
                if error.retry_after is None:
                    return False  # it died, or a person stopped it
            else:
                stream = replace(stream, sent=text)
        self._open[platform_id] = stream
        return True

    async def end(self, platform_id: str, spot: Spot, voice: Voice) -> None:
        """End the message's stream if it is one still, and its app still there; what it shows stays."""
        try:
            await voice.app.caller.call("chat.stopStream", channel=spot.channel, ts=platform_id.rpartition("/")[2])
        except Refused as error:
            if not error.permanent and error.name not in TOKEN_IS_DEAD:
                raise

    def _has_room(self, voice: Voice) -> bool:
        """Whether this app may begin one more, and will be able to end it."""
        caller, young = voice.app.caller, self._clock.now() - LIFE
        self._open = {known: one for known, one in self._open.items() if one.since > young}
        is_few = sum(one.voice.app.caller is caller for one in self._open.values()) < MOST_OPEN
        return is_few and caller.has_room("chat.startStream") and caller.has_room("chat.stopStream")

    def _rest(self, place: tuple[str, str, str]) -> None:
        if len(self._resting) >= _MOST_RESTING:
            self._resting.clear()
        self._resting[place] = self._clock.now() + REST


def left_by(post: Post, voice: Voice, *, marked: str) -> Callable[[Payload], bool]:
    """Whether a message is the stream that a process began for a draft, and did not live to write down.

    ``chat.startStream`` takes no metadata: it is a message of that app and face without a key (``marked`` is the type
    of metadata with ours), whose words begin as the draft's do.
    """
    words = _letters(post.text)

    def is_left(message: Payload) -> bool:
        theirs = _letters(word(message, "text"))
        alike = min(len(words), len(theirs), _ALIKE)
        return is_keyless(message, voice, marked=marked) and words[:alike] == theirs[:alike]

    return is_left


def is_keyless(message: Payload, voice: Voice, *, marked: str) -> bool:
    """Whether a message of that app and face is a stream that was never ended: every other post has a key."""
    return (
        word(message, "bot_id") == voice.app.bot_id
        and word(message, "username") == voice.face.get("username", "")
        and word(message, "metadata", "event_type") != marked
        and not parts(message, "files")
    )


def _steady(post: Post, voice: Voice) -> str:
    """The part of the draft that will stay: without a closing fence, which may be there only to show it well."""
    return _CLOSED_FENCE.sub("", block_kit.markdown(post, prefix=voice.prefix))


def _letters(text: str) -> str:
    bare = _ADDRESS.sub("", _ENTITY.sub("", text))
    return "".join(char for char in bare if char.isalnum()).casefold()
