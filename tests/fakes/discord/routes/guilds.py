"""Guilds, their channels, roles and members, as a bot may read them."""

from tests.fakes.discord import payloads, permissions
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.errors import Refused
from tests.fakes.discord.values import Json


async def read(call: Call) -> Json:
    return payloads.guild_settings(call.guild())


async def channels(call: Call) -> list[Json]:
    """Every channel that is no thread and that the bot sees: of others Discord tells nothing since 2026-11-16."""
    there = call.guild().channels.values()
    return [payloads.channel(one, call.bot) for one in there if permissions.shown(call.bot.user_id, one)]


async def roles(call: Call) -> list[Json]:
    return [payloads.role(one) for one in call.guild().roles.values()]


async def member(call: Call) -> Json:
    found = call.guild().members.get(call.id("user_id"))
    if found is None:
        raise Refused(10007)
    return payloads.member(found)


async def members(call: Call) -> list[Json]:
    guild = call.guild()
    if "members" not in call.bot.privileged:
        raise Refused(50001)
    after, limit = int(call.request.query.get("after", 0)), int(call.request.query.get("limit", 1))
    chosen = [guild.members[one] for one in sorted(guild.members) if one > after][:limit]
    return [payloads.member(one) for one in chosen]


async def mine(call: Call) -> list[Json]:
    guilds = [one for one in call.world.guilds.values() if call.bot.user_id in one.members]
    return [
        {
            "id": str(one.id),
            "name": one.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(permissions.in_guild(one, one.members[call.bot.user_id]).value),
            "features": [],
        }
        for one in guilds
    ]


async def leave(call: Call) -> None:
    guild = call.guild()
    del guild.members[call.bot.user_id]
    call.world.tell.guild_left(guild, call.bot)


ROUTES: Routes = {
    "GET /guilds/{guild_id}": read,
    "GET /guilds/{guild_id}/channels": channels,
    "GET /guilds/{guild_id}/roles": roles,
    "GET /guilds/{guild_id}/members/{user_id}": member,
    "GET /guilds/{guild_id}/members": members,
    "GET /users/@me/guilds": mine,
    "DELETE /users/@me/guilds/{guild_id}": leave,
}
