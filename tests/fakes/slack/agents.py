"""assistant.threads.* and agents.sessions.*: what an agent shows under a thread while it works.

Sources: docs.slack.dev/reference/methods/assistant.threads.setStatus, docs.slack.dev/ai/agent-sessions.
"""

from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.chat import face
from tests.fakes.slack.json_shapes import is_array
from tests.fakes.slack.site import SESSION_STATUSES, Site, Status
from tests.fakes.slack.world import Channel, Payload

STATUS_LIFE = 120.0
"""Seconds after which a thread's status disappears by itself."""

_FACE = "username icon_emoji icon_url"


@method(
    "assistant.threads.setStatus",
    f"channel_id! thread_ts! status loading_messages:json {_FACE}",
    tier=4,
)
async def set_thread_status(call: Call) -> Payload:
    """Show "is thinking"; an empty status clears it. Each post into the thread clears it as well."""
    call.need("chat:write", "assistant:write")
    if "status" not in call.raw:
        raise Refused("invalid_arguments", "[ERROR] missing required field: status")
    loading = call.args.get("loading_messages", [])
    if not is_array(loading) or len(loading) > 10:
        raise Refused("invalid_arguments", "[ERROR] no more than 10 items allowed [json-pointer:/loading_messages]")
    status = _status(call, _thread_of(call))
    status.loading_messages = tuple(str(one) for one in loading)
    call.site.statuses.append(status)
    return {}


@method(
    "agents.sessions.setStatus",
    f"channel_id! thread_ts! status! title initiator_user_id {_FACE}",
    scope="chat:write",
    tier=3,
)
async def set_session_status(call: Call) -> Payload:
    """Say where an agent's session stands; while it is ``processing`` people have a stop button."""
    if not call.app.is_agent:
        raise Refused("not_an_agent_app")
    if call.text("status") not in SESSION_STATUSES:
        raise Refused("invalid_arguments", "[ERROR] must be a valid enum value [json-pointer:/status]")
    if len(call.text("title")) > 200:
        raise Refused("invalid_arguments", "[ERROR] must be less than 201 characters [json-pointer:/title]")
    channel = _thread_of(call)
    if call.maybe("initiator_user_id") not in (None, *channel.members):
        raise Refused("user_not_found")
    status = _status(call, channel)
    status.title = call.maybe("title")
    call.site.statuses.append(status)
    answer: Payload = {"status": status.status, "agent_status": status.status, "title": status.title or ""}
    if "agent_session_stopped" not in call.app.events:
        answer["warning"] = "missing_agent_session_stopped_event_subscription"
    return answer


@method("assistant.threads.setTitle", "channel_id! thread_ts! title!", scope="assistant:write", tier=4)
async def set_title(call: Call) -> Payload:
    """Name a DM's thread."""
    _thread_of(call)
    return {}


@method(
    "assistant.threads.setSuggestedPrompts",
    "channel_id! thread_ts title prompts:json!",
    scope="assistant:write",
    tier=4,
)
async def set_prompts(call: Call) -> Payload:
    """Offer up to four prompts."""
    prompts = call.args["prompts"]
    if not is_array(prompts) or not 1 <= len(prompts) <= 4:
        raise Refused("invalid_arguments", "[ERROR] between 1 and 4 items allowed [json-pointer:/prompts]")
    return {}


def _thread_of(call: Call) -> Channel:
    channel = call.channel("channel_id")
    if call.bot.bot_user not in channel.members:
        raise Refused("channel_not_found")
    thread = call.text("thread_ts")
    message = channel.messages.get(thread)
    if message is None or message.thread_ts not in (None, message.ts):
        raise Refused("invalid_thread_ts")
    return channel


def _status(call: Call, channel: Channel) -> Status:
    username, icons = face(call)
    return Status(
        method=call.method,
        app=call.app.app_id,
        channel=channel.id,
        thread_ts=call.text("thread_ts"),
        status=call.text("status"),
        username=username,
        icons=icons,
        at=call.site.clock.now(),
    )


@method("agents.sessions.rename", "channel_id! thread_ts! title!", scope="chat:write", tier=3)
async def rename_session(call: Call) -> Payload:
    """Change a session's title."""
    _thread_of(call)
    return {"title": call.text("title")}


def working_sessions(site: Site, channel: Channel, thread_ts: str) -> list[str]:
    """The apps whose session in this thread is ``processing`` and that hear of its stop button."""
    newest = {
        one.app: one.status
        for one in site.statuses
        if (one.method, one.channel, one.thread_ts) == ("agents.sessions.setStatus", channel.id, thread_ts)
    }
    return [
        app
        for app, status in newest.items()
        if status == "processing" and "agent_session_stopped" in site.world.apps[app].events
    ]


def shown_status(site: Site, channel: Channel, thread_ts: str) -> Status | None:
    """What people see under a thread now: the last status, unless it was cleared, replaced by a post, or is too old."""
    for status in reversed(site.statuses):
        if (status.method, status.channel, status.thread_ts) != ("assistant.threads.setStatus", channel.id, thread_ts):
            continue
        posts = [one for one in channel.messages.values() if one.thread_ts == thread_ts and one.app_id == status.app]
        answered = any(float(one.ts) > status.at for one in posts)
        fresh = site.clock.now() - status.at < STATUS_LIFE
        return status if status.status and fresh and not answered else None
    return None
