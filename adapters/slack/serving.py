"""Slack in front of a house: everything of this package put together, and its life (R12)."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.slack.apps import SLACK, App, Apps, Tokens, open_apps, together
from adapters.slack.buckets import Buckets
from adapters.slack.calling import quiet_logger
from adapters.slack.channels import Channels
from adapters.slack.downloads import HOSTS, Downloads
from adapters.slack.faces import Voices
from adapters.slack.hearing import Hearing
from adapters.slack.history import History
from adapters.slack.hops import Hops
from adapters.slack.house import SlackHouse
from adapters.slack.inbox import Inbox
from adapters.slack.intake import Intake
from adapters.slack.interacting import Interacting
from adapters.slack.listening import Http, listening
from adapters.slack.people import People
from adapters.slack.platform import SlackPlatform
from adapters.slack.sockets import PING_SECONDS, Socket
from adapters.slack.status import Statuses
from adapters.slack.streams import Streams
from adapters.slack.telling import Telling
from adapters.slack.uploads import Uploads
from adapters.slack.workspaces import Workspace, Workspaces
from agents.participants import short_name

LOGGER = logging.getLogger(__name__)

CLOSING_SECONDS = 3.0
"""For the connections to say goodbye, and again for what came in to be brought to the door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the config says. The first of ``tokens`` is the host app's. ``scale`` shortens the limits' intervals.

    ``http`` is where apps with a signing secret are reached.
    """

    tokens: Sequence[Tokens]
    http: Http | None = None
    api_url: str = SLACK
    proxy: str | None = None
    scale: float = 1.0
    ping_seconds: float = PING_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """What stands: ``platform`` sends, ``statuses`` is told who has the floor, `run` hears.

    ``address`` is where it listens, empty without HTTP.
    """

    workspaces: Workspaces
    platform: SlackPlatform
    statuses: Statuses
    inbox: Inbox
    intake: Intake
    sockets: Sequence[Socket]
    address: str = ""

    async def run(self) -> None:
        """Hear until cancelled; then answer nothing more, and deal with what came."""
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(self.inbox.run()), group.create_task(self.statuses.run())]
            hearing = [group.create_task(socket.run()) for socket in self.sockets]
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
        if hearing:
            await asyncio.wait(hearing, timeout=CLOSING_SECONDS)
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self.inbox.drained()
        except TimeoutError:
            LOGGER.warning("Some events of Slack are kept for the next start.")


@asynccontextmanager
async def open_slack(house: SlackHouse, setting: Setting) -> AsyncGenerator[Slack]:
    """Slack, ready to run. Raises `WrongUse` for tokens that Slack does not accept, and `StoreFailed`."""
    ports, clock = house.ports, house.ports.clock
    buckets = Buckets(clock, scale=setting.scale)
    workspaces = Workspaces()
    voices, hops = Voices(workspaces.apps, ports.records), Hops(ports.records)
    await voices.load()
    await hops.load()
    history = History(voices)
    uploads = Uploads(ports.records, history, clock)
    telling = Telling(voices, uploads, ports.receipts)
    hosts = HOSTS if setting.api_url == SLACK else (*HOSTS, str(urlsplit(setting.api_url).hostname))

    def furnish(apps: Apps) -> None:
        people, channels = People(apps, clock), Channels(house, apps, clock)
        downloads = Downloads(apps.host, ports.files, hosts=hosts)
        hearing = Hearing(
            house,
            apps,
            people=people,
            channels=channels,
            voices=voices,
            hops=hops,
            downloads=downloads,
            telling=telling,
        )
        interacting = Interacting(house, apps, people=people, channels=channels, telling=telling)
        workspaces.open(Workspace(apps=apps, hearing=hearing, interacting=interacting))

    inbox = Inbox(ports.records, clock, workspaces.handle)
    intake = Intake(workspaces, inbox)
    async with AsyncExitStack() as stack:
        apps = await stack.enter_async_context(
            open_apps(setting.tokens, buckets, clock, api_url=setting.api_url, proxy=setting.proxy)
        )
        furnish(together(apps))
        workspaces.home = apps[0].team
        sockets = [await _socket(app, intake, setting) for app in apps if app.tokens.app_token]
        address = await stack.enter_async_context(_listening(setting, intake)) if setting.http else ""
        yield Slack(
            workspaces=workspaces,
            platform=SlackPlatform(voices, history, uploads, Streams(clock)),
            statuses=Statuses(voices, clock),
            inbox=inbox,
            intake=intake,
            sockets=sockets,
            address=address,
        )


def _listening(setting: Setting, intake: Intake) -> AbstractAsyncContextManager[str]:
    """Where the apps with a signing secret are reached."""
    assert setting.http is not None, "only a setting with an address is listened for"
    logger = quiet_logger()
    served = {
        setting.http.events(short_name(one.agent) if one.agent else ""): intake.bolt(one, logger)
        for one in setting.tokens
        if one.signing_secret
    }
    return listening(setting.http, served, is_open=lambda: intake.is_open)


async def _socket(app: App, intake: Intake, setting: Setting) -> Socket:
    session = app.caller.client.session
    assert session is not None, "every client has the session of its app"
    logger = quiet_logger()
    socket = Socket(
        intake.bolt(app.tokens, logger),
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
