"""Webhooks: made and listed by bots; posted through, and their messages edited, by whoever has the token."""

from tests.fakes.discord import forms, payloads
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.errors import Refused, too_long, wrong
from tests.fakes.discord.routes import callbacks
from tests.fakes.discord.values import FakeChannel, FakeMessage, FakeWebhook, Json, Kind, listed

MOST_IN_A_CHANNEL = 15
_HOLDERS = (Kind.TEXT, Kind.VOICE, Kind.FORUM)


def checked_name(name: str, field: str) -> str:
    """Discord's rules for what a webhook may be called."""
    if not 1 <= len(name.strip()) <= 80:
        raise wrong(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
    for word in ("discord", "clyde"):
        if word in name.lower():
            raise wrong(field, "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')
    if name.strip().lower() in ("everyone", "here"):
        raise wrong(field, "USERNAME_INVALID", f'Username cannot be "{name.strip()}"')
    return name


async def create(call: Call) -> Json:
    channel = call.channel()
    call.need(channel, "manage_webhooks")
    if channel.kind not in _HOLDERS:
        raise Refused(50024)
    if sum(one.channel is channel for one in call.world.webhooks.values()) >= MOST_IN_A_CHANNEL:
        raise Refused(30007)
    avatar = "0" * 32 if call.body.get("avatar") else None
    webhook = call.world.add_webhook(channel, call.bot, checked_name(str(call.body["name"]), "name"), avatar)
    return payloads.webhook(webhook, with_token=True)


async def in_channel(call: Call) -> list[Json]:
    channel = call.channel()
    call.need(channel, "manage_webhooks")
    return [_shown(call, one) for one in call.world.webhooks.values() if one.channel is channel]


async def in_guild(call: Call) -> list[Json]:
    guild = call.guild()
    mine = [one for one in call.world.webhooks.values() if one.channel.guild is guild]
    for webhook in mine:
        call.need(webhook.channel, "manage_webhooks")
    return [_shown(call, one) for one in mine]


def _shown(call: Call, webhook: FakeWebhook) -> Json:
    """An app sees the tokens of its own webhooks only."""
    return payloads.webhook(webhook, with_token=webhook.owner is call.bot)


async def read(call: Call) -> Json:
    webhook = _named(call)
    call.need(webhook.channel, "manage_webhooks")
    return _shown(call, webhook)


async def delete(call: Call) -> None:
    webhook = _named(call)
    call.need(webhook.channel, "manage_webhooks")
    del call.world.webhooks[webhook.id]
    call.world.tell.webhooks_updated(webhook.channel)


async def change(call: Call) -> Json:
    webhook = _named(call)
    call.need(webhook.channel, "manage_webhooks")
    if "name" in call.body:
        webhook.name = checked_name(str(call.body["name"]), "name")
    if "avatar" in call.body:
        webhook.avatar = "0" * 32 if call.body["avatar"] else None
    if call.body.get("channel_id"):
        webhook.channel = call.channel(int(call.body["channel_id"]))
    call.world.tell.webhooks_updated(webhook.channel)
    return _shown(call, webhook)


def _named(call: Call) -> FakeWebhook:
    webhook = call.world.webhooks.get(call.id("webhook_id"))
    if webhook is None:
        raise Refused(10015)
    return webhook


def _by_token(call: Call) -> FakeWebhook:
    webhook = _named(call)
    if webhook.token != call.request.params["webhook_token"]:
        raise Refused(50027)
    return webhook


async def read_by_token(call: Call) -> Json:
    webhook = payloads.webhook(_by_token(call), with_token=True)
    return {key: value for key, value in webhook.items() if key != "user"}


async def delete_by_token(call: Call) -> None:
    webhook = _by_token(call)
    del call.world.webhooks[webhook.id]
    call.world.tell.webhooks_updated(webhook.channel)


async def execute(call: Call) -> Json | None:
    """Post through a webhook, or follow an interaction up: those use the application's id."""
    if callbacks.follows_up(call):
        return await callbacks.follow_up(call)
    webhook = _by_token(call)
    draft = forms.draft(call, webhook.channel)
    name = call.body.get("username")
    if name is not None and not 1 <= len(name) <= 80:
        raise too_long("username", 80)
    channel = _destination(call, webhook, checked_name(name, "username") if name else webhook.name)
    shown = forms.renamed(draft, name or "", call.body.get("avatar_url"))
    message = call.chat.post(channel, webhook, shown)
    return payloads.message(message) if call.request.query.get("wait") in ("true", "1", "True") else None


def _destination(call: Call, webhook: FakeWebhook, name: str) -> FakeChannel:
    """The webhook's channel, one of its threads, or in a forum a new post; a message unarchives a thread."""
    thread_id, thread_name = call.request.query.get("thread_id"), call.body.get("thread_name")
    if webhook.channel.kind is Kind.FORUM:
        if not thread_id and not thread_name:
            raise Refused(220001)
        if thread_id and thread_name:
            raise Refused(220002)
    elif thread_name:
        raise Refused(220003)
    if thread_name:
        tags = [int(tag) for tag in listed(call.body, "applied_tags")]
        return call.chat.start_thread(webhook.channel, webhook.id, str(thread_name), tags=tags)
    if not thread_id:
        return webhook.channel
    thread = call.world.channels.get(int(thread_id))
    if thread is None or thread.parent is not webhook.channel:
        raise Refused(10003)
    if thread.locked:
        raise Refused(160005)
    if thread.archived:
        call.chat.archive(thread, archived=False)
    return thread


def _message(call: Call) -> FakeMessage:
    webhook = _by_token(call)
    thread_id = call.request.query.get("thread_id")
    channel = call.world.channels.get(int(thread_id)) if thread_id else webhook.channel
    if channel is None:
        raise Refused(10003)
    message = channel.messages.get(call.id("message_id"))
    if message is None or message.webhook_id != webhook.id:
        raise Refused(10008)
    return message


async def read_message(call: Call) -> Json:
    if callbacks.follows_up(call):
        return payloads.message(callbacks.message(call))
    return payloads.message(_message(call))


async def edit_message(call: Call) -> Json:
    if callbacks.follows_up(call):
        return await callbacks.edit(call)
    message = _message(call)
    if message.channel.archived:
        raise Refused(50083)
    forms.change(call, message)
    return payloads.message(message)


async def delete_message(call: Call) -> None:
    call.chat.delete(callbacks.message(call) if callbacks.follows_up(call) else _message(call))


_BY_TOKEN = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE = f"{_BY_TOKEN}/messages/{{message_id}}"

ROUTES: Routes = {
    "POST /channels/{channel_id}/webhooks": create,
    "GET /channels/{channel_id}/webhooks": in_channel,
    "GET /guilds/{guild_id}/webhooks": in_guild,
    "GET /webhooks/{webhook_id}": read,
    "PATCH /webhooks/{webhook_id}": change,
    "DELETE /webhooks/{webhook_id}": delete,
    f"GET {_BY_TOKEN}": read_by_token,
    f"DELETE {_BY_TOKEN}": delete_by_token,
    f"POST {_BY_TOKEN}": execute,
    f"GET {_MESSAGE}": read_message,
    f"PATCH {_MESSAGE}": edit_message,
    f"DELETE {_MESSAGE}": delete_message,
}
