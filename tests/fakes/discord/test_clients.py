"""Real discord.py clients live on the fake as they would on Discord."""

import asyncio

import discord

from tests.fakes.discord import FakeDiscord


async def test_a_client_hears_what_a_person_says_and_answers():
    async with FakeDiscord.open() as discord_:
        guild = discord_.add_guild("Guild")
        channel = guild.add_channel("data")
        bot = discord_.add_bot("Tertulia", guilds=[guild])
        ana = discord_.add_member(guild, "ana")
        with discord_.routed():
            client = discord.Client(intents=discord.Intents(guilds=True, guild_messages=True, message_content=True))

            @client.event
            async def on_message(message: discord.Message):
                if message.author != client.user:
                    await message.reply("pong", allowed_mentions=discord.AllowedMentions.none())

            async with client, asyncio.TaskGroup() as group:
                living = group.create_task(client.start(bot.token))
                await discord_.until(lambda: discord_.gateway.identifies)
                ping = await discord_.say(channel, ana, "ping")
                await discord_.until(lambda: len(discord_.messages(channel)) == 2)
                await client.close()
                await living
        answer = discord_.messages(channel)[1]
        assert (answer.author, answer.content, answer.reference) == (bot.user, "pong", ping)
        assert answer.rang == frozenset()
