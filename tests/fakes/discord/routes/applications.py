"""The bot's own account, its application and its commands; people's accounts; where the gateway is."""

import re

from tests.fakes.discord import payloads
from tests.fakes.discord.calls import Call, Routes
from tests.fakes.discord.errors import Refused, wrong
from tests.fakes.discord.values import Json

_NAME = re.compile(r"[-_'\w]{1,32}")


async def me(call: Call) -> Json:
    return {**payloads.user(call.bot.user), "verified": True, "mfa_enabled": False, "email": None}


async def user(call: Call) -> Json:
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise Refused(10013)
    return payloads.user(found)


async def application(call: Call) -> Json:
    bot = call.bot
    return {
        "id": str(bot.application_id),
        "name": bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": payloads.user(bot.user),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": payloads.application_flags(bot),
        "owner": payloads.user(next(iter(call.world.users.values()))),
        "team": None,
    }


async def gateway(call: Call) -> Json:
    return {"url": f"{call.world.url.replace('http', 'ws', 1)}/gw/"}


async def gateway_for_bot(call: Call) -> Json:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
    return {**await gateway(call), "shards": 1, "session_start_limit": limit}


async def commands(call: Call) -> list[Json]:
    return _kept(call)


async def put_commands(call: Call) -> list[Json]:
    """Replace all commands, those of one guild or the global ones."""
    wanted: list[Json] = call.request.json
    names = [(one.get("type", 1), one["name"]) for one in wanted]
    if len(set(names)) < len(names):
        raise wrong("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    kept = _kept(call)
    before = {one["name"]: one["id"] for one in kept}
    kept[:] = [_command(call, one, before.get(one["name"])) for one in wanted]
    return kept


async def add_command(call: Call) -> Json:
    kept = _kept(call)
    before = next((one for one in kept if one["name"] == call.body["name"]), None)
    if before:
        kept.remove(before)
    kept.append(_command(call, call.body, before["id"] if before else None))
    return kept[-1]


async def delete_command(call: Call) -> None:
    kept = _kept(call)
    found = next((one for one in kept if one["id"] == call.request.params["command_id"]), None)
    if found is None:
        raise Refused(10063)
    kept.remove(found)


def _kept(call: Call) -> list[Json]:
    if call.id("application_id") != call.bot.application_id:
        raise Refused(10002)
    if "guild_id" in call.request.params:
        return call.bot.guild_commands.setdefault(call.guild().id, [])
    return call.bot.commands


def _command(call: Call, wanted: Json, known_id: str | None) -> Json:
    _check(wanted, "", is_command=True)
    command = {
        "type": 1,
        "description": "",
        "default_member_permissions": None,
        "nsfw": False,
        **wanted,
        "id": known_id or str(call.world.time.new_id()),
        "application_id": str(call.bot.application_id),
        "version": str(call.world.time.new_id()),
    }
    guild_id = call.request.params.get("guild_id")
    return {**command, "guild_id": guild_id} if guild_id else command


def _check(wanted: Json, path: str, *, is_command: bool) -> None:
    """Names are short and lower case, descriptions are there, at most 25 options, the required ones first."""
    name, chat_input = str(wanted["name"]), not is_command or wanted.get("type", 1) == 1
    if chat_input and (not _NAME.fullmatch(name) or name != name.lower()):
        raise wrong(f"{path}name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if chat_input and not 1 <= len(wanted.get("description") or "") <= 100:
        raise wrong(f"{path}description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    options: list[Json] = wanted.get("options") or []
    if len(options) > 25:
        raise wrong(f"{path}options", "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")
    required = [bool(one.get("required")) for one in options]
    if required != sorted(required, reverse=True):
        raise wrong(f"{path}options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options come first")
    for at, option in enumerate(options):
        _check(option, f"{path}options.{at}.", is_command=False)


_COMMANDS = "/applications/{application_id}/commands"
_GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES: Routes = {
    "GET /users/@me": me,
    "GET /users/{user_id}": user,
    "GET /oauth2/applications/@me": application,
    "GET /applications/@me": application,
    "GET /gateway": gateway,
    "GET /gateway/bot": gateway_for_bot,
    f"GET {_COMMANDS}": commands,
    f"PUT {_COMMANDS}": put_commands,
    f"POST {_COMMANDS}": add_command,
    f"DELETE {_COMMANDS}/{{command_id}}": delete_command,
    f"GET {_GUILD_COMMANDS}": commands,
    f"PUT {_GUILD_COMMANDS}": put_commands,
    f"POST {_GUILD_COMMANDS}": add_command,
    f"DELETE {_GUILD_COMMANDS}/{{command_id}}": delete_command,
}
