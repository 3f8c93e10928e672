"""reactions.*: emoji under messages."""

import re

from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import Channel, FakeMessage, Payload, Reaction

_NAME = re.compile(r"^[a-z0-9_+'-]+(::skin-tone-[2-6])?$")


@method("reactions.add", "channel! name! timestamp!", scope="reactions:write", tier=3)
async def add(call: Call) -> Payload:
    """React as the bot."""
    channel, message = _target(call)
    if not await react(call.site, channel, message, call.bot.bot_user, call.text("name")):
        raise Refused("already_reacted")
    return {}


@method("reactions.remove", "channel name! timestamp file file_comment", scope="reactions:write", tier=2)
async def remove(call: Call) -> Payload:
    """Take back an own reaction."""
    if not (call.maybe("channel") and call.maybe("timestamp")):
        raise Refused("no_item_specified")
    channel, message = _target(call)
    if not await unreact(call.site, channel, message, call.bot.bot_user, call.text("name")):
        raise Refused("no_reaction")
    return {}


async def react(site: Site, channel: Channel, message: FakeMessage, user: str, name: str) -> bool:
    """Add a reaction and tell the apps; False if it was there."""
    reaction = next((one for one in message.reactions if one.name == name), None)
    if reaction is None:
        reaction = Reaction(name, [])
        message.reactions.append(reaction)
    if user in reaction.users:
        return False
    reaction.users.append(user)
    await site.hearing.happened(channel, _event(site, "reaction_added", channel, message, user, name))
    return True


async def unreact(site: Site, channel: Channel, message: FakeMessage, user: str, name: str) -> bool:
    """Take a reaction away and tell the apps; False if there was none."""
    reaction = next((one for one in message.reactions if one.name == name and user in one.users), None)
    if reaction is None:
        return False
    reaction.users.remove(user)
    if not reaction.users:
        message.reactions.remove(reaction)
    event = _event(site, "reaction_removed", channel, message, user, name)
    await site.hearing.happened(channel, event)
    return True


def _target(call: Call) -> tuple[Channel, FakeMessage]:
    channel = call.channel()
    if not _NAME.match(call.text("name")):
        raise Refused("invalid_name")
    if channel.archived:
        raise Refused("is_archived")
    if call.bot.bot_user not in channel.members:
        raise Refused("not_in_channel")
    message = channel.messages.get(call.text("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    return channel, message


def _event(site: Site, kind: str, channel: Channel, message: FakeMessage, user: str, name: str) -> Payload:
    event: Payload = {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "event_ts": site.world.new_ts(),
    }
    if message.user is not None:
        event["item_user"] = message.user
    return event
