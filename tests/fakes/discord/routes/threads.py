"""Threads and forum posts: started, joined, listed."""

from typing import Any

from tests.fakes.discord import forms, payloads
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.errors import Refused, wrong
from tests.fakes.discord.moments import iso, made_at
from tests.fakes.discord.values import FakeChannel, Json, Kind, listed

_DURATIONS = (60, 1440, 4320, 10080)


def _form(call: Call) -> dict[str, Any]:
    name, minutes = str(call.body.get("name") or ""), int(call.body.get("auto_archive_duration") or 4320)
    if not 1 <= len(name) <= 100:
        raise wrong("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    if minutes not in _DURATIONS:
        raise wrong("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {_DURATIONS}.")
    return {"name": name, "archive_minutes": minutes}


async def start_from_message(call: Call) -> Json:
    channel = call.channel()
    call.need(channel, "create_public_threads")
    if channel.kind is not Kind.TEXT:
        raise Refused(50024)
    message = call.message(channel)
    return payloads.channel(call.chat.start_thread(channel, call.bot.user_id, message=message, **_form(call)), call.bot)


async def start(call: Call) -> Json:
    """A thread beside the channel's messages, or in a forum a post with its first message."""
    channel = call.channel()
    if channel.kind is Kind.FORUM:
        return _start_post(call, channel)
    if channel.kind is not Kind.TEXT:
        raise Refused(50024)
    private = int(call.body.get("type") or Kind.PRIVATE_THREAD) == Kind.PRIVATE_THREAD
    call.need(channel, "create_private_threads" if private else "create_public_threads")
    kind = Kind.PRIVATE_THREAD if private else Kind.PUBLIC_THREAD
    return payloads.channel(call.chat.start_thread(channel, call.bot.user_id, kind=kind, **_form(call)), call.bot)


def _start_post(call: Call, forum: FakeChannel) -> Json:
    call.need(forum, "send_messages")
    form = _form(call)
    tags = [int(tag) for tag in listed(call.body, "applied_tags")]
    call.body = call.body.get("message") or {}
    draft = forms.draft(call, forum)
    thread = call.chat.start_thread(forum, call.bot.user_id, tags=tags, **form)
    message = call.chat.post(thread, call.bot.user, draft)
    return {**payloads.channel(thread, call.bot), "message": payloads.message(message, call.bot)}


async def join(call: Call) -> None:
    thread = _writable(call)
    thread.members.add(call.bot.user_id)
    call.world.tell.thread_updated(thread)


async def leave(call: Call) -> None:
    thread = _writable(call)
    thread.members.discard(call.bot.user_id)
    call.world.tell.thread_updated(thread)


async def add_member(call: Call) -> None:
    thread = _writable(call)
    call.need(thread, "send_messages_in_threads")
    thread.members.add(call.id("user_id"))


def _writable(call: Call) -> FakeChannel:
    thread = call.channel()
    if not thread.is_thread:
        raise Refused(50024)
    if thread.archived:
        raise Refused(50083)
    return thread


async def members(call: Call) -> list[Json]:
    thread = call.channel()
    return [
        {"id": str(thread.id), "user_id": str(one), "join_timestamp": iso(made_at(thread.id)), "flags": 0}
        for one in sorted(thread.members)
    ]


async def active(call: Call) -> Json:
    threads = [one for one in call.world.threads(call.guild()) if not one.archived and _seen(call, one)]
    return {"threads": [payloads.channel(one, call.bot) for one in threads], "members": _own(call, threads)}


async def archived(call: Call) -> Json:
    channel = call.channel()
    call.need(channel, "read_message_history")
    threads = [one for one in call.world.channels.values() if one.parent is channel and one.is_thread and one.archived]
    public = [one for one in threads if one.kind is Kind.PUBLIC_THREAD]
    payload = [payloads.channel(one, call.bot) for one in public]
    return {"threads": payload, "members": _own(call, public), "has_more": False}


def _seen(call: Call, thread: FakeChannel) -> bool:
    try:
        call.channel(thread.id)
    except Refused:
        return False
    return True


def _own(call: Call, threads: list[FakeChannel]) -> list[Json]:
    payload = [payloads.channel(one, call.bot) for one in threads]
    return [one["member"] for one in payload if "member" in one]


_THREAD = "/channels/{channel_id}/thread-members"

ROUTES: Routes = {
    "POST /channels/{channel_id}/messages/{message_id}/threads": start_from_message,
    "POST /channels/{channel_id}/threads": start,
    "GET /channels/{channel_id}/threads/archived/public": archived,
    "GET /guilds/{guild_id}/threads/active": active,
    f"GET {_THREAD}": members,
    f"PUT {_THREAD}/@me": join,
    f"DELETE {_THREAD}/@me": leave,
    f"PUT {_THREAD}/{{user_id}}": add_member,
}
