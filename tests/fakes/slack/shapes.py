"""How things look in Slack's JSON: messages, users, channels, files, and the envelope around an event."""

import re

from tests.fakes.slack.json_shapes import inside, is_object
from tests.fakes.slack.world import Channel, FakeApp, FakeFile, FakeMessage, FakeUser, Install, Payload, World

CHANNEL_TYPES = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def message_json(world: World, message: FakeMessage, *, metadata: bool = False) -> Payload:
    """A message as history, replies and events show it."""
    shape: Payload = {"type": "message", "ts": message.ts, "text": message.text}
    if message.user is not None:
        shape["user"] = message.user
        shape["team"] = _home(world, message)
    for name in ("subtype", "bot_id", "app_id", "username", "edited"):
        if getattr(message, name) is not None:
            shape[name] = getattr(message, name)
    if message.bot_id is None and message.subtype in (None, "file_share"):
        shape["client_msg_id"] = f"{message.ts}-client"
    if message.bot_id is not None and message.subtype != "bot_message":
        shape["bot_profile"] = _bot_profile(world, message)
    shape |= {name: getattr(message, name) for name in ("icons", "blocks", "attachments") if getattr(message, name)}
    if message.files:
        shape["files"] = [file_json(file, world.origin) for file in message.files]
    if message.reactions:
        shape["reactions"] = [
            {"name": one.name, "users": list(one.users), "count": len(one.users)} for one in message.reactions
        ]
    if metadata and message.metadata is not None:
        shape["metadata"] = message.metadata
    if message.streaming == "open":
        shape["streaming_state"] = "in_progress"
    return shape | _thread(world, message)


def _thread(world: World, message: FakeMessage) -> Payload:
    channel = world.channels[message.team, message.channel]
    if message.thread_ts is not None and message.thread_ts != message.ts:
        shape: Payload = {"thread_ts": message.thread_ts}
        root = channel.messages.get(message.thread_ts)
        if root is not None and (root.user or root.bot_id):
            shape["parent_user_id"] = root.user or root.bot_id
        return shape
    replies = replies_of(channel, message.ts)
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": (users := sorted({one.user or one.bot_id or "" for one in replies})),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
    }


def replies_of(channel: Channel, ts: str) -> list[FakeMessage]:
    """The replies under a root, oldest first."""
    return list(channel.threads.get(ts, ()))


def _home(world: World, message: FakeMessage) -> str:
    user = world.users.get((message.team, message.user or ""))
    return user.home if user is not None else message.team


def _bot_profile(world: World, message: FakeMessage) -> Payload:
    app = world.apps.get(message.app_id or "")
    return {
        "id": message.bot_id,
        "app_id": message.app_id,
        "name": app.name if app is not None else "bot",
        "team_id": message.team,
        "deleted": False,
        "icons": {},
    }


def file_json(file: FakeFile, origin: str) -> Payload:
    """A file as messages carry it."""
    url = f"{origin}/files-pri/{file.team}-{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "user": file.owner,
        "size": len(file.data),
        "mode": "hosted",
        "is_external": False,
        "url_private": url,
        "url_private_download": f"{origin}/files-pri/{file.team}-{file.id}/download/{file.name}",
        "alt_txt": file.alt_text,
    }


def known_by_id(file: FakeFile) -> Payload:
    """A file as events of shared channels carry it: ``files.info`` says the rest."""
    return {
        "id": file.id,
        "created": 0,
        "timestamp": 0,
        "mode": "file_access",
        "file_access": "check_file_info",
        "user": "",
    }


def user_json(user: FakeUser) -> Payload:
    """A user as ``users.info`` shows it."""
    shape: Payload = {
        "id": user.id,
        "team_id": user.home,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": {"real_name": user.real_name, "display_name": "" if user.is_bot else user.name, "team": user.home},
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_admin": user.is_admin,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "tz": "Europe/Madrid",
        "tz_offset": 3600,
    }
    if user.is_stranger:
        shape["is_stranger"] = True
    if user.bot_id is not None:
        shape["profile"]["bot_id"] = user.bot_id
    return shape


def channel_json(channel: Channel, bot_user: str) -> Payload:
    """A conversation as ``conversations.info`` shows it."""
    shape: Payload = {
        "id": channel.id,
        "created": channel.created,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.is_private,
        "is_archived": channel.archived,
        "is_ext_shared": channel.is_shared,
        "is_org_shared": False,
        "context_team_id": channel.team,
    }
    if channel.kind == "im":
        shape["user"] = next((one for one in channel.members if one != bot_user), "")
        return shape
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": bot_user in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def envelope_json(world: World, app: FakeApp, install: Install, event: Payload, channel: Channel | None) -> Payload:
    """The outer part of an event, as it goes to one app."""
    return {
        "token": "verification-token",
        "team_id": install.team,
        "context_team_id": install.team,
        "context_enterprise_id": None,
        "api_app_id": app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": world.new_id("Ev"),
        "event_time": int(float(event.get("event_ts", world.new_ts()))),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": install.team,
                "user_id": install.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": channel is not None and channel.is_shared,
        "event_context": world.new_id("4-"),
    }


def mentioned_in(text: str, blocks: list[Payload]) -> set[str]:
    """The users that a message mentions, in its text or in any text of its blocks."""
    return {user for words in (text, *_texts(blocks)) for user in _MENTION.findall(words)} | set(_users(blocks))


def _texts(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    return [text for one in inside(part) for text in _texts(one)]


def _users(part: object) -> list[str]:
    if is_object(part) and part.get("type") == "user":
        return [str(part.get("user_id"))]
    return [user for one in inside(part) for user in _users(one)]
