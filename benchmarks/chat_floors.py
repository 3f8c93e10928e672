"""The least that could answer a message in Slack or Discord: the platform's own library, and one send."""

import logging
import tomllib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp


async def slack(config: str) -> None:
    """Answer every message that slack_bolt hears, with slack_sdk on one session, until cancelled."""
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    table = tomllib.loads(config)["slack"]
    logger = logging.getLogger("benchmarks.floor")
    logger.setLevel(logging.WARNING)
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=table["bot_token"], base_url=f"{table['api_url']}/", session=session)
        app: Any = AsyncApp(client=client, logger=logger, request_verification_enabled=False)

        @app.event("message")
        async def answer(event: dict[str, Any], say: Callable[[str], Awaitable[object]]) -> None:  # pyright: ignore[reportUnusedFunction]
            await say(f"You said: {event['text']}")

        handler = AsyncSocketModeHandler(app, table["app_token"], logger=logger, web_client=client)
        try:
            await handler.start_async()
        finally:
            await handler.close_async()


async def discord(config: str) -> None:
    """Answer every message that discord.py hears, with discord.py, until cancelled."""
    import discord

    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.message_content = True
    async with discord.Client(intents=intents) as client:

        @client.event
        async def on_message(message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
            if not message.author.bot:
                await message.channel.send(f"You said: {message.content}")

        await client.start(tomllib.loads(config)["discord"]["bot_token"])


FLOORS: dict[str, Callable[[str], Awaitable[None]]] = {"slack": slack, "discord": discord}
"""For each platform, what answers with nothing around it."""
