"""OAuth: a browser installs a real slack_bolt app in a team; tokens rotate, are revoked and expire."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.file import FileInstallationStore
from slack_sdk.oauth.state_store.file import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import refused
from tests.fakes.slack.test_http_events import serve

# slack_sdk sends the client's secret in a way that aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

BACK = "http://127.0.0.1:9/slack/oauth_redirect"


async def authorize(place: Place, **change: str) -> tuple[int, dict[str, list[str]]]:
    """What the authorize page answers a browser with: its status and what it sends back."""
    asked = {"client_id": place.app.client_id, "scope": "chat:write,commands", "state": "s1", "redirect_uri": BACK}
    url = f"{place.slack.authorize_url}?{urlencode(asked | change)}"
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as response:
        return response.status, parse_qs(urlsplit(response.headers.get("Location", "")).query)


async def exchange(place: Place, good_code: str, **change: str) -> dict[str, object]:
    """The answer of oauth.v2.access."""
    given = {"client_id": place.app.client_id, "client_secret": place.app.client_secret, "redirect_uri": BACK}
    client = AsyncWebClient(base_url=place.slack.api_url)
    answer = await client.oauth_v2_access(**(given | {"code": good_code} | change))
    assert isinstance(answer.data, dict)
    return answer.data


async def test_r28_a_person_allows_an_app_and_the_code_is_good_once(place: Place) -> None:
    place.slack.add_team("T2", "Acme")
    zoe = place.slack.add_user("T2", "zoe")
    place.slack.approve_installs("T2", zoe)
    status, back = await authorize(place)
    assert (status, back["state"]) == (302, ["s1"])
    answer = await exchange(place, back["code"][0])
    assert (answer["team"], answer["authed_user"]) == ({"id": "T2", "name": "Acme"}, {"id": zoe})
    assert answer["scope"] == "chat:write,commands"
    assert (await AsyncWebClient(token=str(answer["access_token"]), base_url=place.slack.api_url).auth_test())[
        "team_id"
    ] == "T2"
    assert await refused(exchange(place, back["code"][0])) == "invalid_code"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "bad_redirect_uri"),
        ({"code": "guessed"}, "invalid_code"),
        ({"grant_type": "password"}, "invalid_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "guessed"}, "invalid_refresh_token"),
    ],
)
async def test_r28_a_wrong_exchange_is_refused(place: Place, change: dict[str, str], error: str) -> None:
    place.slack.approve_installs("T1", place.ana)
    _, back = await authorize(place)
    assert await refused(exchange(place, back["code"][0], **change)) == error


async def test_r28_a_code_dies_after_ten_minutes(place: Place) -> None:
    place.slack.approve_installs("T1", place.ana)
    _, back = await authorize(place)
    place.slack.clock.advance(601)
    assert await refused(exchange(place, back["code"][0])) == "invalid_code"


async def test_who_denies_is_sent_back_and_wrong_questions_stay_on_the_page(place: Place) -> None:
    place.slack.deny_installs()
    assert await authorize(place) == (302, {"state": ["s1"], "error": ["access_denied"]})
    assert await authorize(place, client_id="wrong") == (400, {})
    assert await authorize(place, scope="") == (400, {})


async def test_r28_rotating_tokens_expire_and_are_refreshed(place: Place) -> None:
    place.app.rotates = True
    place.slack.approve_installs("T1", place.ana)
    _, back = await authorize(place)
    first = await exchange(place, back["code"][0])
    client = AsyncWebClient(token=str(first["access_token"]), base_url=place.slack.api_url)
    await client.auth_test()
    place.slack.clock.advance(43_201)
    assert await refused(client.auth_test()) == "token_expired"
    again = await exchange(place, "", grant_type="refresh_token", refresh_token=str(first["refresh_token"]))
    assert again["refresh_token"] != first["refresh_token"]
    await AsyncWebClient(token=str(again["access_token"]), base_url=place.slack.api_url).auth_test()


async def test_an_app_may_end_its_own_token(place: Place) -> None:
    assert (await place.client.auth_revoke(test=True))["revoked"] is False
    assert (await place.client.auth_revoke())["revoked"] is True
    assert await refused(place.client.auth_test()) == "token_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installable:
    """A bolt app with an install page."""

    origin: str
    store: FileInstallationStore


@pytest.fixture
async def installable(place: Place, tmp_path: Path) -> AsyncIterator[Installable]:
    store = FileInstallationStore(base_dir=str(tmp_path / "installs"), client_id=place.app.client_id)
    settings = AsyncOAuthSettings(
        client_id=place.app.client_id,
        client_secret=place.app.client_secret,
        scopes=["chat:write", "commands"],
        authorization_url=place.slack.authorize_url,
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(tmp_path / "states")),
        install_page_rendering_enabled=False,
    )
    client = AsyncWebClient(base_url=place.slack.api_url)
    bolt = AsyncApp(client=client, signing_secret=place.app.signing_secret, oauth_settings=settings)
    runner, origin = await serve(bolt.web_app())
    place.app.redirect_uri = f"{origin}/slack/oauth_redirect"
    yield Installable(origin=origin, store=store)
    await runner.cleanup()


async def test_r28_a_browser_installs_a_bolt_app(place: Place, installable: Installable) -> None:
    place.slack.approve_installs("T1", place.ana)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{installable.origin}/slack/install", allow_redirects=False) as begun:
            page, cookie = begun.headers["Location"], begun.headers["Set-Cookie"].partition(";")[0]
        async with browser.get(page, allow_redirects=False) as allowed:
            back = allowed.headers["Location"]
        async with browser.get(back, headers={"Cookie": cookie}) as done:
            assert done.status == 200
        async with browser.get(back, headers={"Cookie": cookie}) as again:
            assert again.status == 401
    bot = installable.store.find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None
    assert bot.bot_token == place.app.bot_token
