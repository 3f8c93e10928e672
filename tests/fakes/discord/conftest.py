"""A fake Discord with one guild, one channel, one person and one bot whose client is alive."""

from collections.abc import AsyncGenerator

import discord
import pytest

from tests.fakes.discord import FakeBot, FakeChannel, FakeDiscord, FakeGuild, FakeUser
from tests.fakes.discord.living import QuickClient, living


@pytest.fixture
async def discord_() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord.open() as fake:
        with fake.routed():
            yield fake


@pytest.fixture
def guild(discord_: FakeDiscord) -> FakeGuild:
    return discord_.add_guild("Guild")


@pytest.fixture
def channel(guild: FakeGuild) -> FakeChannel:
    return guild.add_channel("data")


@pytest.fixture
def bot(discord_: FakeDiscord, guild: FakeGuild) -> FakeBot:
    return discord_.add_bot("Tertulia", guilds=[guild])


@pytest.fixture
def ana(discord_: FakeDiscord, guild: FakeGuild) -> FakeUser:
    return discord_.add_member(guild, "ana")


@pytest.fixture
async def client(bot: FakeBot, channel: FakeChannel) -> AsyncGenerator[QuickClient]:
    client = QuickClient(allowed_mentions=discord.AllowedMentions.none())
    async with living(client, bot):
        yield client


@pytest.fixture
def place(client: QuickClient, channel: FakeChannel) -> discord.TextChannel:
    """The channel as the client knows it."""
    found = client.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found
