"""A whole house in front of a fake Slack: real store, real slack_bolt and slack_sdk, teams that need no model."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from adapters.slack import Slack
from bots.config import load
from bots.platforms.slack import serve_slack
from bots.wiring import House, Plan, open_house
from tests.adapters.slack.stages import texts
from tests.fakes.slack import AGENT_EVENTS, AGENT_SCOPES, FakeApp, FakeMessage, FakeSlack
from tests.unit.bots.test_config_loader import written

Way: TypeAlias = Literal["sockets", "http"]
"""How Slack reaches the house."""

SCALE = 0.002
"""Of the limits that the adapter keeps: a second is two milliseconds."""


@dataclass(kw_only=True)
class World:
    """A workspace with Ana, an admin and approver, Ben, who may use the team, and Eve, whom nobody lists."""

    slack: FakeSlack
    folder: Path
    host: FakeApp
    own: dict[str, FakeApp]
    ana: str
    ben: str
    eve: str
    channel: str
    way: Way = "sockets"
    port: int = 0
    public_url: str = "https://tertulia.example"
    is_installed_by_people: bool = False
    people: str = ""
    more: str = ""
    team: str = "echo"
    slack_table: str = ""
    channel_table: str = ""
    house: House | None = field(default=None, repr=False)
    stands: Slack | None = field(default=None, repr=False)

    def config(self) -> str:
        """The house's config, with its secrets in it: the file is its owner's alone."""
        agents = "".join(f"[agents.{name}]\n[agents.{name}.slack]\n{self._app(app)}" for name, app in self.own.items())
        teams = f"[teams.own]\nagents = [{', '.join(repr(name) for name in self.own)}]\n" if self.own else ""
        return (
            f"{agents}{teams}"
            f'[slack]\n{self._host()}api_url = "{self.slack.api_url}"\n{self.slack_table}\n'
            f'[slack.http]\npublic_url = "{self.public_url}"\nport = {self.port}\n'
            f'[[channels]]\nmatch = ["slack:#data-team", "slack:dm"]\nteam = "{self._team()}"\n'
            f"{self.channel_table}\n{self.more}\n"
            f"[people]\n{self.people or self._people()}\n"
            '[web]\nenabled = false\n[store]\npath = "rooms.db"\n'
        )

    def _people(self) -> str:
        return f'admins = ["slack:{self.ana}"]\napprovers = ["slack:{self.ana}"]\nusers = ["slack:{self.ben}"]'

    def _host(self) -> str:
        if not self.is_installed_by_people:
            return self._app(self.host)
        app = self.host
        ours = f'client_id = "{app.client_id}"\nclient_secret = "{app.client_secret}"\n'
        return f'{ours}signing_secret = "{app.signing_secret}"\n'

    def _app(self, app: FakeApp) -> str:
        """Its secrets: with which one it hears is the whole difference between the two ways."""
        hears = (
            f'app_token = "{app.app_token}"' if self.way == "sockets" else f'signing_secret = "{app.signing_secret}"'
        )
        return f'bot_token = "{app.bot_token}"\n{hears}\n'

    def _team(self) -> str:
        """One of the ready-made teams, or one of this folder's."""
        return self.team if self.team == "coding" else f"tests.adapters.slack.teams:{self.team}"

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Slack]:
        """The house stands, is connected, and serves until the block ends; again means a restart."""
        loaded = load(written(self.folder, self.config()))
        stands: asyncio.Future[Slack] = asyncio.get_running_loop().create_future()

        async def ready(slack: Slack) -> None:
            stands.set_result(slack)

        async with open_house(loaded, Plan(scripted=True)) as house, asyncio.TaskGroup() as group:
            self.house = house
            serving = group.create_task(house.serve())
            platform = group.create_task(serve_slack(house, ready=ready, scale=SCALE))
            try:
                async with asyncio.timeout(30):
                    await asyncio.wait({stands, platform}, return_when=asyncio.FIRST_COMPLETED)
                    if platform.done():
                        await platform
                    self.stands = stands.result()
                    await self.stands.connected()
                    self._lead_to(self.stands.address)
                yield self.stands
            finally:
                platform.cancel()
                await asyncio.wait({platform})
                serving.cancel()

    def _lead_to(self, address: str) -> None:
        """Let Slack call where the house listens, as its request URLs would."""
        if self.way == "http":
            self.host.request_url = f"{address}/slack/events"
            for name, app in self.own.items():
                app.request_url = f"{address}/slack/events/{name}"

    async def until(self, holds: Callable[[], object], *, seconds: float = 30.0) -> None:
        """Return once it holds; looks whenever Slack was called or a moment passed."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is looked at is a server without events
                await asyncio.sleep(0.01)

    async def until_said(self, words: str, *, channel: str = "", thread: str | None = None) -> FakeMessage:
        """Wait for a message of ours with these words, and return it."""
        found: list[FakeMessage] = []

        def is_there() -> bool:
            found[:] = [
                one
                for one in self.said(channel)
                if words in "\n".join(texts(one)) and (thread is None or one.thread_ts == thread)
            ]
            return bool(found)

        try:
            await self.until(is_there)
        except TimeoutError:
            raise AssertionError(f"{words!r} was not said, but {[texts(one) for one in self.said(channel)]}") from None
        return found[0]

    def said(self, channel: str = "") -> list[FakeMessage]:
        """What our apps wrote there."""
        return [one for one in self.slack.messages(channel or self.channel) if one.bot_id is not None]

    def whispers(self, user: str, channel: str = "") -> list[str]:
        """What that person alone was told."""
        return [one.text for one in self.slack.ephemerals(channel or self.channel, user)]

    async def whispered(self, user: str, channel: str = "") -> str:
        """The newest that that person alone was told, once there is something."""
        await self.until(lambda: self.whispers(user, channel))
        return self.whispers(user, channel)[-1]

    async def settled(self) -> None:
        """Return when everything that was brought has been dealt with."""
        assert self.stands is not None
        for app in (self.host, *self.own.values()):
            await self.slack.delivered(app)
        await self.stands.inbox.drained()

    def named(self, app: FakeApp | None = None) -> str:
        """A mention of an app, the host by default."""
        return f"<@{(app or self.host).bot_user}>"


@asynccontextmanager
async def workspace(
    folder: Path, *, own: Sequence[str] = (), way: Way = "sockets", **more: str
) -> AsyncIterator[World]:
    """A fake Slack with its people, and a house that is not yet served."""
    async with FakeSlack.open() as slack:
        slack.add_team("T1")
        host = slack.add_app()
        theirs = {name: slack.add_app("T1", name, AGENT_SCOPES, AGENT_EVENTS) for name in own}
        ana, ben, eve = (slack.add_user("T1", name) for name in ("ana", "ben", "eve"))
        channel = slack.add_channel("T1", "data-team", members=[ana, ben, eve], apps=[host, *theirs.values()])
        yield World(
            slack=slack,
            folder=folder,
            host=host,
            own=theirs,
            ana=ana,
            ben=ben,
            eve=eve,
            channel=channel,
            way=way,
            **more,
        )
