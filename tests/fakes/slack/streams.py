"""chat.startStream, appendStream, stopStream: text that grows under people's eyes and dies after five minutes.

Sources: docs.slack.dev/reference/methods/chat.startStream; python-slack-sdk issue 1859 (the five minutes).
"""

from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.chat import MOST_MARKDOWN, destination, read_metadata, write_face, write_thread
from tests.fakes.slack.json_shapes import is_array, is_object
from tests.fakes.slack.shapes import message_json
from tests.fakes.slack.site import SESSION_STATUSES, Site, Status
from tests.fakes.slack.world import FakeMessage, Payload

LIFE = 300.0
"""Seconds after which Slack forgets a stream, whatever traffic it has."""

MODES = ("timeline", "plan", "dense")


@method(
    "chat.startStream",
    "channel! thread_ts markdown_text recipient_team_id recipient_user_id chunks:json task_display_mode username "
    "icon_emoji icon_url",
    scope="chat:write",
    tier=2,
)
async def start_stream(call: Call) -> Payload:
    """Begin a streamed message; in channels Slack wants to know for whom it is."""
    channel = await destination(call)
    if channel.kind != "im":
        _check_recipient(call)
    elif call.maybe("thread_ts") is None:
        raise Refused("invalid_arguments", "[ERROR] missing required field: thread_ts")
    if call.maybe("task_display_mode") not in (None, *MODES):
        raise Refused("invalid_arguments", "[ERROR] must be a valid enum value [json-pointer:/task_display_mode]")
    message = FakeMessage(call.site.world.new_ts(), channel.id, channel.team, None, "")
    write_face(call, message)
    write_thread(call, channel, message)
    _grow(message, call, may_be_empty=True)
    message.streaming, message.streaming_since = "open", call.site.clock.now()
    channel.add(message)
    await call.site.hearing.posted(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream", "channel! ts! markdown_text chunks:json", scope="chat:write", tier=4)
async def append_stream(call: Call) -> Payload:
    """Add to it."""
    message = _streaming(call)
    _grow(message, call)
    return {"channel": message.channel, "ts": message.ts}


@method(
    "chat.stopStream",
    "channel! ts! markdown_text blocks:json metadata:json chunks:json session_status",
    scope="chat:write",
    tier=2,
)
async def stop_stream(call: Call) -> Payload:
    """End it, with a last piece and with blocks below."""
    message = _streaming(call)
    if call.maybe("session_status") not in (None, *SESSION_STATUSES):
        raise Refused("invalid_arguments", "[ERROR] must be a valid enum value [json-pointer:/session_status]")
    below = check_blocks(call.args["blocks"]) if "blocks" in call.args else []
    before = message_json(call.site.world, message)
    _grow(message, call, may_be_empty=True)
    message.metadata = read_metadata(call) or message.metadata
    message.blocks = [*message.blocks, *below]
    message.streaming = "stopped"
    _end_session(call, message)
    await call.site.hearing.changed(message, before)
    shown = message_json(call.site.world, message)
    return {"channel": message.channel, "ts": message.ts, "message": shown}


def _end_session(call: Call, message: FakeMessage) -> None:
    """``session_status`` says where the thread's session stands once the stream has ended."""
    status = call.maybe("session_status")
    if status is None:
        return
    call.site.statuses.append(
        Status(
            method="agents.sessions.setStatus",
            app=call.app.app_id,
            channel=message.channel,
            thread_ts=message.thread_ts or message.ts,
            status=status,
            username=message.username,
            icons=message.icons,
            at=call.site.clock.now(),
        )
    )


def age_streams(site: Site) -> None:
    """Let every stream die that is older than five minutes; its message stays as it was."""
    for channel in site.world.channels.values():
        for message in channel.messages.values():
            if message.streaming == "open" and site.clock.now() - message.streaming_since >= LIFE:
                message.streaming = "dead"


def _check_recipient(call: Call) -> None:
    user, team = call.maybe("recipient_user_id"), call.maybe("recipient_team_id")
    if team is None:
        raise Refused("missing_recipient_team_id")
    if user is None:
        raise Refused("missing_recipient_user_id")
    found = call.site.world.users.get((call.team, user))
    if found is None:
        raise Refused("user_not_found")
    if found.home != team:
        raise Refused("team_not_found")


def _streaming(call: Call) -> FakeMessage:
    channel = call.channel()
    if channel.archived:
        raise Refused("is_archived")
    message = channel.messages.get(call.text("ts"))
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != call.bot.bot_id:
        raise Refused("message_not_owned_by_app")
    if message.streaming == "halted":
        raise Refused("stopped_by_user" if call.method == "chat.appendStream" else "message_not_in_streaming_state")
    age_streams(call.site)
    if message.streaming != "open":
        raise Refused("message_not_in_streaming_state")
    return message


def _grow(message: FakeMessage, call: Call, *, may_be_empty: bool = False) -> None:
    """Add text or chunks; nothing is added if any of it is wrong."""
    markdown, chunks = call.maybe("markdown_text"), call.args.get("chunks", [])
    if not is_array(chunks):
        raise Refused("invalid_chunks")
    if markdown is None and not chunks and not may_be_empty:
        raise Refused("no_text")
    pieces = [_check_chunk(chunk) for chunk in chunks]
    if markdown is not None:
        pieces.insert(0, {"type": "markdown_text", "text": markdown})
    if sum(len(piece["text"]) for piece in pieces if piece["type"] == "markdown_text") > MOST_MARKDOWN:
        raise Refused("msg_too_long")
    message.stream += pieces
    message.text += "".join(piece["text"] for piece in pieces if piece["type"] == "markdown_text")
    blocks = [*message.blocks, *(block for piece in pieces for block in piece.get("blocks", []))]
    if len(blocks) > 50:
        raise Refused("msg_blocks_too_many")
    message.blocks = blocks


def _check_chunk(chunk: object) -> Payload:
    if not is_object(chunk):
        raise Refused("invalid_chunks")
    match chunk.get("type"):
        case "markdown_text":
            fine = isinstance(chunk.get("text"), str)
        case "task_update":
            statuses = (None, "pending", "in_progress", "complete", "error")
            named = isinstance(chunk.get("id"), str) and isinstance(chunk.get("title"), str)
            fine = named and chunk.get("status") in statuses
        case "plan_update":
            fine = isinstance(chunk.get("title"), str)
        case "blocks":
            check_blocks(chunk.get("blocks"))
            fine = True
        case _:
            fine = False
    if not fine:
        raise Refused("invalid_chunks")
    return chunk
