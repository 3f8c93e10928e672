"""A Discord on 127.0.0.1 that real discord.py clients talk to, and what a test does in people's names."""

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

from aiohttp import web
from discord import Permissions
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tests.fakes.discord import rules
from tests.fakes.discord.api import MOST_BYTES, Api
from tests.fakes.discord.calls import Request
from tests.fakes.discord.chat import Chat, Draft
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interactions import Answer, Interactions
from tests.fakes.discord.moments import Time
from tests.fakes.discord.news import News
from tests.fakes.discord.openapi import document
from tests.fakes.discord.pulse import Pulse
from tests.fakes.discord.routes import ROUTES
from tests.fakes.discord.values import (
    THREAD_CREATED,
    THREAD_STARTER,
    FakeBot,
    FakeChannel,
    FakeMessage,
    FakeRole,
    FakeUser,
    FakeWebhook,
    Overwrite,
)
from tests.fakes.discord.world import FakeGuild, World, identity

BOT_PERMISSIONS = Permissions(manage_webhooks=True, manage_threads=True, create_private_threads=True)
"""What a bot is invited with beyond what everybody may do."""

_AVATAR = b"\x89PNG\r\n\x1a\n"
"""Everybody's face."""


class FakeDiscord:
    """The whole of it. Files go by name and content; times are seconds; ids are Discord's, as numbers.

    ``faults`` orders trouble, ``limits`` sets rate limits, ``gateway`` breaks connections, ``requests`` tells all that
    was asked. Whatever a person does is seen at once by every bot that may see it.
    """

    def __init__(self, heartbeat_seconds: float):
        self.time, self._pulse = Time(), Pulse()
        self.world = World(self.time)
        self.gateway = Gateway(self.world, self._pulse, heartbeat_seconds)
        self.world.tell = News(self.world, self.gateway)
        self._chat = Chat(self.world)
        self.interactions = Interactions(self.world, self._chat, self._pulse)
        self._api = Api(self.world, self._chat, self.interactions, self._pulse, ROUTES)
        self._verdicts: dict[Request, list[str]] = {}
        self.faults, self.limits = self._api.faults, self._api.limits

    @classmethod
    @asynccontextmanager
    async def open(cls, *, heartbeat_seconds: float = 41.25) -> AsyncGenerator["FakeDiscord"]:
        """Serve on a free port until the end of the block."""
        fake = cls(heartbeat_seconds)
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/gw/", fake.gateway.connect)
        app.router.add_get("/gw/resume/", fake.gateway.connect)
        app.router.add_get("/cdn/{path:.*}", fake._file)
        app.router.add_route("*", "/api/v10/{path:.*}", fake._api.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            fake.world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield fake
        finally:
            fake.faults.stop()
            fake.gateway.stop()
            await runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"{self.world.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"{self.world.url.replace('http', 'ws', 1)}/gw/"

    @property
    def cdn_url(self) -> str:
        return f"{self.world.url}/cdn"

    @contextmanager
    def routed(self) -> Generator[None]:
        """Point discord.py here, in this whole process, until the end of the block."""
        here = (Route, "BASE", self.api_url), (Asset, "BASE", self.cdn_url)
        gateway = (DiscordWebSocket, "DEFAULT_GATEWAY", URL(self.gateway_url))
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in (*here, gateway)]
        for owner, name, value in (*here, gateway):
            setattr(owner, name, value)
        try:
            yield
        finally:
            for owner, name, value in before:
                setattr(owner, name, value)

    async def _file(self, request: web.Request) -> web.Response:
        known = self.world.files.get(request.path)
        if known is None and request.path.startswith(("/cdn/avatars/", "/cdn/embed/avatars/")):
            known = "image/png", _AVATAR
        if known is None:
            return web.Response(status=404)
        media_type, content = known
        return web.Response(body=content, content_type=media_type)

    # Who and what there is

    def add_guild(self, name: str) -> FakeGuild:
        return self.world.add_guild(name)

    def add_bot(
        self,
        name: str,
        *,
        guilds: Iterable[FakeGuild] = (),
        permissions: Permissions = BOT_PERMISSIONS,
        intents: Iterable[str] = ("message_content", "members"),
    ) -> FakeBot:
        """An application with its bot, invited to guilds; ``intents`` are the privileged ones its portal allows."""
        bot = self.world.add_bot(name, intents)
        for guild in guilds:
            self.world.invite(guild, bot, permissions)
        return bot

    def invite(self, guild: FakeGuild, bot: FakeBot, permissions: Permissions = BOT_PERMISSIONS) -> None:
        self.world.invite(guild, bot, permissions)

    def add_member(self, guild: FakeGuild, who: str | FakeUser, *, roles: Iterable[FakeRole] = ()) -> FakeUser:
        """A person, new by name or known from another guild, who is now in this one."""
        user = self.world.add_user(who) if isinstance(who, str) else who
        self.world.join(guild, user, roles)
        self.world.tell.member_joined(guild, user)
        return user

    def set_roles(self, guild: FakeGuild, user: FakeUser, roles: Iterable[FakeRole]) -> None:
        with self.world.tell.showing(guild):
            guild.members[user.id].roles = list(roles)
            self.world.tell.member_updated(guild, user)

    def remove_member(self, guild: FakeGuild, user: FakeUser) -> None:
        del guild.members[user.id]
        self.world.tell.member_left(guild, user)

    def add_webhook(self, channel: FakeChannel, owner: FakeBot, name: str) -> FakeWebhook:
        """A webhook that an app made in some other way than through the API."""
        return self.world.add_webhook(channel, owner, name)

    def add_dm(self, bot: FakeBot, user: FakeUser) -> FakeChannel:
        return self.world.dm(bot, user)

    def kick_bot(self, guild: FakeGuild, bot: FakeBot) -> None:
        del guild.members[bot.user_id]
        self.world.tell.guild_left(guild, bot)

    def change_permissions(
        self, where: FakeRole | FakeChannel, who: FakeRole | FakeUser | FakeBot | None = None, **changes: bool | None
    ) -> None:
        """Allow (True), deny (False) or no longer set (None) permissions of a role, or in a channel of ``who``."""
        if isinstance(where, FakeRole):
            guild = next(one for one in self.world.guilds.values() if where.id in one.roles)
            with self.world.tell.showing(guild):
                where.permissions.update(**{name: bool(value) for name, value in changes.items()})
                self.world.tell.role_updated(guild, where)
            return
        assert who is not None, "Say whose permissions in the channel change."
        assert where.guild is not None, "Permissions change in a server's channels."
        before = where.overwrites.get(identity(who), Overwrite())
        allow, deny = Permissions(before.allow.value), Permissions(before.deny.value)
        allow.update(**{name: value is True for name, value in changes.items()})
        deny.update(**{name: value is False for name, value in changes.items()})
        with self.world.tell.showing(where.guild, all_again=False):
            where.overwrites[identity(who)] = Overwrite(allow=allow, deny=deny)
            self.world.tell.channel_updated(where)

    def outage(self, guild: FakeGuild) -> AbstractContextManager[None]:
        """Discord tells bots nothing of a server until the end of the block."""
        return self.world.tell.outage(guild)

    def role_of(self, guild: FakeGuild, bot: FakeBot) -> FakeRole:
        """The role that a bot got when it was invited."""
        return next(role for role in guild.roles.values() if role.managed_by == bot.user_id)

    # What people do

    async def say(
        self,
        channel: FakeChannel,
        author: FakeUser | FakeBot | FakeWebhook,
        text: str,
        *,
        files: Sequence[tuple[str, bytes]] = (),
        reply_to: int | None = None,
        ping: bool = True,
    ) -> int:
        """Write a message and return its id. ``ping`` False is a reply that does not ring. A thread is unarchived."""
        if channel.archived:
            self._chat.archive(channel, archived=False)
        everyone = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        draft = Draft(content=text, files=files, reference=reply_to, allowed_mentions=everyone)
        return self._chat.post(channel, author.user if isinstance(author, FakeBot) else author, draft).id

    async def forward(self, channel: FakeChannel, author: FakeUser, original: FakeMessage) -> int:
        """Forward a message without a word to it, and return the new one's id."""
        return self._chat.forward(channel, author, original).id

    async def poll(self, channel: FakeChannel, author: FakeUser, question: str, answers: Sequence[str]) -> int:
        """Put a question to everybody, and return the message's id."""
        return self._chat.ask(channel, author, question, answers).id

    async def edit(self, channel: FakeChannel, message_id: int, text: str) -> None:
        self._chat.edit(channel.messages[message_id], text)

    async def unfurl(self, channel: FakeChannel, message_id: int, title: str) -> None:
        """Let Discord add a link's preview, which bots hear as MESSAGE_UPDATE although nobody edited."""
        self._chat.unfurl(channel.messages[message_id], {"type": "link", "title": title})

    async def delete(self, channel: FakeChannel, message_id: int) -> None:
        self._chat.delete(channel.messages[message_id])

    async def bulk_delete(self, channel: FakeChannel, message_ids: Iterable[int]) -> None:
        self._chat.bulk_delete(channel, message_ids)

    async def react(self, channel: FakeChannel, message_id: int, user: FakeUser, emoji: str) -> None:
        self._chat.react(channel.messages[message_id], user, emoji)

    async def unreact(self, channel: FakeChannel, message_id: int, user: FakeUser, emoji: str) -> None:
        self._chat.unreact(channel.messages[message_id], user, emoji)

    async def start_thread(
        self, channel: FakeChannel, user: FakeUser, name: str, *, message_id: int | None = None, text: str = ""
    ) -> FakeChannel:
        """Open a thread, from a message if one is named; in a forum, a post that begins with ``text``."""
        message = channel.messages[message_id] if message_id else None
        thread = self._chat.start_thread(channel, user.id, name, message=message)
        if text:
            await self.say(thread, user, text)
        return thread

    async def archive_thread(self, thread: FakeChannel, *, locked: bool = False) -> None:
        self._chat.archive(thread, archived=True, locked=locked)

    async def delete_channel(self, channel: FakeChannel) -> None:
        """Delete a channel with its threads, or one thread."""
        self._chat.delete_channel(channel)

    async def delete_webhook(self, webhook_id: int) -> None:
        webhook = self.world.webhooks.pop(webhook_id)
        self.world.tell.webhooks_updated(webhook.channel)

    async def click(
        self, user: FakeUser, channel: FakeChannel, message_id: int, custom_id: str, values: Sequence[str] | None = None
    ) -> Answer:
        """Press a button or choose in a menu. `NotAnswered` if no app answers within three seconds."""
        return await self.interactions.click(user, channel, message_id, custom_id, values)

    async def submit_modal(self, user: FakeUser, custom_id: str, values: Mapping[str, str]) -> Answer:
        """Send off the form that this person was last shown. `NotAnswered` as for `click`."""
        return await self.interactions.submit_modal(user, custom_id, values)

    async def command(
        self,
        user: FakeUser,
        channel: FakeChannel,
        name: str,
        options: Mapping[str, str | int | bool] | None = None,
        *,
        bot: FakeBot | None = None,
    ) -> Answer:
        """Give ``/name``, with subcommands after spaces. `NotAnswered` as for `click`."""
        return await self.interactions.command(user, channel, name, options, bot=bot)

    # What a test looks at

    @property
    def requests(self) -> list[Request]:
        return self._api.requests

    @property
    def invalid_requests(self) -> int:
        """How many requests Discord would count against this machine: 10,000 in ten minutes get it banned."""
        return sum(one.status in (401, 403, 429) for one in self.requests)

    @property
    def violations(self) -> list[str]:
        """What is wrong with the requests so far: by Discord's document, where it is present, and by our own rules."""
        return [f"{one.method} {one.path}: {wrong}" for one in self.requests for wrong in self._checked(one)]

    def _checked(self, request: Request) -> list[str]:
        """Each request is checked once."""
        if request not in self._verdicts:
            published = document()
            official = published.violations(request) if published and request.route else []
            unknown = [] if request.route else ["the fake has no such route"]
            self._verdicts[request] = unknown + official + list(rules.violations(request))
        return self._verdicts[request]

    def messages(self, channel: FakeChannel) -> list[FakeMessage]:
        """What was written in a channel, oldest first, without what Discord itself says there."""
        return [one for _, one in sorted(channel.messages.items()) if one.type not in (THREAD_CREATED, THREAD_STARTER)]

    def whispers(self, user: FakeUser) -> list[FakeMessage]:
        """The ephemeral messages that only this person sees, oldest first."""
        return [one for _, one in sorted(self._chat.whispers.items()) if one.seen_by == user.id]

    async def until(self, so: Callable[[], object], within: float = 10.0) -> None:
        """Return once ``so()`` is true, looking after each request and connection; `TimeoutError` after ``within``."""
        await self._pulse.until(so, within)

    def advance(self, seconds: float) -> None:
        """Let the fake's time pass: nonces, interactions and edits age. Rate limits and discord.py do not notice."""
        self.time.advance(seconds)
        self._pulse.beat()
