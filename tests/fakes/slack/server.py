"""`FakeSlack`: the server that real slack_bolt and slack_sdk clients talk to, and the hands of the people in it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from tests.fakes.slack import chat, conversations, install, people
from tests.fakes.slack.clock import VirtualClock
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.hearing import Hearing
from tests.fakes.slack.limits import RateLimits
from tests.fakes.slack.office import Delivery, PostOffice
from tests.fakes.slack.shapes import message_json
from tests.fakes.slack.site import Request, Site, Status
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.web_api import WebApi
from tests.fakes.slack.world import (
    HOST_EVENTS,
    HOST_SCOPES,
    Channel,
    FakeApp,
    FakeFile,
    FakeMessage,
    FakeUser,
    Install,
    Team,
    UserGroup,
    World,
)

FAMILIES = (chat, conversations, install, people)
"""The modules whose methods the Web API has."""


class FakeSlack:
    """A Slack on 127.0.0.1 with any number of teams and apps. Tests act as its people and look at what they see."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.world = World(self.clock)
        self.faults = Faults()
        self.limits = RateLimits(self.clock)
        self.site = Site(clock=self.clock, world=self.world, limits=self.limits, faults=self.faults)
        self.office = PostOffice(self.site)
        self.sockets = Sockets(self.site, self.office)
        self.site.hearing = Hearing(self.site, self.office)
        self.office.line = self.sockets

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["FakeSlack"]:
        """A fake that listens; it ends with the block."""
        slack = cls()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", WebApi(slack.site).serve)
        app.router.add_get("/link/", slack.sockets.serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        slack.world.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with asyncio.TaskGroup() as group:
                slack.site.group = group
                try:
                    yield slack
                finally:
                    slack.site.group = None
                    slack.clock.close()
                    await slack.sockets.close()
                    for task in list(slack.site.tasks):
                        task.cancel()
        finally:
            await runner.cleanup()

    @property
    def api_url(self) -> str:
        """The ``base_url`` of clients."""
        return f"{self.world.origin}/api/"

    # -- furniture --------------------------------------------------------------------------------------------------

    def add_team(self, id_: str = "T1", name: str = "") -> str:
        """A team; its id."""
        self.world.teams[id_] = Team(id_, name or f"Team {id_}", (name or id_).lower().replace(" ", "-"))
        return id_

    def add_app(
        self,
        team: str = "T1",
        name: str = "Tertulia",
        scopes: Sequence[str] = HOST_SCOPES,
        events: Sequence[str] = HOST_EVENTS,
    ) -> FakeApp:
        """An app, installed in ``team``."""
        app = FakeApp(
            app_id=self.world.new_id("A"),
            name=name,
            home=team,
            app_token=self.world.new_secret("xapp-1-"),
            signing_secret=self.world.new_secret(""),
            client_id=self.world.new_id("1000."),
            client_secret=self.world.new_secret(""),
            events=tuple(events),
        )
        self.world.apps[app.app_id] = app
        self.install(app, team, scopes)
        return app

    def install(self, app: FakeApp, team: str, scopes: Sequence[str] = HOST_SCOPES) -> Install:
        """Install an app in a team (again: with a new token)."""
        user, bot = self.world.new_id("U"), self.world.new_id("B")
        app.installs[team] = Install(team, self.world.new_secret("xoxb-"), user, bot, tuple(scopes))
        name = app.name.lower().replace(" ", "_")
        self.world.users[team, user] = FakeUser(user, team, team, name, app.name, is_bot=True, bot_id=bot)
        return app.installs[team]

    def add_user(
        self, team: str, name: str, *, real_name: str = "", id_: str = "", home: str = "", is_guest: bool = False
    ) -> str:
        """A person; the id. ``home`` is the person's own team if it is another one (Slack Connect)."""
        id_ = id_ or self.world.new_id("U")
        user = FakeUser(id_, team, home or team, name, real_name or name.capitalize(), is_guest=is_guest)
        self.world.users[team, id_] = user
        return id_

    def add_user_group(self, team: str, handle: str, users: Sequence[str]) -> str:
        """A user group; its id."""
        id_ = self.world.new_id("S")
        self.world.groups[id_] = UserGroup(id_, team, handle, list(users))
        return id_

    def add_channel(
        self,
        team: str,
        name: str,
        *,
        members: Sequence[str] = (),
        apps: Sequence[FakeApp] = (),
        private: bool = False,
        id_: str = "",
    ) -> str:
        """A channel; its id. With a member of another team it is a Slack Connect channel."""
        id_ = id_ or self.world.new_id("C")
        inside = [*members, *(app.installs[team].bot_user for app in apps)]
        channel = Channel(id_, team, name, "group" if private else "channel", inside, int(self.clock.now()))
        channel.is_shared = any(self.world.user(team, member).is_stranger for member in members)
        self.world.channels[team, id_] = channel
        return id_

    def add_dm(self, team: str, users: Sequence[str], apps: Sequence[FakeApp]) -> str:
        """A DM of one person and one app, or a group DM; its id."""
        return self.world.direct(team, *users, *(app.installs[team].bot_user for app in apps)).id

    # -- what people do ---------------------------------------------------------------------------------------------

    async def say(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: Sequence[FakeFile] = (),
        subtype: str | None = None,
        team: str | None = None,
    ) -> str:
        """A person writes; the message's ts."""
        where = self.world.channel(channel, team)
        message = FakeMessage(self.world.new_ts(), where.id, where.team, user, text, thread_ts=thread_ts)
        message.files, message.subtype = list(files), subtype or ("file_share" if files else None)
        where.messages[message.ts] = message
        await self.site.hearing.posted(message)
        return message.ts

    async def edit(self, channel: str, ts: str, text: str, *, team: str | None = None) -> None:
        """The author changes a message."""
        message = self.world.channel(channel, team).messages[ts]
        before = message_json(self.world, message)
        message.text, message.edited = text, {"user": message.user, "ts": self.world.new_ts()}
        await self.site.hearing.changed(message, before)

    # -- what people and tests see ----------------------------------------------------------------------------------

    def messages(self, channel: str, *, team: str | None = None) -> list[FakeMessage]:
        """What stands in a channel, threads included, oldest first."""
        found = self.world.channel(channel, team).messages.values()
        return sorted(found, key=lambda message: message.ts)

    def ephemerals(self, channel: str, user: str | None = None, *, team: str | None = None) -> list[FakeMessage]:
        """What only ``user`` saw there."""
        shown = self.world.channel(channel, team).ephemerals
        return [message for message in shown if user is None or message.ephemeral_for == user]

    @property
    def statuses(self) -> list[Status]:
        """Every status that was set, oldest first."""
        return self.site.statuses

    @property
    def requests(self) -> list[Request]:
        """Every call of the Web API."""
        return self.site.requests

    @property
    def unacked(self) -> list[Delivery]:
        """What apps did not answer."""
        return self.office.unacked
