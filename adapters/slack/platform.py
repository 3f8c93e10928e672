"""Slack's sending side: the `Platform` port, one message for one post, under the face of its speaker."""

import logging

from msgspec.structs import replace

from adapters.shared.keys import is_earlier
from adapters.shared.parts import split
from adapters.shared.render_slack import slack_mrkdwn
from adapters.slack import block_kit
from adapters.slack.block_kit import LONGEST, Form
from adapters.slack.faces import Voice, Voices
from adapters.slack.history import History
from adapters.slack.payloads import Payload, word
from adapters.slack.places import Spot, spot_of, ts_of, user_of
from adapters.slack.refusals import BLOCKS_REFUSED, NOT_OURS, NOT_THERE, STREAMING, TOKEN_IS_DEAD, Refused
from adapters.slack.streams import Streams, is_keyless, left_by
from adapters.slack.uploads import Uploads
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.ports import Capabilities, Post

LOGGER = logging.getLogger(__name__)

EVENT_TYPE = "tertulia_post"
"""Of the metadata that carries a post's key."""

_LONGEST_COMMENT = 2_000
"""Characters of text that go along with files as their comment; longer text is a message of its own below them."""

_CAPABILITIES = Capabilities(max_length=LONGEST, length=block_kit.length)
_FORMS: tuple[Form, ...] = ("markdown", "mrkdwn")


class SlackPlatform:
    """Posts, edits and finds messages. Calls are paced here, for each app, method and channel."""

    def __init__(self, voices: Voices, history: History, uploads: Uploads, streams: Streams):
        self._voices, self._history, self._uploads, self._streams = voices, history, uploads, streams

    @property
    def capabilities(self) -> Capabilities:
        """What Slack takes."""
        return _CAPABILITIES

    async def post(self, post: Post) -> str:
        """Send it; ``team/channel/ts``."""
        _check(post)
        spot = spot_of(post.room)
        voice = self._voice(post, spot)
        if post.reply_to is not None and spot.thread:
            await self._end_left(post, post.reply_to, spot, voice)
        try:
            ts = await self._post(post, spot, voice)
        except Refused as error:
            if error.name not in NOT_THERE | TOKEN_IS_DEAD or voice.app.agent == "":
                raise
            # The agent's app was not invited, or is not there any more: the host app speaks for it.
            ts = await self._post(post, spot, self._voices.lent(post.by, spot))
        return spot.message(ts)

    async def edit(self, platform_id: str, post: Post) -> None:
        """Change the message. A draft is left as it is where its turn to be shown would take away from others."""
        _check(post)
        if await self._streams.shows(platform_id, post):
            return
        spot = spot_of(post.room)
        voice = self._voice(post, spot)
        if post.partial and not voice.app.caller.has_room("chat.update"):
            return
        try:
            await self._update(post, spot, voice, platform_id)
        except Refused as error:
            if error.name not in NOT_OURS | NOT_THERE | TOKEN_IS_DEAD:
                raise
            if not voice.app.agent:
                if error.name in NOT_OURS:
                    await self._streams.end(platform_id, spot, self._voices.of(post.by, spot))
                raise
            # The host app wrote it in the agent's name, where the agent's own app could not.
            voice = self._voices.lent(post.by, spot)
            await self._update(post, spot, voice, platform_id)
        if post.files and (words := await self._unshown(post, spot, voice)):
            await self._update(_instead(post, words), spot, voice, platform_id)

    async def find(self, post: Post) -> str | None:
        """Look for the post's key in the metadata of what Slack kept, for its files, for the stream of a draft."""
        spot = spot_of(post.room)
        if post.audience:
            return None  # what one person alone saw is kept nowhere

        def wanted(message: Payload) -> bool:
            return _key(message) == post.key

        def earlier(message: Payload) -> bool:
            return is_earlier(_key(message), post.key)

        ts = await self._history.find(spot, wanted, earlier=earlier)
        if ts is None and _is_comment(post):
            ts = await self._uploads.find(post.key, spot)
        if ts is None and post.partial and spot.thread:
            ts = await self._history.find(spot, left_by(post, self._voice(post, spot), marked=EVENT_TYPE))
        return spot.message(ts) if ts else None

    def _voice(self, post: Post, spot: Spot) -> Voice:
        return self._voices.of(post.by, spot, has_buttons=post.card is not None)

    async def _post(self, post: Post, spot: Spot, voice: Voice) -> str:
        if post.audience:
            return await self._whisper(post, spot, voice)
        if post.partial and (ts := await self._streams.begin(post, spot, voice)) is not None:
            return ts
        if _is_comment(post):
            comment = block_kit.with_pings(post, slack_mrkdwn(voice.prefix + post.text)) if post.text.strip() else ""
            try:
                return await self._uploads.show(post.key, post.files, spot, voice, comment)
            except Refused as error:
                post = _instead(post, _without_files(post, error))
        elif post.files and (words := await self._unshown(post, spot, voice)):
            post = _instead(post, words)
        for form in _FORMS:
            try:
                return await self._send(post, spot, voice, form)
            except Refused as error:
                if error.name not in BLOCKS_REFUSED:
                    raise
        return await self._as_file(post, spot, voice)

    async def _unshown(self, post: Post, spot: Spot, voice: Voice) -> str:
        """Show the files below or above the text; where Slack takes none, what people are told instead."""
        try:
            await self._uploads.show(post.key, post.files, spot, voice, "")
        except Refused as error:
            return _without_files(post, error)
        return ""

    async def _send(self, post: Post, spot: Spot, voice: Voice, form: Form) -> str:
        answer = await voice.app.caller.call(
            "chat.postMessage",
            channel=spot.channel,
            thread_ts=spot.thread_ts,
            unfurl_links=False,
            unfurl_media=False,
            **_content(post, voice, form),
            **voice.face,
        )
        return word(answer, "ts")

    async def _update(self, post: Post, spot: Spot, voice: Voice, platform_id: str) -> None:
        """Write it over the message, which may be a stream that an earlier process began."""
        try:
            await self._rewrite(post, spot, voice, ts_of(platform_id))
        except Refused as error:
            if error.name != STREAMING:
                raise
            await self._streams.end(platform_id, spot, voice)
            await self._rewrite(post, spot, voice, ts_of(platform_id))

    async def _end_left(self, note: Post, above: str, spot: Spot, voice: Voice) -> None:
        """End the stream above a note: its process died, and only Slack still has its words, which are kept."""
        left = await self._history.read(
            spot, lambda one: word(one, "ts") == ts_of(above) and is_keyless(one, voice, marked=EVENT_TYPE)
        )
        words = split(word(left, "text"), LONGEST, block_kit.length) if left else ()
        if words:
            await self._update(replace(note, key=f"{note.key}/above", text=words[0].text), spot, voice, above)

    async def _rewrite(self, post: Post, spot: Spot, voice: Voice, ts: str) -> None:
        for form in _FORMS:
            try:
                await voice.app.caller.call("chat.update", channel=spot.channel, ts=ts, **_content(post, voice, form))
            except Refused as error:
                if error.name not in BLOCKS_REFUSED or form == _FORMS[-1]:
                    raise
            else:
                return

    async def _as_file(self, post: Post, spot: Spot, voice: Voice) -> str:
        """The last resort for a text whose layout Slack does not take in any form: nothing of it is lost."""
        whole = NamedFile(name="message.md", media_type="text/markdown", content=post.text.encode("utf-8", "replace"))
        return await self._uploads.show(
            f"{post.key}/file", (whole,), spot, voice, block_kit.text(post)[:_LONGEST_COMMENT]
        )

    async def _whisper(self, post: Post, spot: Spot, voice: Voice) -> str:
        """Show it to its audience alone; whoever is not in the channel does not see it."""
        ts, refused = "", None
        for user in filter(None, map(user_of, post.audience)):
            content = _content(post, voice, "markdown")
            del content["metadata"]
            try:
                answer = await voice.app.caller.call(
                    "chat.postEphemeral",
                    channel=spot.channel,
                    thread_ts=spot.thread_ts,
                    user=user,
                    **content,
                    **voice.face,
                )
            except Refused as error:
                if error.name not in ("user_not_in_channel", "user_not_found"):
                    raise
                refused = error
            else:
                ts = word(answer, "message_ts")
        if not ts and refused is not None:
            raise refused
        return ts


def _content(post: Post, voice: Voice, form: Form) -> Payload:
    return {
        "text": block_kit.text(post, prefix=voice.prefix),
        "blocks": block_kit.blocks(post, prefix=voice.prefix, form=form, hears=voice.app.hears),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"id": post.key}},
    }


def _without_files(post: Post, error: Refused) -> str:
    """What stands for files that Slack does not take, as from an app without the scope for them.

    Raises ``error`` where they are tried again, or by another app.
    """
    if not error.permanent or error.name in NOT_THERE:
        raise error
    names = ", ".join(file.name for file in post.files)
    return f"*({names} cannot be shown here. {error})*"


def _instead(post: Post, words: str) -> Post:
    """The post with words for its files; those of a message that is full as it is stand in the log alone."""
    LOGGER.warning("Files were not shown in %s: %s", post.room, words)
    text = f"{post.text}\n\n{words}".lstrip()
    return replace(post, files=(), text=text if block_kit.length(text) <= LONGEST else post.text)


def _key(message: Payload) -> str:
    return word(message, "metadata", "event_payload", "id")


def _is_comment(post: Post) -> bool:
    """Whether text and files are one message: text without buttons that is short enough to be a comment."""
    return bool(post.files) and post.card is None and len(post.text) <= _LONGEST_COMMENT


def _check(post: Post) -> None:
    if block_kit.length(post.text) > LONGEST:
        raise PlatformFailed(f"A message in Slack may have {LONGEST:,} characters; split this one.", permanent=True)
    if not post.text.strip() and not post.files:
        raise PlatformFailed("A message without text or files is refused; say something.", permanent=True)
