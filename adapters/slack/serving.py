"""Slack in front of a house: everything of this package put together, started and ended."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.slack.apps import SLACK, App, Tokens, open_apps, together
from adapters.slack.buckets import Buckets
from adapters.slack.calls import quiet_logger
from adapters.slack.catch_up import CatchUp, StretchOf
from adapters.slack.clients import Reached, clients
from adapters.slack.downloads import HOSTS
from adapters.slack.furnishings import furnishings
from adapters.slack.house import SlackHouse
from adapters.slack.http_server import Http, Responder, listening
from adapters.slack.inbox import Inbox
from adapters.slack.installations import Installations, States
from adapters.slack.intake import Intake
from adapters.slack.oauth import InstallPages, OAuth
from adapters.slack.platform import SlackPlatform
from adapters.slack.private_replies import PrivateReplies
from adapters.slack.sockets import PING_SECONDS, Socket
from adapters.slack.status import Statuses
from adapters.slack.tenants import Tenants
from adapters.slack.workspaces import Workspaces
from agents.log.participants import short_name

LOGGER = logging.getLogger(__name__)

CLOSING_SECONDS = 3.0
"""For the connections to say goodbye, and again for what came in to be brought to the door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the config says. The first of ``tokens`` is the host app's. ``scale`` shortens the limits' intervals.

    ``http`` is where apps with a signing secret are reached. With ``oauth`` the host app has no token of its own, but
    one for each workspace that installs it.
    """

    tokens: Sequence[Tokens]
    http: Http | None = None
    oauth: OAuth | None = None
    api_url: str = SLACK
    proxy: str | None = None
    scale: float = 1.0
    ping_seconds: float = PING_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Slack, connected: ``platform`` sends, ``statuses`` is told who has the floor, `run` takes what comes.

    ``address`` is where it listens, empty without HTTP.
    """

    workspaces: Workspaces
    platform: SlackPlatform
    statuses: Statuses
    private_replies: PrivateReplies
    inbox: Inbox
    intake: Intake
    sockets: Sequence[Socket]
    catch_up: CatchUp
    tenants: Tenants | None = None
    address: str = ""

    async def run(self) -> None:
        """Hear until cancelled; then answer nothing more, and deal with what came."""
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(one.run()) for one in (self.inbox, self.statuses, self.private_replies)]
            working += [group.create_task(self.tenants.run())] if self.tenants is not None else []
            hearing = [group.create_task(one.run()) for one in (self.catch_up, *self.sockets)]
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.shield(self._close(hearing))
                for task in working:
                    task.cancel()

    async def connected(self) -> None:
        """Return once every app is connected."""
        for socket in self.sockets:
            await socket.connected.wait()

    async def _close(self, hearing: Sequence["asyncio.Task[None]"]) -> None:
        self.intake.is_open = False
        for task in hearing:
            task.cancel()
        await asyncio.wait(hearing, timeout=CLOSING_SECONDS)
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self.inbox.drained()
                await self.private_replies.drained()
        except TimeoutError:
            LOGGER.warning("Some events of Slack are kept for the next start, or a person was not told something.")


@asynccontextmanager
async def open_slack(house: SlackHouse, setting: Setting) -> AsyncGenerator[Slack]:
    """Slack, ready to run. Raises `WrongUse` for tokens that Slack does not accept, and `StoreFailed`."""
    records, clock = house.store.facts, house.clock
    buckets = Buckets(clock, scale=setting.scale)
    hosts = HOSTS if setting.api_url == SLACK else (*HOSTS, str(urlsplit(setting.api_url).hostname))
    everything = await furnishings(house, hosts=hosts, several=setting.oauth is not None)
    workspaces, tenants = everything.workspaces, None
    async with AsyncExitStack() as stack:
        fixed = [one for one in setting.tokens if one.bot_token]
        reached = Reached(api_url=setting.api_url, proxy=setting.proxy)
        apps = await stack.enter_async_context(open_apps(fixed, buckets, clock, reached))
        if setting.oauth is None:
            everything.furnish(together(apps))
            workspaces.home = apps[0].team
        else:
            tenants = Tenants(
                oauth=setting.oauth,
                host=setting.tokens[0],
                own=apps,
                installations=Installations(records),
                workspaces=workspaces,
                buckets=buckets,
                clock=clock,
                client=await stack.enter_async_context(clients(reached)),
                furnish=everything.furnish,
            )
            await tenants.open_all()
        inbox = Inbox(records, clock, workspaces.handle if tenants is None else tenants.handle)
        intake = Intake(workspaces, inbox)
        pages = _pages(setting, tenants, States(records, clock))
        sockets = {app.tokens.where: await _socket(app, intake, setting) for app in apps if app.tokens.app_token}
        yield Slack(
            workspaces=workspaces,
            platform=everything.platform,
            statuses=everything.statuses,
            private_replies=everything.private_replies,
            inbox=inbox,
            intake=intake,
            sockets=tuple(sockets.values()),
            catch_up=CatchUp(house, workspaces, inbox, _stretches(sockets, intake)),
            tenants=tenants,
            address=await stack.enter_async_context(_listening(setting, intake, pages)) if setting.http else "",
        )


def _stretches(sockets: Mapping[str, Socket], intake: Intake) -> StretchOf:
    """A stretch ends with its connection, and with an event that could not be kept."""

    def stretch_of(app: App) -> Hashable | None:
        socket = sockets.get(app.tokens.where)
        if not intake.is_open or (socket is not None and not socket.connected.is_set()):
            return None
        return intake.refused, socket.connections if socket is not None else 0

    return stretch_of


def _pages(setting: Setting, tenants: Tenants | None, states: States) -> Mapping[str, Responder]:
    """What people's browsers get while they install the host app."""
    if tenants is None or setting.http is None:
        return {}
    return InstallPages(
        tenants.oauth,
        setting.http,
        tenants.installations,
        states,
        tenants.client(""),
        api_url=setting.api_url,
        logger=quiet_logger(),
        installed=tenants.open,
    ).pages


def _listening(setting: Setting, intake: Intake, pages: Mapping[str, Responder]) -> AbstractAsyncContextManager[str]:
    """Where the apps with a signing secret are reached."""
    assert setting.http is not None, "only a setting with an address is listened for"
    logger = quiet_logger()
    served = {
        setting.http.events(short_name(one.agent) if one.agent else ""): intake.bolt(one, logger)
        for one in setting.tokens
        if one.signing_secret
    }
    return listening(setting.http, served, is_open=lambda: intake.is_open, pages=pages)


async def _socket(app: App, intake: Intake, setting: Setting) -> Socket:
    session = app.caller.client.session
    assert session is not None, "every client has the session of its app"
    logger = quiet_logger()
    socket = Socket(
        intake.socket(app.tokens),
        app.tokens.app_token,
        where=app.tokens.where,
        api_url=setting.api_url,
        session=session,
        logger=logger,
        proxy=setting.proxy,
        ping_seconds=setting.ping_seconds,
    )
    await socket.check()
    return socket
