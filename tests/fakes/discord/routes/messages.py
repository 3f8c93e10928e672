"""Messages in channels: send, read, edit, delete, react, type."""

import re
from dataclasses import replace

from tests.fakes.discord import forms, payloads, permissions
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.chat import Draft
from tests.fakes.discord.errors import Refused, wrong
from tests.fakes.discord.values import FakeChannel, FakeMessage, Json, Kind

_SILENT = (Kind.CATEGORY, Kind.FORUM)


def open_to(call: Call, channel: FakeChannel, *, sending: bool = True) -> None:
    """Refuse where the bot may not write."""
    if channel.kind in _SILENT:
        raise Refused(50008)
    if channel.guild:
        call.need(channel, "send_messages_in_threads" if channel.is_thread else "send_messages")
        if sending and call.request.files:
            call.need(channel, "attach_files")
    if channel.archived and channel.locked and not permissions.in_channel(call.bot.user_id, channel).manage_threads:
        raise Refused(160005)
    if channel.archived:
        raise Refused(50083)


async def send(call: Call) -> Json:
    channel = call.channel()
    open_to(call, channel)
    draft = forms.draft(call, channel)
    repeated = call.chat.sent_before(call.bot.user, draft.nonce) if call.body.get("enforce_nonce") else None
    return payloads.sent(repeated or call.chat.post(channel, call.bot.user, _replying(call, channel, draft)), call.bot)


def _replying(call: Call, channel: FakeChannel, draft: Draft) -> Draft:
    reference: Json | None = call.body.get("message_reference")
    if reference is None:
        return draft
    if not permissions.in_channel(call.bot.user_id, channel).read_message_history:
        raise Refused(160002)
    target = int(reference["message_id"])
    if target not in channel.messages:
        if reference.get("fail_if_not_exists", True):
            raise wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return draft
    return replace(draft, reference=target)


async def history(call: Call) -> list[Json]:
    """Newest first, as Discord gives it, whatever was asked for."""
    channel = call.channel()
    if channel.guild:
        call.need(channel, "view_channel")
        if not permissions.in_channel(call.bot.user_id, channel).read_message_history:
            return []
    query = call.request.query
    limit = int(query.get("limit", 50))
    if not 1 <= limit <= 100:
        raise wrong("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    ids = sorted(channel.messages)
    if "after" in query:
        chosen = [one for one in ids if one > int(query["after"])][:limit]
    elif "around" in query:
        middle, half = int(query["around"]), limit // 2
        before = [one for one in ids if one < middle][-half:] if half else []
        chosen = before + [one for one in ids if one >= middle][: limit - len(before)]
    else:
        chosen = [one for one in ids if one < int(query.get("before", ids[-1] + 1 if ids else 0))][-limit:]
    return [_read(call, channel.messages[one]) for one in reversed(chosen)]


def _read(call: Call, message: FakeMessage) -> Json:
    return payloads.message(message, call.bot, content="message_content" in call.bot.privileged)


async def read(call: Call) -> Json:
    channel = call.channel()
    if channel.guild:
        call.need(channel, "read_message_history")
    return _read(call, call.message(channel))


async def edit(call: Call) -> Json:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.bot.user:
        raise Refused(50005)
    if channel.archived:
        raise Refused(50083)
    forms.change(call, message)
    return payloads.message(message, call.bot)


async def delete(call: Call) -> None:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.bot.user:
        call.need(channel, "manage_messages")
    if channel.archived:
        raise Refused(50083)
    call.chat.delete(message)


async def bulk_delete(call: Call) -> None:
    channel = call.channel()
    call.need(channel, "manage_messages")
    ids = [int(one) for one in call.body["messages"]]
    if not 2 <= len(ids) <= 100:
        raise Refused(50016)
    call.chat.bulk_delete(channel, ids)


async def typing(call: Call) -> None:
    channel = call.channel()
    open_to(call, channel)
    call.world.tell.typing(channel, call.bot.user)


async def react(call: Call) -> None:
    channel = call.channel()
    message, emoji = call.message(channel), _emoji(call)
    if channel.archived:
        raise Refused(50083)
    if channel.guild:
        call.need(channel, "read_message_history")
        if emoji not in message.reactions:
            call.need(channel, "add_reactions")
    call.chat.react(message, call.bot.user, emoji)


async def unreact(call: Call) -> None:
    call.chat.unreact(call.message(call.channel()), call.bot.user, _emoji(call))


def _emoji(call: Call) -> str:
    emoji = call.request.params["emoji_name"]
    if re.fullmatch(r"[\w ]*", emoji, re.ASCII):
        raise Refused(10014, status=400)
    return emoji


_CHANNEL = "/channels/{channel_id}"
_MESSAGE = f"{_CHANNEL}/messages/{{message_id}}"
_MINE = f"{_MESSAGE}/reactions/{{emoji_name}}/@me"

ROUTES: Routes = {
    f"POST {_CHANNEL}/messages": send,
    f"GET {_CHANNEL}/messages": history,
    f"POST {_CHANNEL}/messages/bulk-delete": bulk_delete,
    f"POST {_CHANNEL}/typing": typing,
    f"GET {_MESSAGE}": read,
    f"PATCH {_MESSAGE}": edit,
    f"DELETE {_MESSAGE}": delete,
    f"PUT {_MINE}": react,
    f"DELETE {_MINE}": unreact,
}
