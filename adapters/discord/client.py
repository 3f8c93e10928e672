"""One discord.py client: the gateway's events, handed on as they are."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeAlias

import discord
import structlog
from discord import app_commands
from discord.abc import GuildChannel

from adapters.discord.bots import Bot
from adapters.discord.buttons import AnswerButton
from adapters.discord.identifies import Identifies

CLOSING_SECONDS = 2.0

GUILDS_SECONDS = 0.5
"""How long after the last server a client takes itself to be ready."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Listener(Protocol):
    """Is told of everything that a client's connection brings."""

    def session(self, client: "Client") -> None:
        """A new session has begun: whatever happened since the last one was not told."""
        ...

    def server(self, client: "Client", guild: discord.Guild) -> Awaitable[None]:
        """A server is there, with its channels and active threads."""
        ...

    def server_left(self, client: "Client", guild: discord.Guild) -> Awaitable[None]:
        """The bot was taken out of a server."""
        ...

    def rights(self, client: "Client", guild: discord.Guild) -> Awaitable[None]:
        """Something was changed by which the bot may see other channels than before."""
        ...

    def thread(self, client: "Client", thread: discord.Thread) -> Awaitable[None]:
        """A thread that the bot did not see is there: it was let in, or the thread's channel is seen again."""
        ...

    def unavailable(self, client: "Client", guild: discord.Guild) -> None:
        """Discord tells nothing of a server for a while; `server` is called when it does again."""
        ...

    def ready(self, client: "Client") -> Awaitable[None]:
        """All servers are there."""
        ...

    def message(self, client: "Client", message: discord.Message) -> Awaitable[None]:
        """Somebody wrote."""
        ...

    def edited(self, client: "Client", message: discord.Message) -> Awaitable[None]:
        """A message was changed, by its author or by Discord itself."""
        ...

    def deleted(self, client: "Client", guild: int | None, channel: int, messages: Sequence[int]) -> Awaitable[None]:
        """Messages are gone."""
        ...

    def clicked(self, interaction: "Interaction", button: AnswerButton) -> Awaitable[None]:
        """Somebody pressed a button of a card."""
        ...

    def submitted(self, interaction: "Interaction") -> Awaitable[None]:
        """Somebody sent a form off."""
        ...


Interaction: TypeAlias = "discord.Interaction[Client]"


class Client(discord.Client):
    """A bot's connection. It keeps no messages and no members: the log and Discord know them."""

    def __init__(self, bot: Bot, listener: Listener, identifies: Identifies):
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody here wants to hear voices
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            max_ratelimit_timeout=30.0,
            guild_ready_timeout=GUILDS_SECONDS,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.bot, self.listener, self._identifies = bot, listener, identifies
        self.tree: app_commands.CommandTree[Client] = app_commands.CommandTree(self)
        self.add_dynamic_items(AnswerButton)
        self.sessions = 0
        self._running: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        """Disconnect, and let what was heard be written down; what takes longer than two seconds is cut off."""
        ready: asyncio.Task[Any] | None = getattr(self._connection, "_ready_task")  # noqa: B009 - it is untyped
        if ready is not None:
            ready.cancel()  # else it tells a closed client that it is ready
        try:
            await super().close()
            if self._running:
                await asyncio.wait(self._running, timeout=CLOSING_SECONDS)
        finally:
            for task in self._running:
                task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSING_SECONDS / 2)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Every session is counted, and has its time."""
        await self._identifies.count()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Nothing more once it closes: what a task of discord.py's still has to say would find no loop."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    def _schedule_event(
        self, coro: Callable[..., Coroutine[Any, Any, Any]], event_name: str, *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """As discord.py does, but so that `close` knows what still runs."""
        scheduled: Callable[..., asyncio.Task[Any]] = getattr(super(), "_schedule_event")  # noqa: B009 - it is untyped
        task = scheduled(coro, event_name, *args, **kwargs)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def on_connect(self) -> None:
        """A new session."""
        self.sessions += 1
        self.listener.session(self)

    async def on_ready(self) -> None:
        """Its servers are there."""
        await self.listener.ready(self)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server that the bot is in."""
        await self.listener.server(self, guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited."""
        await self.listener.server(self, guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was taken out, or the server is gone."""
        await self.listener.server_left(self, guild)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Discord has an outage."""
        self.listener.unavailable(self, guild)

    async def on_guild_channel_create(self, channel: GuildChannel) -> None:
        """A new channel."""
        await self.listener.rights(self, channel.guild)

    async def on_guild_channel_update(self, before: GuildChannel, after: GuildChannel) -> None:
        """A channel was changed."""
        await self.listener.rights(self, after.guild)

    async def on_guild_channel_delete(self, channel: GuildChannel) -> None:
        """A channel is gone."""
        await self.listener.rights(self, channel.guild)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """A role was changed; moving one changes all."""
        if before.permissions != after.permissions:
            await self.listener.rights(self, after.guild)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A role is gone."""
        await self.listener.rights(self, role.guild)

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """The bot's own roles were changed: no other member is known."""
        if before.roles != after.roles:
            await self.listener.rights(self, after.guild)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        """A thread that was not there."""
        await self.listener.thread(self, thread)

    async def on_message(self, message: discord.Message) -> None:
        """A new message."""
        await self.listener.message(self, message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A changed message."""
        await self.listener.edited(self, payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A deleted message."""
        await self.listener.deleted(self, payload.guild_id, payload.channel_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many at once."""
        await self.listener.deleted(self, payload.guild_id, payload.channel_id, sorted(payload.message_ids))

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms; buttons and commands have classes of their own."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.listener.submitted(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """An event that could not be dealt with is logged, and the client goes on."""
        _log.exception("discord_event_failed", method=event_method)
