"""`/tertulia VERB`: the core's commands as Discord's, told to Discord only when they changed."""

import asyncio
import hashlib
import io
import json

import aiohttp
import discord
import structlog
from discord import app_commands

from adapters.discord.client import Client, Interaction
from adapters.discord.house import DiscordHouse
from adapters.discord.message_text import where_of
from adapters.discord.people import People
from adapters.discord.servers import Servers
from adapters.discord.sources import act_of
from adapters.shared.render_discord import discord_markdown
from agents.errors import NotAllowed, PlatformFailed, StoreFailed, WrongUse
from agents.people.command_actions import PrivateReply
from agents.people.commands import command_of, help_text

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

NAMESPACE = "discord"
SECONDS = 60.0
_SHOWN = 1900


class SlashCommands:
    """Carries out what people order by a slash command; the answer is for them alone. ``servers`` are obeyed alone."""

    def __init__(self, house: DiscordHouse, people: People, servers: Servers):
        self._house, self._people, self._servers = house, people, servers
        self._server = discord.Object(house.commands_server) if house.commands_server is not None else None

    def add_to(self, client: Client) -> None:
        """Give the client its commands, before it starts."""
        group: app_commands.Group = app_commands.Group(
            name="tertulia", description="The team of agents in this channel."
        )
        for verb, says in self._house.door.commands():
            group.add_command(self._command(verb, says))
        client.tree.add_command(group, guild=self._server)

    async def sync(self, client: Client) -> None:
        """Tell Discord the commands if they are others than last time."""
        key = f"commands:{client.application_id}" + (f":{self._server.id}" if self._server else "")
        payload = [one.to_dict(client.tree) for one in client.tree.get_commands(guild=self._server)]
        told = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        try:
            if await self._house.store.facts.get(NAMESPACE, key) != told:
                async with asyncio.timeout(SECONDS):
                    await client.tree.sync(guild=self._server)
                await self._house.store.facts.put(NAMESPACE, key, told)
        except (discord.DiscordException, aiohttp.ClientError, OSError, StoreFailed) as error:
            _log.warning("discord_commands_not_told", reason=str(error))

    def _command(self, verb: str, says: str) -> "app_commands.Command[app_commands.Group, ..., None]":
        usage = help_text("/", verb).partition(":")[0].removeprefix(f"/{verb}").strip()
        takes = app_commands.Command[app_commands.Group, ..., None]
        if not usage:

            async def bare(interaction: discord.Interaction[Client]) -> None:
                await self._carry_out(interaction, verb)

            return takes(name=verb, description=says[:100], callback=bare)

        @app_commands.describe(words=usage[:100])
        async def with_words(
            interaction: discord.Interaction[Client], words: app_commands.Range[str, 0, 1000] = ""
        ) -> None:
            await self._carry_out(interaction, f"{verb} {words}")

        return takes(name=verb, description=says[:100], callback=with_words)

    async def _carry_out(self, interaction: Interaction, words: str) -> None:
        nobody = discord.AllowedMentions.none()
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            reply = await self._answer(interaction, words.strip())
            text, file = discord_markdown(reply.text), discord.utils.MISSING
            if reply.file is not None:
                file = discord.File(io.BytesIO(reply.file.content), reply.file.name)
            elif len(text) > _SHOWN:
                file = discord.File(io.BytesIO(reply.text.encode()), "answer.md")
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            await interaction.followup.send(shown, file=file, ephemeral=True, allowed_mentions=nobody)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            _log.warning("discord_command_not_answered", reason=str(error))

    async def _answer(self, interaction: Interaction, words: str) -> PrivateReply:
        where = where_of(interaction.channel) if interaction.channel else None
        if where is None:
            return PrivateReply(text="Commands are for channels and direct messages; write this one there.")
        if where.server is not None and not self._servers.serves(where.server):
            return PrivateReply(
                text="This server is not served; whoever runs Tertulia can add it to [discord] servers."
            )
        by = self._people.acting(interaction.user, interaction.guild_id)
        try:
            async with asyncio.timeout(SECONDS):
                groups = await self._people.groups(interaction.user, interaction.guild)
                source = act_of(interaction.id)
                return await self._house.door.order(where.room, by, command_of(words), source=source, groups=groups)
        except (NotAllowed, WrongUse) as refused:
            return PrivateReply(text=str(refused))
        except (StoreFailed, PlatformFailed, TimeoutError) as error:
            _log.warning("discord_command_failed", reason=str(error) or type(error).__name__)
            return PrivateReply(text="That could not be done just now; try again in a moment.")
