"""chat.*: messages. Sources: docs.slack.dev/reference/methods/chat.postMessage and its neighbours."""

import json
import re

from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.json_shapes import is_array, is_object
from tests.fakes.slack.shapes import message_json
from tests.fakes.slack.world import Channel, FakeMessage, Payload

MOST_TEXT = 40_000
"""Characters of ``text`` that survive; the rest is cut with a warning."""

MOST_UPDATED_TEXT = 4_000
MOST_MARKDOWN = 12_000
MOST_METADATA = 8_000
"""Bytes of a message's metadata as JSON; Slack publishes no figure."""

_TS = re.compile(r"^\d{10}\.\d{6}$")
_EMOJI = re.compile(r"^:[a-z0-9_+'-]+(::skin-tone-[2-6])?:$")
_CONTENT = "text blocks:json attachments:json markdown_text parse link_names:bool"
_FACE = "username icon_emoji icon_url"


@method(
    "chat.postMessage",
    f"channel! {_CONTENT} {_FACE} thread_ts reply_broadcast:bool unfurl_links:bool unfurl_media:bool mrkdwn:bool "
    "metadata:json as_user:bool container_id",
    scope="chat:write",
    tier=None,
)
async def post_message(call: Call) -> Payload:
    """Post; Slack never looks whether it has seen the same metadata before."""
    channel = await destination(call)
    message = FakeMessage(new_ts(call), channel.id, channel.team, None, "")
    warnings = write_content(call, message)
    write_face(call, message)
    write_thread(call, channel, message)
    message.metadata = read_metadata(call)
    message.unfurl_links = call.args.get("unfurl_links")
    message.unfurl_media = call.args.get("unfurl_media")
    channel.add(message)
    await call.site.hearing.posted(message)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(call.site.world, message)} | warnings


@method(
    "chat.update",
    f"channel! ts! {_CONTENT} file_ids reply_broadcast:bool metadata:json as_user:bool",
    scope="chat:write",
)
async def update(call: Call) -> Payload:
    """Replace an own message; text alone takes the blocks away, blocks alone keep the text."""
    channel, message = own_message(call, "cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    if message.streaming == "open":
        raise Refused("streaming_state_conflict")
    if len(call.text("text")) > MOST_UPDATED_TEXT:
        raise Refused("msg_too_long")
    before = message_json(call.site.world, message)
    old_text = message.text
    if "text" in call.args and "blocks" not in call.args:
        message.blocks = []
    write_content(call, message)
    if message.streaming is not None:
        message.streaming = "stopped"
    if "metadata" in call.args:
        message.metadata = read_metadata(call)
    if message.text != old_text and "blocks" not in call.args:
        message.edited = {"user": call.bot.bot_user, "ts": new_ts(call)}
    await call.site.hearing.changed(message, before)
    shown = message_json(call.site.world, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete", "channel! ts! as_user:bool", scope="chat:write")
async def delete(call: Call) -> Payload:
    """Delete an own message."""
    channel, message = own_message(call, "cant_delete_message")
    await call.site.hearing.remove(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", f"channel! user! {_CONTENT} {_FACE} thread_ts as_user:bool", scope="chat:write", tier=4)
async def post_ephemeral(call: Call) -> Payload:
    """Show something to one person in the channel; it is kept nowhere and no event tells of it."""
    channel = await destination(call)
    user = call.text("user")
    if (channel.team, user) not in call.site.world.users:
        raise Refused("user_not_found")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    message = FakeMessage(new_ts(call), channel.id, channel.team, None, "", ephemeral_for=user)
    write_content(call, message)
    write_face(call, message)
    write_thread(call, channel, message)
    channel.ephemerals.append(message)
    return {"message_ts": message.ts}


@method("chat.getPermalink", "channel! message_ts!", tier=4)
async def permalink(call: Call) -> Payload:
    """A link to a message."""
    channel = call.channel()
    if call.text("message_ts") not in channel.messages:
        raise Refused("message_not_found")
    domain = call.site.world.teams[call.team].domain
    link = f"https://{domain}.slack.com/archives/{channel.id}/p{call.text('message_ts').replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def new_ts(call: Call) -> str:
    """The timestamp of what is written now."""
    return call.site.world.new_ts()


async def destination(call: Call) -> Channel:
    """Where to post; a user's id means the DM with that person, opened if need be."""
    named = call.text("channel")
    if (call.team, named) in call.site.world.users:
        return call.site.world.direct(call.team, call.bot.bot_user, named)
    channel = call.channel()
    if channel.archived:
        raise Refused("is_archived")
    if call.bot.bot_user not in channel.members and "chat:write.public" not in call.bot.scopes:
        raise Refused("not_in_channel")
    if channel.posting_restricted:
        raise Refused("restricted_action")
    return channel


def own_message(call: Call, refusal: str) -> tuple[Channel, FakeMessage]:
    """The caller's own message that ``ts`` names, whatever face it has."""
    channel = call.channel()
    message = channel.messages.get(call.text("ts"))
    if message is None or message.subtype == "tombstone":
        raise Refused("message_not_found")
    if message.bot_id != call.bot.bot_id:
        raise Refused(refusal)
    return channel, message


def write_content(call: Call, message: FakeMessage) -> Payload:
    """Text, blocks, attachments or markdown_text; what the answer says besides (warnings)."""
    markdown = call.maybe("markdown_text")
    if markdown is not None:
        if "text" in call.args or "blocks" in call.args:
            raise Refused("markdown_text_conflict")
        if len(markdown) > MOST_MARKDOWN:
            raise Refused("msg_too_long")
        message.text, message.blocks = markdown, [{"type": "markdown", "text": markdown}]
        return {}
    attachments = call.args.get("attachments", message.attachments)
    if not is_array(attachments):
        raise Refused("invalid_attachments")
    if len(attachments) > 100:
        raise Refused("too_many_attachments")
    if not (call.args.get("text") or call.args.get("blocks") or call.args.get("attachments")):
        raise Refused("no_text")
    if "blocks" in call.args:
        message.blocks = call.site.world.with_block_ids(check_blocks(call.args["blocks"]))
    message.attachments = attachments
    if "text" in call.args:
        message.text = call.text("text")
    if len(message.text) <= MOST_TEXT:
        return {}
    message.text = message.text[:MOST_TEXT]
    return {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}


def write_face(call: Call, message: FakeMessage) -> None:
    """Who it is from: the app, or the name and picture that it borrows with ``chat:write.customize``."""
    bot = call.bot
    message.bot_id, message.app_id = bot.bot_id, call.app.app_id
    username, icons = face(call)
    message.username, message.icons = username, icons
    if username is None and not icons:
        message.user = bot.bot_user
    else:
        message.subtype = "bot_message"


def face(call: Call) -> tuple[str | None, Payload]:
    """The name and icons asked for; refused without the scope."""
    username, emoji, url = (call.maybe(name) for name in _FACE.split())
    if username or emoji or url:
        call.need("chat:write.customize")
    if emoji is not None and not _EMOJI.match(emoji):
        raise Refused("invalid_arguments", "[ERROR] invalid emoji [json-pointer:/icon_emoji]")
    if url is not None and not url.startswith(("https://", "http://")):
        raise Refused("invalid_arguments", "[ERROR] invalid url [json-pointer:/icon_url]")
    icons: Payload = {}
    if emoji is not None:
        icons["emoji"] = emoji
    if url is not None:
        icons["image_48"] = url
    return username, icons


def write_thread(call: Call, channel: Channel, message: FakeMessage) -> None:
    """Which thread it goes to. Slack takes a reply's ts too and then shows nothing; here that is refused."""
    thread = call.maybe("thread_ts")
    if thread is None:
        return
    if not _TS.match(thread):
        raise Refused("invalid_thread_ts")
    root = channel.messages.get(thread)
    if root is not None and root.thread_ts not in (None, root.ts):
        raise Refused("cannot_reply_to_message")
    message.thread_ts = thread
    if call.flag("reply_broadcast"):
        message.broadcast = True
        message.subtype = message.subtype or "thread_broadcast"


def read_metadata(call: Call) -> Payload | None:
    """The metadata, checked."""
    metadata = call.args.get("metadata")
    if metadata is None:
        return None
    if not is_object(metadata):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata)) > MOST_METADATA:
        raise Refused("metadata_too_large")
    return metadata
