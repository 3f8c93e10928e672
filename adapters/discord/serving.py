"""Discord put together: it asks whose the bots' tokens are, then listens and posts until it is cancelled."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import discord
import structlog

from adapters.discord.bots import Bot, content_hint, identify
from adapters.discord.cards import Cards
from adapters.discord.client import Client
from adapters.discord.commands import SlashCommands
from adapters.discord.downloads import Downloads
from adapters.discord.house import DiscordHouse
from adapters.discord.identifies import Identifies
from adapters.discord.identities import Identities
from adapters.discord.incoming import Incoming
from adapters.discord.indicator import Typing
from adapters.discord.listener import DirectMessages, SharedListener
from adapters.discord.people import People
from adapters.discord.platform import DiscordPlatform
from adapters.discord.posted import PostedMessages
from adapters.discord.private_replies import PrivateReplies
from adapters.discord.refusals import Refused
from adapters.discord.rest import Request, Rest
from adapters.discord.roster import Roster
from adapters.discord.servers import Servers
from adapters.discord.supervisor import Ended, Supervisor
from adapters.discord.threads import Threads
from adapters.discord.webhooks import Webhooks
from agents.errors import PlatformFailed, WrongUse
from agents.log.participants import SYSTEM, ParticipantId, Profile, short_name
from agents.ports import Platform

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

_T = TypeVar("_T")

_RETRIES = (1.0, 2.0, 5.0, 10.0, 30.0)
_REQUEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    listener: SharedListener
    private_replies: PrivateReplies
    commands: SlashCommands
    identities: Identities
    typing: Typing


class Discord:
    """All bots of one house. `run` hears until cancelled; ``platform`` posts as soon as this exists."""

    def __init__(
        self, house: DiscordHouse, host: Bot, own: Mapping[ParticipantId, Bot], platform: Platform, pieces: _Pieces
    ):
        self.platform = platform
        self._house, self._host, self._own, self._pieces = house, host, own, pieces
        self._identifies = {bot.user: Identifies(bot, house.clock, house.store.facts) for bot in (host, *own.values())}

    def speaking(self, room: str, by: Profile | None) -> None:
        """Who has the floor in a room, for the typing indicator."""
        self._pieces.typing.speaking(room, None if by is None or by.id == SYSTEM else by.id)

    async def run(self) -> None:
        """Until cancelled. Raises `WrongUse` where the host bot is refused for good."""
        async with asyncio.TaskGroup() as group:
            for bot in (self._host, *self._own.values()):
                group.create_task(self._keep(bot), name=f"discord {bot.name}")
            group.create_task(self.attend())

    async def attend(self) -> None:
        """Deal with what the connections hear and with what is to be shown, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pieces.listener.timelines.run())
            group.create_task(self._pieces.private_replies.run())
            group.create_task(self._pieces.typing.run())

    async def _keep(self, bot: Bot) -> None:
        try:
            await Supervisor(bot, lambda: self.client(bot), self._identifies[bot.user], self._house.clock).run()
        except Ended as error:
            if bot == self._host:
                raise WrongUse(str(error)) from error
            self._pieces.listener.gone(bot)
            self._pieces.identities.without(bot)
            self._house.tell(f"{error} Until then its agent borrows a face from the host bot.")

    def client(self, bot: Bot) -> Client:
        """A connection for the bot, not begun yet."""
        client = Client(bot, self._pieces.listener, self._identifies[bot.user])
        if bot == self._host:
            self._pieces.commands.add_to(client)
        return client


@asynccontextmanager
async def open_discord(house: DiscordHouse) -> AsyncGenerator[Discord]:
    """Ask Discord who the bots are. Raises `WrongUse` for a token that it does not know, and `StoreFailed`.

    Where Discord cannot be reached, it is asked again until it can be.
    """
    timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        rest = Rest(session, house.clock)
        host = await _until_reached(house, lambda: identify(rest, house.token, "[discord] bot_token"))
        own: dict[ParticipantId, Bot] = {}
        for agent, token in house.tokens.items():
            bot = await _own_bot(house, rest, agent, token)
            if bot is not None:
                own[agent] = bot
        if not host.reads_content:
            raise WrongUse(content_hint(host))
        servers = Servers(house.servers, house.store.facts, house.tell)
        await servers.load(await _until_reached(house, lambda: _servers_of(rest, host)))
        yield await furnish(house, session, rest, host, own, servers)


async def _own_bot(house: DiscordHouse, rest: Rest, agent: ParticipantId, token: str) -> Bot | None:
    """An agent's own bot; None for a token that Discord does not know: the agent then borrows a face."""
    key = f"[agents.{short_name(agent)}.discord] bot_token"
    try:
        return await _until_reached(house, lambda: identify(rest, token, key, agent))
    except WrongUse as error:
        house.tell(f"{error} Until then {short_name(agent)} borrows a face from the host bot.")
        return None


async def _servers_of(rest: Rest, host: Bot) -> Mapping[int, str]:
    """The servers that the bot is in; none where Discord, or what stands in for it, keeps no list: it shows them all
    when the bot connects.
    """
    try:
        rows = await rest.send(Request(method="GET", path="/users/@me/guilds", token=host.token, who=host.name))
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return {}
    return {int(row["id"]): str(row["name"]) for row in rows}


async def _until_reached(house: DiscordHouse, ask: Callable[[], Awaitable[_T]]) -> _T:
    """What Discord says, asked again while it cannot be reached."""
    attempt = 0
    while True:
        try:
            return await ask()
        except PlatformFailed as error:
            if error.permanent:
                raise WrongUse(str(error)) from error
            wait = max(error.retry_after or 0.0, _RETRIES[min(attempt, len(_RETRIES) - 1)])
            _log.warning("discord_not_reached", reason=str(error), again_in=wait)
            attempt += 1
            await house.clock.sleep(wait)


async def furnish(
    house: DiscordHouse,
    session: aiohttp.ClientSession,
    rest: Rest,
    host: Bot,
    own: Mapping[ParticipantId, Bot],
    servers: Servers,
) -> Discord:
    """Everything around bots that are known already. Raises `StoreFailed`."""
    order = (host, *own.values())
    bots = {bot.user: bot for bot in order}
    applications = {bot.application for bot in order}
    direct = DirectMessages(house.store.facts, bots)
    await direct.load()
    webhooks, posted = Webhooks(rest, host), PostedMessages(house.store.facts)
    identities = Identities(host, own, webhooks, house.clock, dm_bot=direct.bot, tell=house.tell)
    threads = Threads(rest, host, tell=house.tell)
    platform = DiscordPlatform(
        rest,
        identities,
        threads,
        posted,
        house.clock,
        named=lambda room, participant: house.known(room, participant).name,
    )
    roster = Roster(house)
    await roster.load()
    listener = SharedListener(house, order, servers, direct, roster)
    people = People(house.clock, listener.guilds, house.met)
    private_replies = PrivateReplies(rest, house.clock)

    def is_ours(message: discord.Message) -> bool:
        ours = message.webhook_id is not None and message.application_id in applications
        return message.author.id in bots or ours or message.webhook_id in webhooks.known

    downloads = Downloads(session, house.store.files)
    incoming = Incoming(house, bots, posted, people, downloads, private_replies, roster, is_ours=is_ours)
    commands = SlashCommands(house, people, servers)
    listener.attach(incoming, Cards(house, posted, people), commands)
    await listener.timelines.load()
    pieces = _Pieces(
        listener=listener,
        private_replies=private_replies,
        commands=commands,
        identities=identities,
        typing=Typing(platform.type_in, house.clock),
    )
    return Discord(house, host, own, platform, pieces)
