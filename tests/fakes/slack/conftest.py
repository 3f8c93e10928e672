"""A Slack with one team, one channel, two people and the host app, and a real client of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeApp, FakeSlack
from tests.fakes.slack.listening import Listener, listening


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack.open() as slack:
        slack.add_team("T1")
        yield slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The usual room and who is in it."""

    slack: FakeSlack
    app: FakeApp
    ana: str
    ben: str
    room: str
    client: AsyncWebClient

    def client_of(self, app: FakeApp, team: str = "T1") -> AsyncWebClient:
        return AsyncWebClient(token=app.installs[team].bot_token, base_url=self.slack.api_url, retry_handlers=[])


@pytest.fixture
async def place(slack: FakeSlack) -> Place:
    app = slack.add_app()
    ana, ben = slack.add_user("T1", "ana"), slack.add_user("T1", "ben")
    room = slack.add_channel("T1", "data-team", members=[ana, ben], apps=[app])
    client = AsyncWebClient(token=app.bot_token, base_url=slack.api_url, retry_handlers=[])
    return Place(slack=slack, app=app, ana=ana, ben=ben, room=room, client=client)


@pytest.fixture
async def listener(place: Place) -> AsyncIterator[Listener]:
    async with listening(place.slack, place.app) as listener:
        yield listener
