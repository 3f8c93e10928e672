"""conversations.*: channels, private channels, DMs and group DMs, and what was said in them."""

from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.paging import page
from tests.fakes.slack.shapes import channel_json, message_json, replies_of
from tests.fakes.slack.world import Channel, FakeMessage, Payload

_FAMILY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
_WINDOW = "cursor limit:int oldest latest inclusive:bool include_all_metadata:bool"


def need(call: Call, channel: Channel, right: str) -> None:
    """Refuse without this right for this kind of conversation."""
    call.need(f"{_FAMILY[channel.kind]}:{right}")


@method("conversations.info", "channel! include_locale:bool include_num_members:bool")
async def info(call: Call) -> Payload:
    """One conversation."""
    channel = call.channel()
    need(call, channel, "read")
    return {"channel": channel_json(channel, call.bot.bot_user)}


@method("conversations.list", "cursor limit:int types exclude_archived:bool team_id", tier=2)
async def list_(call: Call) -> Payload:
    """The conversations of the asked types that the caller can know of."""
    kinds, bot = _kinds(call), call.bot.bot_user
    known = [
        channel_json(channel, bot)
        for (team, _), channel in call.site.world.channels.items()
        if team == call.team
        and channel.kind in kinds
        and not (channel.is_private and bot not in channel.members)
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    shown, more = page(call, known)
    return {"channels": shown} | more


@method("users.conversations", "cursor limit:int types exclude_archived:bool team_id user")
async def of_user(call: Call) -> Payload:
    """The conversations of the asked types that the caller is in, without ``is_member`` and ``num_members``."""
    kinds, bot = _kinds(call), call.bot.bot_user
    joined = [
        {key: value for key, value in channel_json(channel, bot).items() if key not in ("is_member", "num_members")}
        for (team, _), channel in call.site.world.channels.items()
        if team == call.team
        and channel.kind in kinds
        and bot in channel.members
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    shown, more = page(call, joined, most=999)
    return {"channels": shown} | more


def _kinds(call: Call) -> set[str]:
    """The kinds that ``types`` asks for; each needs its scope."""
    kinds: set[str] = set()
    for word in call.text("types", "public_channel").split(","):
        if word.strip() not in _TYPES:
            raise Refused("invalid_types")
        kinds.add(_TYPES[word.strip()])
    for kind in sorted(kinds):
        call.need(f"{_FAMILY[kind]}:read")
    return kinds


@method("conversations.members", "channel! cursor limit:int", tier=4)
async def members(call: Call) -> Payload:
    """Who is in it."""
    channel = call.channel()
    need(call, channel, "read")
    shown, more = page(call, list(channel.members))
    return {"members": shown} | more


@method("conversations.history", f"channel! {_WINDOW}")
async def history(call: Call) -> Payload:
    """What was said outside threads, newest first."""
    channel = _readable(call)
    said = [one for one in channel.messages.values() if one.thread_ts in (None, one.ts) or one.broadcast]
    window = _window(call, said)
    shown, more = page(call, window[::-1], most=999, at_most=call.site.limits.history_page)
    return {
        "messages": [_shape(call, one) for one in shown],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        "pin_count": 0,
    } | more


@method("conversations.replies", f"channel! ts! {_WINDOW}")
async def replies(call: Call) -> Payload:
    """A thread with its root first, oldest first; a reply's ts gives that reply alone."""
    channel = _readable(call)
    root = channel.messages.get(call.text("ts"))
    if root is None:
        raise Refused("thread_not_found")
    thread = [root, *_window(call, replies_of(channel, root.ts))]
    shown, more = page(call, thread, usual=1000, at_most=call.site.limits.history_page)
    return {
        "messages": [_shape(call, one) for one in shown],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
    } | more


def _readable(call: Call) -> Channel:
    channel = call.channel()
    need(call, channel, "history")
    if call.bot.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _window(call: Call, messages: list[FakeMessage]) -> list[FakeMessage]:
    oldest, latest = _moment(call, "oldest", "0"), _moment(call, "latest", "inf")
    edges = call.flag("inclusive")
    return [
        one
        for one in sorted(messages, key=lambda one: one.ts)
        if oldest < float(one.ts) < latest or (edges and float(one.ts) in (oldest, latest))
    ]


def _moment(call: Call, name: str, usual: str) -> float:
    try:
        return float(call.text(name, usual))
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def _shape(call: Call, message: FakeMessage) -> Payload:
    return message_json(call.site.world, message, metadata=call.flag("include_all_metadata"))


@method("conversations.join", "channel!", scope="channels:join")
async def join(call: Call) -> Payload:
    """Go into a public channel."""
    channel = call.channel()
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    shape: Payload = {"channel": channel_json(channel, call.bot.bot_user)}
    if call.bot.bot_user in channel.members:
        return {**shape, "warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    await call.site.hearing.joined(channel, call.bot.bot_user)
    return {"channel": channel_json(channel, call.bot.bot_user)}


@method("conversations.leave", "channel!")
async def leave(call: Call) -> Payload:
    """Go out of it."""
    channel = call.channel()
    if call.bot.bot_user not in channel.members:
        return {"not_in_channel": True}
    await call.site.hearing.left(channel, call.bot.bot_user)
    return {}


@method("conversations.open", "channel users return_im:bool prevent_creation:bool")
async def open_(call: Call) -> Payload:
    """Open a DM, or a group DM with several."""
    if call.maybe("channel"):
        return {"channel": {"id": call.channel().id}}
    users = [user.strip() for user in call.text("users").split(",") if user.strip()]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 8:
        raise Refused("too_many_users")
    for user in users:
        if (call.team, user) not in call.site.world.users:
            raise Refused("user_not_found")
        if call.site.world.user(call.team, user).deleted:
            raise Refused("user_disabled")
    call.need("im:write" if len(users) == 1 else "mpim:write")
    channel = call.site.world.direct(call.team, call.bot.bot_user, *users)
    shape = channel_json(channel, call.bot.bot_user) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shape}
