"""Looking at Discord's bots: for doctor, and to invite them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from adapters.discord import (
    HOST_RIGHTS,
    NAME,
    OWN_RIGHTS,
    Bot,
    Looked,
    content_hint,
    invitation,
    look_around,
    look_at,
)
from agents.errors import PlatformFailed, WrongUse
from agents.ports import Clock
from bots.checks import Finding, Probes
from bots.clock import SystemClock
from bots.config import Loaded
from bots.config.places import Place
from bots.config.tables import SecretReference

NEEDED = ("view_channel", "send_messages")
"""Without these the host bot cannot serve a channel at all."""


async def check_discord(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Nothing where Discord is not configured; else one finding for each bot, and one for each right it lacks."""
    found: list[Finding] = []
    served: Sequence[Looked] = ()
    for agent in tokens_of(loaded):
        try:
            bot = await bot_of(loaded, probes.environment, agent, SystemClock())
        except (WrongUse, PlatformFailed) as error:
            found.append(Finding(check="discord", status="problem", text=str(error)))
            continue
        if agent or bot.reads_content:
            found.append(Finding(check="discord", status="ok", text=f"Discord knows the bot {bot.name}."))
        else:
            found.append(Finding(check="discord", status="problem", text=content_hint(bot)))
        rights = OWN_RIGHTS if agent else HOST_RIGHTS
        try:
            seen = await look_around(bot, _servers(loaded), rights)
        except PlatformFailed as error:
            found.append(Finding(check="discord", status="warning", text=str(error)))
            continue
        if not agent:
            served = [one for one in seen if loaded.config.channel(_place(one)) is not None]
            found += _unseen(loaded, bot, seen)
        found += _lacking(bot, _of_team(loaded, seen, served), rights, is_host=not agent)
    return found


def _of_team(loaded: Loaded, seen: Sequence[Looked], served: Sequence[Looked]) -> Sequence[Looked]:
    """The channels that have a team by the config; those that the bot does not see are known from the host."""
    known, servers = {one.id for one in seen}, {one.server for one in seen}
    hidden = [replace(one, lacks=("view_channel",)) for one in served if one.id not in known and one.server in servers]
    return [*[one for one in seen if loaded.config.channel(_place(one)) is not None], *hidden]


def _lacking(bot: Bot, channels: Sequence[Looked], rights: Mapping[str, str], *, is_host: bool) -> Sequence[Finding]:
    """The permissions that the bot lacks in these channels."""
    found: list[Finding] = []
    for channel in channels:
        for right in channel.lacks:
            name = right.replace("_", " ").title()
            text = f"{bot.name} lacks {name} in #{channel.name} of {channel.server} ({rights[right]}); give it there."
            is_problem = is_host and right in NEEDED
            found.append(Finding(check="discord", status="problem" if is_problem else "warning", text=text))
    return found


def _unseen(loaded: Loaded, host: Bot, seen: Sequence[Looked]) -> Sequence[Finding]:
    """The channels that the config names for certain and that the host does not see: Discord tells nothing of them."""
    named = [one for table in loaded.config.channels for one in table.match if one.kind in ("name", "id")]
    certain = [one for one in named if one.platform == NAME and "*" not in one.value]
    return [
        Finding(
            check="discord",
            status="warning",
            text=f"{host.name} sees no channel {pattern}; make it, or give {host.name} View Channel there.",
        )
        for pattern in certain
        if not any(pattern.matches(_place(one)) for one in seen)
    ]


def _place(channel: Looked) -> Place:
    return Place(platform=NAME, id=str(channel.id), name=channel.name, category=channel.category, direct=False)


def _servers(loaded: Loaded) -> Collection[int]:
    table = loaded.config.discord
    return frozenset(map(int, table.servers)) if table else frozenset()


async def invite(loaded: Loaded, environment: Mapping[str, str], agent: str) -> str:
    """The address that invites the host bot, or an agent's own. Raises `WrongUse` and `PlatformFailed`."""
    if agent not in tokens_of(loaded):
        table = f"[agents.{agent}.discord]" if agent else "[discord]"
        raise WrongUse(f"The config has no {table} table with a bot_token; add it first.")
    bot = await bot_of(loaded, environment, agent, SystemClock())
    return invitation(bot, OWN_RIGHTS if agent else HOST_RIGHTS)


async def bot_of(loaded: Loaded, environment: Mapping[str, str], agent: str, clock: Clock) -> Bot:
    """The bot of an agent, or the host bot (empty). Raises `WrongUse` and `PlatformFailed`."""
    key = f"agents.{agent}.discord.bot_token" if agent else "discord.bot_token"
    token = loaded.reveal(tokens_of(loaded)[agent], key, environment)
    return await look_at(token, key, clock)


def tokens_of(loaded: Loaded) -> Mapping[str, SecretReference]:
    """Each bot's token by its agent; the host bot's is the empty name's. Nothing where Discord is not configured."""
    if loaded.config.discord is None:
        return {}
    agents = loaded.config.agents.items()
    own = {name: table.discord.bot_token for name, table in agents if table.discord is not None}
    return {"": loaded.config.discord.bot_token, **own}
