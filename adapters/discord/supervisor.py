"""Keeps a bot's client connected, however its `start` ends."""

import asyncio
import random
from collections.abc import Callable

import discord
import structlog

from adapters.discord.bots import Bot, content_hint
from adapters.discord.client import Client
from adapters.discord.identifies import Identifies
from agents.ports import Clock

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

_SHORTEST, _LONGEST = 1.0, 60.0
_CLOSING_SECONDS = 4.0
_CANCELLATIONS, _CANCELLING_SECONDS = 3, 1.0
"""Together less than the ten seconds in which a process is to end after SIGTERM."""

_FINAL = {
    4004: "Discord does not take the token of {bot} any more; make a new one and put it into the config.",
    4010: "Discord refused the shard of {bot}; please report this.",
    4011: "{bot} is in more than 2,500 servers, which needs sharding; use a bot of its own for Tertulia.",
    4012: "Discord does not speak this version of its gateway any more; upgrade discord.py.",
    4013: "Discord does not know an intent that {bot} asked for; upgrade discord.py.",
}


class Ended(Exception):
    """The client will not come back; the text says why and what to do."""


class Supervisor:
    """One bot's client, made anew by ``make`` whenever the last one ended."""

    def __init__(self, bot: Bot, make: Callable[[], Client], identifies: Identifies, clock: Clock):
        self._bot, self._make, self._identifies, self._clock = bot, make, identifies, clock
        self._failures = 0

    async def run(self) -> None:
        """Until cancelled. Raises `Ended` where trying again cannot help."""
        while True:
            await self._identifies.day()
            await self._run_once(self._make())
            pause = min(_SHORTEST * 2**self._failures, _LONGEST) * random.uniform(0.75, 1.25)
            self._failures = min(self._failures + 1, 10)
            _log.warning("discord_client_ended", bot=self._bot.name, again_in=round(pause, 1))
            await self._clock.sleep(pause)

    async def _run_once(self, client: Client) -> None:
        try:
            await _run(client, self._bot.token)
        except discord.LoginFailure as error:
            raise Ended(_FINAL[4004].format(bot=self._bot.name)) from error
        except discord.PrivilegedIntentsRequired as error:
            raise Ended(content_hint(self._bot)) from error
        except discord.ConnectionClosed as error:
            if error.code in _FINAL:
                raise Ended(_FINAL[error.code].format(bot=self._bot.name)) from error
            _log.warning("discord_gateway_closed", bot=self._bot.name, code=error.code)
        except Exception as error:  # whatever discord.py lets through: a broken stream, a gateway that refuses
            _log.warning("discord_client_failed", bot=self._bot.name, reason=f"{type(error).__name__}: {error}")
        finally:
            if client.sessions:
                self._failures = 0
            await _close(client)


async def _run(client: Client, token: str) -> None:
    """As ``client.start``, but a cancellation always ends it: what discord.py waits with may swallow one.

    ``asyncio.wait_for`` of Python 3.11 does when what it waits for is done in the same moment.
    """
    running = asyncio.create_task(client.start(token))
    try:
        await asyncio.wait([running])
    finally:
        for _ in range(_CANCELLATIONS):
            if not running.done():
                running.cancel()
                await asyncio.wait([running], timeout=_CANCELLING_SECONDS)
    await running


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(_CLOSING_SECONDS):
            await client.close()
    except (TimeoutError, discord.DiscordException, OSError) as error:
        _log.warning("discord_client_not_closed", reason=str(error))
