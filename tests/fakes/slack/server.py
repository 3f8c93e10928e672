"""`FakeSlack`: the server that real slack_bolt and slack_sdk clients talk to, and what tests see of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.slack import agents, chat, conversations, files, install, people, reactions, streams, views
from tests.fakes.slack.agents import shown_status
from tests.fakes.slack.clock import VirtualClock
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.files import FileRoutes
from tests.fakes.slack.hearing import Hearing
from tests.fakes.slack.install import AuthorizePage
from tests.fakes.slack.limits import RateLimits
from tests.fakes.slack.office import Delivery, PostOffice
from tests.fakes.slack.pressing import Pressing
from tests.fakes.slack.response_urls import ResponseUrls
from tests.fakes.slack.signing import Answer, Signed, post
from tests.fakes.slack.site import Request, Site, Status
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.streams import age_streams
from tests.fakes.slack.web_api import WebApi
from tests.fakes.slack.world import FakeApp, FakeMessage, Payload, World

FAMILIES = (agents, chat, conversations, files, install, people, reactions, streams, views)
"""The modules whose methods the Web API has."""


class FakeSlack(Pressing):
    """A Slack on 127.0.0.1 with any number of teams and apps. Tests act as its people and look at what they see."""

    def __init__(self) -> None:
        clock = VirtualClock()
        site = Site(clock=clock, world=World(clock), limits=RateLimits(clock), faults=Faults())
        super().__init__(site, PostOffice(site))
        self.faults = site.faults
        self._failures: list[Exception] = []
        self.limits = site.limits
        self.sockets = Sockets(site, self.office)
        self.office.line = self.sockets
        site.hearing = Hearing(site, self.office)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncGenerator["FakeSlack"]:
        """A fake that listens on a free port; it ends with the block."""
        slack = cls()
        runner = web.AppRunner(slack._routes(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.world.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with asyncio.TaskGroup() as group:
                slack.site.group = group
                try:
                    yield slack
                finally:
                    await slack._close()
        finally:
            await runner.cleanup()
        if slack._failures:
            raise ExceptionGroup("The fake Slack failed inside; this is no answer of Slack's.", slack._failures)

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._keep_failures])
        file_routes = FileRoutes(self.site)
        app.router.add_route("*", "/api/{method}", WebApi(self.site).serve)
        app.router.add_get("/link/", self.sockets.serve)
        app.router.add_post("/upload/v1/{ticket}", file_routes.upload)
        app.router.add_get("/files-pri/{key}/{name:.+}", file_routes.download)
        app.router.add_get("/signin", file_routes.sign_in)
        app.router.add_post("/actions/{team}/{key}", ResponseUrls(self.site).serve)
        app.router.add_get("/oauth/v2/authorize", AuthorizePage(self.site).serve)
        return app

    @web.middleware
    async def _keep_failures(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A mistake of the fake itself must not look like a sick Slack: it is raised at the end."""
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):  # the client went away, perhaps by SIGKILL
            raise
        except Exception as failure:
            self._failures.append(failure)
            raise

    async def _close(self) -> None:
        self.site.group = None
        self.clock.close()
        await self.sockets.close()
        for task in list(self.site.tasks):
            task.cancel()

    # -- addresses --------------------------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """The ``base_url`` of clients."""
        return f"{self.world.origin}/api/"

    @property
    def authorize_url(self) -> str:
        """Where a browser goes to install an app."""
        return f"{self.world.origin}/oauth/v2/authorize"

    def approve_installs(self, team: str, user: str) -> None:
        """From now on this person allows every app that asks, in this team."""
        self.site.installer = (team, user)

    def deny_installs(self) -> None:
        """From now on nobody allows anything."""
        self.site.installer = None

    # -- signed HTTP, right and wrong -------------------------------------------------------------------------------

    def signed(
        self, app: FakeApp, payload: Payload, *, kind: str = "events_api", age: float = 0.0, secret: str | None = None
    ) -> Signed:
        """A request as Slack signs it; ``age`` seconds old, or signed with a wrong ``secret``."""
        return Signed.of(app, kind, payload, age=age, secret=secret)

    async def http_post_event(
        self, app: FakeApp, signed: Signed, *, retry: int = 0, reason: str = "http_timeout"
    ) -> Answer | None:
        """Bring a request to the app's request URL, as often as wanted; None if nobody listens there."""
        if app.request_url is None:
            raise ValueError(f"{app.name} has no request_url; set it first.")
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return await post(app.request_url, signed, headers)

    async def verify_url(self, app: FakeApp) -> Answer | None:
        """Slack's ``url_verification``; the answer must hold the challenge."""
        challenge: Payload = {"token": "verification-token", "challenge": "3eZbrw1a", "type": "url_verification"}
        return await self.http_post_event(app, self.signed(app, challenge))

    async def check_ssl(self, app: FakeApp) -> Answer | None:
        """Slack's certificate check: an unsigned form that wants a 200."""
        plain = Signed(body="ssl_check=1&token=x", content_type=_FORM, timestamp="", signature="")
        return await self.http_post_event(app, plain)

    # -- what people and tests see ----------------------------------------------------------------------------------

    def messages(self, channel: str, *, team: str | None = None) -> list[FakeMessage]:
        """What stands in a channel, threads included, oldest first."""
        age_streams(self.site)
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

    def status(self, channel: str, thread_ts: str, *, team: str | None = None) -> Status | None:
        """What stands under a thread now ("is thinking"); a post of the app or two minutes take it away."""
        return shown_status(self.site, self.world.channel(channel, team), thread_ts)

    @property
    def requests(self) -> list[Request]:
        """Every call of the Web API, its token left out."""
        return self.site.requests

    @property
    def strays(self) -> list[tuple[str, str]]:
        """Arguments that no such method takes, as (method, argument): Slack ignores them, so they are mistakes."""
        return self.site.strays

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that was sent to apps."""
        return self.office.deliveries

    @property
    def unacked(self) -> list[Delivery]:
        """What apps did not answer."""
        return self.office.unacked

    async def delivered(self, app: FakeApp | None = None, *, seconds: float = 5.0) -> None:
        """Return when nothing is on its way to apps (or to this one) any more; TimeoutError after that long.

        What had no answer may still wait for a repetition in a minute or five (`unacked`).
        """
        async with asyncio.timeout(seconds):
            for delivery in [one for one in self.deliveries if app in (None, one.app)]:
                await delivery.at_rest.wait()

    async def responded(self, count: int) -> None:
        """Return once apps have used response_urls so many times since the fake began."""
        while self.site.responses < count:
            self.site.responded.clear()
            await self.site.responded.wait()

    def called(self, method: str) -> list[Request]:
        """The calls of one method."""
        return [request for request in self.requests if request.method == method]


_FORM = "application/x-www-form-urlencoded"
