"""auth.*, users.*, usergroups.*, bots.*, team.*: who is who."""

from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.paging import page
from tests.fakes.slack.shapes import user_json
from tests.fakes.slack.world import Payload


@method("auth.test", tier=4)
async def auth_test(call: Call) -> Payload:
    """Whose token it is."""
    team, bot = call.site.world.teams[call.team], call.bot
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": call.site.world.user(team.id, bot.bot_user).name,
        "team_id": team.id,
        "user_id": bot.bot_user,
        "bot_id": bot.bot_id,
        "is_enterprise_install": False,
    }


@method("users.info", "user! include_locale:bool", scope="users:read", tier=4)
async def users_info(call: Call) -> Payload:
    """One user."""
    user = call.site.world.users.get((call.team, call.text("user")))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user_json(user)}


@method("users.list", "cursor limit:int include_locale:bool team_id", scope="users:read", tier=2)
async def users_list(call: Call) -> Payload:
    """Everybody that the team knows."""
    users = [user_json(user) for (team, _), user in call.site.world.users.items() if team == call.team]
    shown, more = page(call, users)
    return {"members": shown, "cache_ts": int(call.site.clock.now())} | more


@method(
    "usergroups.list",
    "include_users:bool include_count:bool include_disabled:bool team_id",
    scope="usergroups:read",
    tier=2,
)
async def usergroups_list(call: Call) -> Payload:
    """The team's groups."""
    groups: list[Payload] = []
    for group in call.site.world.groups.values():
        if group.team != call.team or not (group.enabled or call.flag("include_disabled")):
            continue
        shape: Payload = {
            "id": group.id,
            "team_id": group.team,
            "is_usergroup": True,
            "name": group.handle,
            "handle": group.handle,
            "date_delete": 0 if group.enabled else 1,
            "user_count": len(group.users),
        }
        if call.flag("include_users"):
            shape["users"] = list(group.users)
        groups.append(shape)
    return {"usergroups": groups}


@method("usergroups.users.list", "usergroup! include_disabled:bool team_id", scope="usergroups:read", tier=2)
async def usergroups_users(call: Call) -> Payload:
    """Who is in a group."""
    group = call.site.world.groups.get(call.text("usergroup"))
    if group is None or group.team != call.team:
        raise Refused("no_such_subteam")
    return {"users": list(group.users)}


@method("bots.info", "bot team_id", scope="users:read", tier=3)
async def bots_info(call: Call) -> Payload:
    """One bot; without ``bot`` nothing, as in Slack."""
    wanted = call.maybe("bot")
    if wanted is None:
        return {}
    for app, install in call.site.world.installs(call.team):
        if install.bot_id == wanted:
            return {
                "bot": {
                    "id": wanted,
                    "app_id": app.app_id,
                    "user_id": install.bot_user,
                    "name": app.name,
                    "deleted": False,
                    "updated": 0,
                    "icons": {},
                }
            }
    raise Refused("bot_not_found")


@method("team.info", "team domain", scope="team:read", tier=3)
async def team_info(call: Call) -> Payload:
    """The caller's team."""
    team = call.site.world.teams[call.team]
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}
