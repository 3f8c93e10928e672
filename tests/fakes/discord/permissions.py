"""Who may do what where: Discord's algorithm over roles and overwrites."""

from discord import Permissions

from tests.fakes.discord.values import FakeChannel, FakeMember, Kind
from tests.fakes.discord.world import FakeGuild

_IN_A_DM = Permissions(
    view_channel=True,
    send_messages=True,
    read_message_history=True,
    add_reactions=True,
    attach_files=True,
    embed_links=True,
    use_application_commands=True,
)


def in_guild(guild: FakeGuild, member: FakeMember) -> Permissions:
    if member.user.id == guild.owner_id:
        return Permissions.all()
    bits = guild.everyone.permissions.value
    for role in member.roles:
        bits |= role.permissions.value
    return Permissions.all() if Permissions(bits).administrator else Permissions(bits)


def in_channel(user_id: int, channel: FakeChannel) -> Permissions:
    """What somebody may do in a channel; nothing, if they are not there. A thread has its parent's permissions."""
    guild = channel.guild
    if guild is None:
        return _IN_A_DM if any(user.id == user_id for user in channel.recipients) else Permissions.none()
    member = guild.members.get(user_id)
    if member is None or channel.deleted:
        return Permissions.none()
    where = channel.parent if channel.is_thread and channel.parent else channel
    allowed = in_guild(guild, member)
    if allowed.administrator:
        return allowed
    bits = allowed.value
    everyone = where.overwrites.get(guild.id)
    if everyone:
        bits = bits & ~everyone.deny.value | everyone.allow.value
    theirs = [where.overwrites[role.id] for role in member.roles if role.id in where.overwrites]
    for overwrite in theirs:
        bits &= ~overwrite.deny.value
    for overwrite in theirs:
        bits |= overwrite.allow.value
    own = where.overwrites.get(user_id)
    if own:
        bits = bits & ~own.deny.value | own.allow.value
    result = Permissions(bits)
    return result if result.view_channel else Permissions.none()


def sees(user_id: int, channel: FakeChannel) -> bool:
    """Whether a channel is there for somebody: a private thread only for its members and those who manage threads."""
    allowed = in_channel(user_id, channel)
    if channel.kind is Kind.PRIVATE_THREAD and user_id not in channel.members:
        return allowed.manage_threads
    return allowed.view_channel


def shown(user_id: int, channel: FakeChannel) -> bool:
    """Whether all that a channel is may be told: a category is there for whoever sees one of its channels."""
    if channel.kind is not Kind.CATEGORY or channel.guild is None:
        return sees(user_id, channel)
    inside = [one for one in channel.guild.channels.values() if one.parent is channel]
    return sees(user_id, channel) or any(sees(user_id, one) for one in inside)
