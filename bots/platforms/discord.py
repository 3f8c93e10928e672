"""Serving Discord for a house: its settings from the config, its adapter, and what is posted there."""

import asyncio
import os

import structlog

from adapters.discord import NAME, DiscordHouse, open_discord
from adapters.shared.pace import PaceLimits, Rate
from adapters.shared.recent import Recent
from agents.errors import WrongUse
from agents.log.participants import ParticipantId, Profile, agent_id
from bots.config.places import Place
from bots.config.tables import DiscordTable
from bots.platforms.outbox import Sending, house_profile
from bots.surfaces import faces
from bots.wiring import House

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

LIMITS = PaceLimits(room=Rate(count=5, seconds=2.0), platform=Rate(count=45, seconds=1.0), draft=1.5, drafts=100)
"""Ahead of Discord's own limits, which it tells with every answer and which are kept as well."""

MET = 1000
"""Of how many people the faces are remembered that the rooms may not have heard of yet."""


async def serve_discord(house: House) -> None:
    """Serve Discord until cancelled. Raises `WrongUse` where the host bot's token or rights cannot work."""
    table = house.loaded.config.discord
    if table is None:
        raise WrongUse("Discord is not configured; add a [discord] table with bot_token to the config.")
    met: Recent[ParticipantId, Profile] = Recent(MET)
    async with open_discord(surroundings(house, table, met)) as discord:
        sending = Sending(
            house, NAME, discord.platform, LIMITS, speaking=discord.speaking, streaming=table.streaming, met=met
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(sending.run())
            group.create_task(discord.run())


def surroundings(house: House, table: DiscordTable, met: Recent[ParticipantId, Profile]) -> DiscordHouse:
    """The house as Discord's adapter sees it. Raises `WrongUse` where a token cannot be read."""
    loaded, bindings = house.loaded, house.bindings
    tokens = {
        agent_id(name): loaded.reveal(agent.discord.bot_token, f"agents.{name}.discord.bot_token", os.environ)
        for name, agent in loaded.config.agents.items()
        if agent.discord is not None
    }

    async def locate(room: str, *, channel: int, name: str, category: str, direct: bool) -> None:
        place = Place(platform=NAME, id=str(channel), name=name, category=category, direct=direct)
        await bindings.locate(room, place)

    def users(room: str) -> frozenset[str]:
        permissions = bindings.permissions(room)
        return permissions.users | permissions.approvers | permissions.admins

    return DiscordHouse(
        door=house.door,
        store=house.ports.store,
        clock=house.ports.clock,
        faces=lambda room: faces(house, room),
        known=house_profile(house, met),
        is_bound=lambda room: bindings.of(room) is not None,
        conversation=bindings.conversation,
        users=users,
        read=house.rooms.read,
        met=met,
        locate=locate,
        tell=_tell,
        token=loaded.reveal(table.bot_token, "discord.bot_token", os.environ),
        tokens=tokens,
        servers=frozenset(map(int, table.servers)),
        commands_server=int(table.commands_server) if table.commands_server else None,
        hops=loaded.config.limits.agent_turns_without_a_person,
    )


def _tell(sentence: str) -> None:
    """To whoever runs this: in the log, where every other warning is."""
    _log.warning("discord_needs_attention", what=sentence)
