"""How Discord writes what there is, as JSON."""

from discord import Permissions

from tests.fakes.discord import permissions
from tests.fakes.discord.moments import iso, made_at
from tests.fakes.discord.values import (
    THREAD_STARTER,
    Attachment,
    FakeBot,
    FakeChannel,
    FakeMember,
    FakeMessage,
    FakeRole,
    FakeUser,
    FakeWebhook,
    Json,
    Kind,
)
from tests.fakes.discord.world import FakeGuild

HIDDEN = "___hidden___"
OBFUSCATED = 1 << 17
_TOLD_OF_HIDDEN = ("id", "type", "guild_id", "parent_id", "position", "bitrate", "user_limit")


def user(who: FakeUser) -> Json:
    return {
        "id": str(who.id),
        "username": who.name,
        "discriminator": "0",
        "global_name": None,
        "avatar": who.avatar,
        "bot": who.bot,
        "public_flags": 0,
        "flags": 0,
    }


def member(of: FakeMember, *, with_user: bool = True) -> Json:
    payload: Json = {
        "roles": [str(role.id) for role in of.roles],
        "nick": of.nick,
        "avatar": None,
        "joined_at": iso(of.joined_at),
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }
    return {**payload, "user": user(of.user)} if with_user else payload


def role(of: FakeRole) -> Json:
    payload: Json = {
        "id": str(of.id),
        "name": of.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(of.permissions.value),
        "managed": of.managed_by is not None,
        "mentionable": of.mentionable,
        "flags": 0,
    }
    return {**payload, "tags": {"bot_id": str(of.managed_by)}} if of.managed_by else payload


def guild(of: FakeGuild, threads: list[FakeChannel], viewer: FakeBot, *, all_members: bool) -> Json:
    """A GUILD_CREATE's payload: what this bot sees of a guild."""
    members = of.members.values() if all_members else [of.members[viewer.user_id]]
    return {
        **guild_settings(of),
        "large": False,
        "joined_at": iso(of.members[viewer.user_id].joined_at),
        "member_count": len(of.members),
        "members": [member(one) for one in members],
        "channels": [channel_as_told(one, viewer) for one in of.channels.values()],
        "threads": [
            channel(one, viewer) for one in threads if not one.archived and permissions.sees(viewer.user_id, one)
        ],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def guild_settings(of: FakeGuild) -> Json:
    return {
        "id": str(of.id),
        "name": of.name,
        "icon": None,
        "splash": None,
        "description": None,
        "owner_id": str(of.owner_id),
        "roles": [role(one) for one in of.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "preferred_locale": "en-US",
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
    }


def channel(of: FakeChannel, viewer: FakeBot | None = None) -> Json:
    last = max(of.messages, default=None)
    payload: Json = {
        "id": str(of.id),
        "type": int(of.kind),
        "last_message_id": None if last is None else str(last),
        "flags": 0,
    }
    if of.guild is None:
        others = [user(one) for one in of.recipients if viewer is None or one.id != viewer.user_id]
        return {**payload, "recipients": others}
    payload |= {
        "guild_id": str(of.guild.id),
        "name": of.name,
        "parent_id": str(of.parent.id) if of.parent else None,
        "rate_limit_per_user": 0,
    }
    return payload | (_thread(of, viewer) if of.is_thread else _placed(of))


def channel_as_told(of: FakeChannel, viewer: FakeBot) -> Json:
    """A server's channel as the gateway tells a bot: of one that it may not see, next to nothing, since 2026-11-16."""
    whole = channel(of, viewer)
    if permissions.shown(viewer.user_id, of):
        return whole
    hidden: Json = {"id": whole["guild_id"], "type": 0, "allow": "0", "deny": str(Permissions(view_channel=True).value)}
    kept = {key: whole[key] for key in _TOLD_OF_HIDDEN if key in whole}
    nothing: Json = {"last_message_id": None, "topic": None, "nsfw": False, "rate_limit_per_user": 0}
    return {**kept, **nothing, "name": HIDDEN, "flags": OBFUSCATED, "permission_overwrites": [hidden]}


def _placed(of: FakeChannel) -> Json:
    assert of.guild is not None
    payload: Json = {
        "position": 0,
        "nsfw": False,
        "topic": of.topic,
        "permission_overwrites": [
            {
                "id": str(whose),
                "type": 0 if whose in of.guild.roles else 1,
                "allow": str(overwrite.allow.value),
                "deny": str(overwrite.deny.value),
            }
            for whose, overwrite in of.overwrites.items()
        ],
    }
    if of.kind is Kind.VOICE:
        return {**payload, "bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if of.kind is not Kind.FORUM:
        return payload
    return {**payload, "available_tags": of.tags, "default_reaction_emoji": None, "default_sort_order": None}


def _thread(of: FakeChannel, viewer: FakeBot | None) -> Json:
    payload: Json = {
        "owner_id": str(of.owner_id),
        "message_count": len(of.messages),
        "total_message_sent": len(of.messages),
        "member_count": len(of.members),
        "applied_tags": [str(tag) for tag in of.applied_tags],
        "thread_metadata": {
            "archived": of.archived,
            "auto_archive_duration": of.auto_archive_minutes,
            "archive_timestamp": iso(of.archived_at or made_at(of.id)),
            "locked": of.locked,
            "create_timestamp": iso(made_at(of.id)),
        },
    }
    if viewer and viewer.user_id in of.members:
        payload["member"] = {
            "id": str(of.id),
            "user_id": str(viewer.user_id),
            "join_timestamp": iso(made_at(of.id)),
            "flags": 0,
        }
    return payload


def attachment(of: Attachment) -> Json:
    return {
        "id": str(of.id),
        "filename": of.name,
        "size": len(of.content),
        "url": of.url,
        "proxy_url": of.url,
        "content_type": of.media_type,
    }


def webhook(of: FakeWebhook, *, with_token: bool) -> Json:
    payload: Json = {
        "id": str(of.id),
        "type": 1,
        "guild_id": str(of.channel.guild.id) if of.channel.guild else None,
        "channel_id": str(of.channel.id),
        "user": user(of.owner.user),
        "name": of.name,
        "avatar": of.avatar,
        "application_id": str(of.owner.application_id),
    }
    return {**payload, "token": of.token} if with_token else payload


def author(of: FakeMessage) -> Json:
    if of.webhook_id is None and of.author:
        return user(of.author)
    return {
        "id": str(of.author_id),
        "username": of.author_name,
        "discriminator": "0000",
        "avatar": of.author_avatar,
        "bot": True,
        "global_name": None,
        "public_flags": 0,
    }


def mentions_user(of: FakeMessage, user_id: int) -> bool:
    return f"<@{user_id}>" in of.rang or f"<@{user_id}>" in of.content or f"<@!{user_id}>" in of.content


def message(of: FakeMessage, viewer: FakeBot | None = None, *, content: bool = True, deep: bool = True) -> Json:
    """A message as ``viewer`` reads it: without ``content`` unless it is a DM, its own, or mentions it."""
    there = of.channel
    readable = (
        content
        or viewer is None
        or there.guild is None
        or of.author_id == viewer.user_id
        or of.application_id == viewer.application_id
        or mentions_user(of, viewer.user_id)
    )
    world = there.guild.world if there.guild else None
    rung = [one for one in (world.users.values() if world else there.recipients) if one.mention in of.rang]
    payload: Json = {
        "id": str(of.id),
        "type": of.type,
        "channel_id": str(there.id),
        "author": author(of),
        "content": of.content if readable else "",
        "timestamp": iso(made_at(of.id)),
        "edited_timestamp": iso(of.edited_at) if of.edited_at is not None else None,
        "tts": False,
        "mention_everyone": "@everyone" in of.rang or "@here" in of.rang,
        "mentions": [_mentioned(one, there.guild) for one in rung],
        "mention_roles": [ring[3:-1] for ring in sorted(of.rang) if ring.startswith("<@&")],
        "attachments": [attachment(one) for one in of.attachments] if readable else [],
        "embeds": of.embeds if readable else [],
        "components": of.components if readable else [],
        "pinned": False,
        "flags": of.flags,
    }
    if of.webhook_id is not None:
        payload["webhook_id"] = str(of.webhook_id)
    if of.application_id is not None:
        payload["application_id"] = str(of.application_id)
    if of.reactions:
        payload["reactions"] = [_reaction(name, who, viewer) for name, who in of.reactions.items()]
    if of.thread:
        payload["thread"] = channel(of.thread, viewer)
    if of.forwarded:
        payload |= _forward(of.forwarded)
    if of.poll and readable:
        payload["poll"] = of.poll
    if of.interaction:
        payload["interaction_metadata"] = of.interaction
    return payload | (_reference(of, viewer, content=content, deep=deep) if of.reference else {})


def sent(of: FakeMessage, viewer: FakeBot, *, content: bool = True) -> Json:
    """A message as its sending is answered and told: only there does Discord give the nonce back."""
    whole = message(of, viewer, content=content)
    return whole if of.nonce is None else {**whole, "nonce": of.nonce}


def _mentioned(who: FakeUser, there: FakeGuild | None) -> Json:
    of = there.members.get(who.id) if there else None
    return {**user(who), "member": member(of, with_user=False)} if of else user(who)


def _reaction(name: str, who: list[int], viewer: FakeBot | None) -> Json:
    return {
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "me": viewer is not None and viewer.user_id in who,
        "me_burst": False,
        "burst_colors": [],
        "emoji": emoji(name),
    }


def emoji(name: str) -> Json:
    return {"id": None, "name": name}


def _reference(of: FakeMessage, viewer: FakeBot | None, *, content: bool, deep: bool) -> Json:
    there = of.channel
    assert of.reference is not None
    source = there
    if of.type == THREAD_STARTER and there.parent:
        source = there.parent
    reference: Json = {"type": 0, "message_id": str(of.reference), "channel_id": str(source.id)}
    if there.guild:
        reference["guild_id"] = str(there.guild.id)
    if not deep:
        return {"message_reference": reference}
    target = source.messages.get(of.reference)
    return {
        "message_reference": reference,
        "referenced_message": message(target, viewer, content=content, deep=False) if target else None,
    }


def _forward(of: FakeMessage) -> Json:
    """A copy without its author."""
    kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "components")
    whole = message(of, deep=False)
    reference: Json = {"type": 1, "message_id": str(of.id), "channel_id": str(of.channel.id)}
    if of.channel.guild:
        reference["guild_id"] = str(of.channel.guild.id)
    copied: Json = {"mentions": [], "mention_roles": [], **{key: whole[key] for key in kept}}
    return {"message_reference": reference, "message_snapshots": [{"message": copied}]}


def application_flags(of: FakeBot) -> int:
    """Which privileged intents are switched on, as a bot in fewer than 100 guilds has them."""
    bits = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
    return sum(bits[name] for name in of.privileged)
