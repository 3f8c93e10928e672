"""Channels themselves: read, changed, deleted; and DMs opened."""

from tests.fakes.discord import payloads
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.errors import Refused
from tests.fakes.discord.values import FakeChannel, Json


async def read(call: Call) -> Json:
    return payloads.channel(call.channel(), call.bot)


async def change(call: Call) -> Json:
    channel, body = call.channel(), call.body
    if not channel.is_thread:
        call.need(channel, "manage_channels")
        channel.name = str(body.get("name", channel.name))
        channel.topic = body.get("topic", channel.topic)
        call.world.tell.channel_updated(channel)
        return payloads.channel(channel, call.bot)
    _may_change(call, channel)
    channel.name = str(body.get("name", channel.name))
    channel.auto_archive_minutes = int(body.get("auto_archive_duration", channel.auto_archive_minutes))
    channel.applied_tags = [int(tag) for tag in body.get("applied_tags", channel.applied_tags)]
    call.chat.archive(channel, archived=bool(body.get("archived", channel.archived)), locked=body.get("locked"))
    return payloads.channel(channel, call.bot)


def _may_change(call: Call, thread: FakeChannel) -> None:
    """Anyone who may send may unarchive a thread that is not locked; all else is its owner's or a moderator's."""
    only_unarchives = set(call.body) == {"archived"} and not call.body["archived"] and not thread.locked
    if only_unarchives:
        call.need(thread, "send_messages_in_threads")
    elif thread.owner_id != call.bot.user_id or thread.locked or "locked" in call.body:
        call.need(thread, "manage_threads")
    elif thread.archived and call.body.get("archived") is not False:
        raise Refused(50083)


async def delete(call: Call) -> Json:
    channel = call.channel()
    call.need(channel, "manage_threads" if channel.is_thread else "manage_channels")
    payload = payloads.channel(channel, call.bot)
    call.chat.delete_channel(channel)
    return payload


async def open_dm(call: Call) -> Json:
    user = call.world.users.get(int(call.body["recipient_id"]))
    if user is None:
        raise Refused(10013)
    if user.bot:
        raise Refused(50007)
    return payloads.channel(call.world.dm(call.bot, user), call.bot)


ROUTES: Routes = {
    "GET /channels/{channel_id}": read,
    "PATCH /channels/{channel_id}": change,
    "DELETE /channels/{channel_id}": delete,
    "POST /users/@me/channels": open_dm,
}
