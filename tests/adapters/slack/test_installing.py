"""R28: people install the host app in their workspaces, each with tokens, people and rooms of its own."""

import asyncio
import json
import os
import socket
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.oauth.installation_store.models.installation import Installation

from adapters.slack import installations, tenants
from adapters.slack.installations import NAMESPACE, Installations, States, WholeOrganisation
from adapters.slack.manifest import HOST_SCOPES
from agents.errors import PlatformFailed, StoreFailed
from agents.log.events import Said
from agents.testing import FakeClock, MemoryFacts
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import texts
from tests.adapters.slack.test_inspecting import told
from tests.fakes.slack import AGENT_EVENTS, AGENT_SCOPES

# slack_sdk sends the client's secret in a way that aiohttp is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

CHANNEL = "C0EQUAL"
"""Two teams have a channel with this id, and each a person with the id of the other's."""


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    """Nobody has installed the app yet; T1 and T2 have the same ids."""
    async with workspace(folder, way="http") as world:
        slack = world.slack
        slack.add_team("T2", "Acme")
        slack.add_user("T2", "bea", id_=world.ben)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            world.port = free.getsockname()[1]
        world.public_url = f"http://127.0.0.1:{world.port}"
        world.is_installed_by_people = True
        world.people = f'admins = ["slack:T1/{world.ana}"]\nusers = ["slack:T1/{world.ben}", "slack:workspace:T2"]'
        for team, people in (("T1", [world.ana, world.ben]), ("T2", [world.ben])):
            slack.add_channel(team, "data-team", members=people, id_=CHANNEL)
        del world.host.installs["T1"]
        yield world


@dataclass(kw_only=True)
class Browser:
    """A person's browser on its way through the installation."""

    world: World
    cookie: str = ""
    back: str = ""

    async def begin(self) -> None:
        """Open the page, and allow at Slack what it asks for."""
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{self.world.public_url}/slack/install", allow_redirects=False) as begun:
                assert begun.status == 302
                page, self.cookie = begun.headers["Location"], begun.headers["Set-Cookie"].partition(";")[0]
                assert "Secure" in begun.headers["Set-Cookie"]
            async with session.get(page, allow_redirects=False) as allowed:
                self.back = allowed.headers["Location"]

    async def finish(self, back: str = "") -> tuple[int, str]:
        """Come back from Slack."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        async with aiohttp.ClientSession() as session, session.get(back or self.back, headers=headers) as done:
            return done.status, await done.text()


async def install(world: World, team: str, user: str) -> None:
    world.slack.approve_installs(team, user)
    browser = Browser(world=world)
    await browser.begin()
    assert (await browser.finish())[0] == 200
    install = world.host.installs[team]
    if install.bot_user not in world.slack.world.channel(CHANNEL, team).members:
        await world.slack.join(CHANNEL, install.bot_user, team=team)


async def ask(world: World, team: str, text: str) -> None:
    mention = f"<@{world.host.installs[team].bot_user}>"
    await world.slack.say(CHANNEL, world.ben, f"{mention} {text}", team=team)


def said(world: World, team: str) -> list[str]:
    ours = [one for one in world.slack.messages(CHANNEL, team=team) if one.bot_id is not None]
    return ["\n".join(texts(one)) for one in ours]


async def until_said(world: World, team: str, words: str) -> None:
    await world.until(lambda: any(words in one for one in said(world, team)))


async def test_r28_a_workspace_installs_the_app_and_is_served_at_once_and_after_a_restart(world: World):
    async with world.served() as stands:
        assert stands.workspaces.teams == ()
        await install(world, "T2", world.ben)
        assert stands.workspaces.teams == ("T2",)
        await ask(world, "T2", "hello")
        await until_said(world, "T2", "You said: @Tertulia hello")
        assert world.slack.world.channel(CHANNEL, "T2").messages
    for path in world.folder.glob("rooms.db*"):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    async with world.served() as stands:
        assert stands.workspaces.teams == ("T2",)
        await ask(world, "T2", "again")
        await until_said(world, "T2", "again")
        assert world.slack.strays == []


async def test_r28_p42_two_workspaces_with_equal_ids_never_mix(world: World):
    async with world.served() as stands:
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
        for team in ("T1", "T2"):
            await ask(world, team, f"hello from {team}")
        for team in ("T1", "T2"):
            await until_said(world, team, f"hello from {team}")
        await world.settled()
        assert [len(said(world, team)) for team in ("T1", "T2")] == [1, 1]
        assert world.house is not None
        for team, other in (("T1", "T2"), ("T2", "T1")):
            rooms = await world.house.ports.store.schedule.rooms(f"slack:{team}/{CHANNEL}")
            kept = [one.event.text for room in rooms for one in await world.house.ports.store.log.read(room)
                    if isinstance(one.event, Said)]  # fmt: skip
            assert kept
            assert not [text for text in kept if other in text]
        first, second = stands.workspaces.of("T1"), stands.workspaces.of("T2")
        assert first is not None
        assert second is not None
        assert first.apps.host.caller.client.token != second.apps.host.caller.client.token


async def test_r28_p45_only_people_who_are_named_with_their_workspace_may(world: World):
    """The config's admin is T1's; in T2 somebody else has that id."""
    world.people = f'admins = ["slack:T1/{world.ana}"]\nusers = ["slack:T1/{world.ben}"]'
    async with world.served():
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
        await ask(world, "T2", "let me in")
        await world.until(lambda: world.slack.ephemerals(CHANNEL, world.ben, team="T2"))
        assert "not among the people" in world.slack.ephemerals(CHANNEL, world.ben, team="T2")[0].text
        await ask(world, "T1", "hello")
        await until_said(world, "T1", "hello")
        assert said(world, "T2") == []


async def test_r28_p42_a_button_of_one_workspace_does_nothing_in_another(world: World):
    world.team = "asking"
    async with world.served():
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
        await ask(world, "T2", "begin")
        await until_said(world, "T2", "Which city?")
        (card,) = [one for one in world.slack.messages(CHANNEL, team="T2") if one.bot_id is not None]
        button = world.slack.buttons(CHANNEL, card.ts, team="T2")[0]
        action = {"action_id": button["action_id"], "value": button["value"], "action_ts": "1.5"}
        pressed = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": world.ben, "team_id": "T1"},
            "channel": {"id": CHANNEL},
            "container": {"channel_id": CHANNEL, "message_ts": card.ts},
            "trigger_id": "1.1",
            "actions": [action],
        }
        await world.slack.office.send(world.host, "interactive", pressed)
        await world.settled()
        assert world.slack.unacked == []
        assert world.house is not None
        asked = await world.house.rooms.read(f"slack:T2/{CHANNEL}/{card.thread_ts}")
        assert [one.answer for one in asked.questions] == [None]
        await world.slack.click(world.ben, CHANNEL, card.ts, action_id=button["action_id"], team="T2")
        await until_said(world, "T2", "Heard 'Madrid'.")


async def test_r29_r28_no_secret_of_an_installation_is_in_the_logs(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG", logger="slack_bolt")
    caplog.set_level("DEBUG", logger="slack_sdk")
    caplog.set_level("DEBUG", logger="adapters")
    world.host.rotates = True
    async with world.served():
        await install(world, "T2", world.ben)
        await ask(world, "T2", "hello")
        await until_said(world, "T2", "hello")
    installed = world.host.installs["T2"]
    assert "The workspace T2 (Acme) is served." in caplog.text
    for secret in (installed.bot_token, installed.refresh_token, world.host.client_secret, world.host.signing_secret):
        assert secret
        assert secret not in caplog.text
    assert "code-" not in caplog.text


async def test_r28_an_uninstalled_workspace_ends_and_the_others_go_on(world: World):
    async with world.served() as stands:
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
        await ask(world, "T2", "hello")
        await until_said(world, "T2", "hello")
        await world.slack.uninstall(world.host, team="T2")
        await world.until(lambda: stands.workspaces.teams == ("T1",))
        await world.settled()
        with pytest.raises(PlatformFailed, match="not installed in the workspace T2") as gone:
            stands.workspaces.apps("T2")
        assert gone.value.permanent
        await ask(world, "T1", "still there?")
        await until_said(world, "T1", "still there?")
        assert [one.team_id for one in await kept(world).all()] == ["T1"]
        await world.settled()
        assert world.slack.unacked == []
        await install(world, "T2", world.ben)
        await ask(world, "T2", "back again")
        await until_said(world, "T2", "back again")


def kept(world: World) -> Installations:
    assert world.house is not None
    return Installations(world.house.ports.store.facts)


async def test_r28_a_revoked_token_ends_its_workspace_and_an_old_event_of_it_does_not_end_a_new_one(world: World):
    async with world.served() as stands:
        await install(world, "T2", world.ben)
        install_before = world.host.installs["T2"]
        await world.slack.revoke(world.host, team="T2")
        await world.until(lambda: stands.workspaces.teams == ())
        await install(world, "T2", world.ben)
        event = {"type": "tokens_revoked", "tokens": {"bot": [install_before.bot_user]}, "event_ts": "1.5"}
        await world.slack.site.hearing.told(world.host, world.host.installs["T2"], event)
        await world.settled()
        assert stands.workspaces.teams == ("T2",)
        await ask(world, "T2", "hello")
        await until_said(world, "T2", "hello")


async def test_r28_r3_an_app_that_was_removed_while_nothing_ran_is_noticed_at_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    async with world.served():
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
    world.host.installs["T1"].revoked = "account_inactive"
    world.slack.faults.server_error("auth.test")
    monkeypatch.setattr(tenants, "LOOK_SECONDS", 0.05)
    async with world.served() as stands:
        await world.until(lambda: stands.workspaces.teams == ("T2",))
        assert [one.team_id for one in await kept(world).all()] == ["T2"]


async def test_r28_a_token_that_expires_is_renewed_while_serving(world: World, monkeypatch: pytest.MonkeyPatch):
    world.host.rotates = True
    monkeypatch.setattr(tenants, "LOOK_SECONDS", 0.05)
    async with world.served() as stands:
        await install(world, "T2", world.ben)
        first = world.host.installs["T2"].bot_token
        monkeypatch.setattr(tenants, "RENEW_MINUTES", 13 * 60)
        await world.until(lambda: world.host.installs["T2"].bot_token != first)
        monkeypatch.setattr(tenants, "RENEW_MINUTES", 0)
        monkeypatch.setattr(tenants, "LOOK_SECONDS", 3600.0)
        served = stands.workspaces.of("T2")
        assert served is not None
        await world.until(lambda: served.apps.host.caller.client.token == world.host.installs["T2"].bot_token)
        await ask(world, "T2", "hello")
        await until_said(world, "T2", "hello")


async def test_r28_a_token_that_expired_while_nothing_ran_is_renewed_before_it_is_used(world: World):
    world.host.rotates = True
    async with world.served():
        await install(world, "T2", world.ben)
        bot = await kept(world).async_find_bot(enterprise_id=None, team_id="T2")
        assert bot is not None
        assert bot.bot_token_expires_at is not None
        assert bot.bot_token_expires_at > time.time()
        bot.bot_token_expires_at = int(time.time()) - 1
        await kept(world).async_save_bot(bot)
    world.slack.clock.advance(43_201)
    async with world.served():
        await ask(world, "T2", "hello")
        await until_said(world, "T2", "hello")
        assert world.host.installs["T2"].bot_token != bot.bot_token


async def test_r28_a_token_that_slack_does_not_renew_is_said_in_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    world.host.rotates = True
    async with world.served():
        await install(world, "T2", world.ben)
    world.host.installs["T2"].refresh_token = "xoxe-1-another"
    monkeypatch.setattr(tenants, "RENEW_MINUTES", 13 * 60)
    async with world.served() as stands:
        assert stands.workspaces.teams == ("T2",)
        assert "The token of the workspace T2 was not renewed" in caplog.text
        assert "xoxe" not in caplog.text


async def test_r28_the_flow_is_refused_with_another_state_another_browser_and_a_second_time(world: World):
    world.slack.approve_installs("T2", world.ben)
    async with world.served() as stands:
        browser, stranger = Browser(world=world), Browser(world=world)
        await browser.begin()
        state = browser.cookie.partition("=")[2]
        status, text = await browser.finish(browser.back.replace(state, "guessed"))
        assert (status, "begin again, in one browser" in text) == (400, True)
        assert (await stranger.finish(browser.back))[0] == 400
        assert stands.workspaces.teams == ()
        status, text = await browser.finish()
        assert (status, "Tertulia is in Acme" in text) == (200, True)
        status, text = await browser.finish()
        assert (status, "begin again" in text) == (401, True)
        forged = Browser(world=world, cookie="slack-app-oauth-state=mine")
        back = f"{world.public_url}/slack/oauth_redirect?code=x&state=mine"
        assert (await forged.finish(back))[0] == 401


async def test_r28_a_browser_that_comes_back_after_a_restart_is_still_known(world: World):
    world.slack.approve_installs("T2", world.ben)
    browser = Browser(world=world)
    async with world.served():
        await browser.begin()
    async with world.served() as stands:
        assert (await browser.finish())[0] == 200
        assert stands.workspaces.teams == ("T2",)


async def test_r28_who_denies_and_what_slack_does_not_finish_installs_nothing(world: World):
    async with world.served() as stands:
        world.slack.deny_installs()
        browser = Browser(world=world)
        await browser.begin()
        assert "Nothing was installed." in (await browser.finish())[1]
        world.slack.approve_installs("T2", world.ben)
        for fault, expected in (
            (lambda: world.slack.faults.refuse("oauth.v2.access", "invalid_code"), 401),
            (lambda: world.slack.faults.lose_request("oauth.v2.access"), 502),
        ):
            browser = Browser(world=world)
            await browser.begin()
            fault()
            status, text = await browser.finish()
            assert (status, f"{world.public_url}/slack/install" in text) == (expected, True)
        assert stands.workspaces.teams == ()


async def test_r28_what_the_store_does_not_keep_is_not_installed(world: World):
    world.slack.approve_installs("T2", world.ben)
    async with world.served() as stands:
        assert world.house is not None
        records = world.house.ports.store.facts
        real = records.put

        async def put(namespace: str, key: str, body: str, **how: bool) -> None:
            if namespace in refusing:
                raise StoreFailed("The disk is full; make room.")
            await real(namespace, key, body, **how)

        refusing = {installations.STATES}
        records.put = put  # type: ignore[method-assign]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{world.public_url}/slack/install", allow_redirects=False) as refused,
        ):
            assert refused.status == 503
        refusing = {NAMESPACE}
        browser = Browser(world=world)
        await browser.begin()
        assert (await browser.finish())[0] == 503
        assert stands.workspaces.teams == ()


async def test_r28_events_of_a_workspace_that_never_installed_are_answered_and_dropped(world: World):
    async with world.served() as stands:
        await install(world, "T2", world.ben)
        world.slack.install(world.host, "T1")
        await world.slack.join(CHANNEL, world.host.installs["T1"].bot_user, team="T1")
        await ask(world, "T1", "hello")
        assert (await world.slack.command(world.ben, CHANNEL, "/tertulia", "status", team="T1")).text == ""
        await world.settled()
        assert (world.slack.unacked, said(world, "T1"), stands.workspaces.teams) == ([], [], ("T2",))


async def test_r28_the_apps_own_workspace_alone_is_served_with_a_token_of_the_config(folder: Path):
    async with workspace(folder, way="http") as world, world.served():
        world.slack.add_team("T2")
        world.slack.install(world.host, "T2")
        other = world.slack.add_user("T2", "bea", id_=world.ben)
        room = world.slack.add_channel("T2", "data-team", members=[other], apps=[world.host], id_=world.channel)
        mention = f"<@{world.host.installs['T2'].bot_user}> {world.named()} hello"
        await world.slack.say(room, other, mention, team="T2")
        await world.settled()
        assert world.slack.messages(world.channel, team="T1") == []
        assert len(world.slack.messages(room, team="T2")) == 1
        assert world.slack.unacked == []


async def test_r28_an_agents_own_app_joins_its_workspace_once_the_host_is_there(
    folder: Path, world: World, caplog: pytest.LogCaptureFixture
):
    coder = world.slack.add_app("T2", "coder", AGENT_SCOPES, AGENT_EVENTS)
    world.own["coder"] = coder
    await world.slack.join(CHANNEL, coder.bot_user, team="T2")
    async with world.served():
        assert "The app of [agents.coder.slack] waits" in caplog.text
        await install(world, "T2", world.ben)
        await ask(world, "T2", f"<@{coder.bot_user}> hello")
        await until_said(world, "T2", "Coded")
        (message,) = [one for one in world.slack.messages(CHANNEL, team="T2") if one.bot_id == coder.bot_id]
        assert "Coded" in "\n".join(texts(message))


async def test_p29_r28_doctor_looks_at_the_client_and_at_every_workspace(world: World):
    world.public_url = "http://127.0.0.1:9"
    first, *_ = await told(world)
    assert first == ("ok", "Slack accepts client_id and client_secret of [slack].")
    world.public_url = f"http://127.0.0.1:{world.port}"
    async with world.served():
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
    world.host.installs["T2"].scopes = tuple(HOST_SCOPES)
    world.host.installs["T1"].revoked = "account_inactive"
    world.slack.faults.refuse("oauth.v2.access", "bad_client_secret")
    found = await told(world)
    assert [status for status, text in found if "(bad_client_secret)" in text] == ["warning"]
    assert [status for status, text in found if "The workspace Team T1" in text] == ["warning"]
    assert [status for status, text in found if text.startswith("The app of [slack] in Acme is installed")] == ["ok"]


def made(**change: object) -> Installation:
    fields: dict[str, object] = {
        "team_id": "T1",
        "bot_token": "xoxb-1",
        "bot_id": "B1",
        "bot_user_id": "U1",
        "bot_scopes": "chat:write,commands",
        "user_id": "U9",
        "user_token": "xoxp-secret",
    }
    return Installation(**(fields | change))  # type: ignore[arg-type]


async def test_r28_an_installation_is_kept_without_what_is_nobodys_business_but_the_persons():
    records = MemoryFacts()
    store = Installations(records)
    await store.async_save(made())
    assert "xoxp" not in json.dumps(await records.items(NAMESPACE))
    bot = await store.async_find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None
    assert (bot.bot_token, list(bot.bot_scopes)) == ("xoxb-1", ["chat:write", "commands"])
    bot.bot_token = "xoxb-2"
    await store.async_save_bot(bot)
    found = await store.async_find_installation(enterprise_id=None, team_id="T1", user_id="U9")
    assert found is not None
    assert (found.bot_token, found.user_id) == ("xoxb-2", "U9")
    assert await store.async_find_installation(enterprise_id=None, team_id="T1", user_id="U8") is None
    assert await store.async_find_bot(enterprise_id="E1", team_id=None, is_enterprise_install=True) is None
    await store.async_delete_installation(enterprise_id=None, team_id="T1", user_id="U9")
    assert len(await store.all()) == 1
    await store.async_delete_all(enterprise_id=None, team_id="T1")
    await store.async_delete_bot(enterprise_id=None, team_id=None)
    assert await store.all() == []
    await store.async_save_bot(bot)
    assert [one.user_id for one in await store.all()] == [""]


@pytest.mark.parametrize("change", [{"is_enterprise_install": True}, {"team_id": None}, {"bot_token": None}])
async def test_r28_an_organisation_as_a_whole_is_not_installed(change: dict[str, object]):
    store = Installations(MemoryFacts())
    with pytest.raises(WholeOrganisation):
        await store.async_save(made(**change))
    assert await store.all() == []


async def test_r28_a_state_is_good_once_for_ten_minutes_and_there_are_never_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installations, "MOST_STATES", 3)
    records, clock = MemoryFacts(), FakeClock()
    states = States(records, clock)
    issued: list[str] = []
    for _ in range(5):
        issued.append(await states.async_issue())
        clock.advance(1.0)
    assert [await states.async_consume(one) for one in issued[:2]] == [False, False]
    async with asyncio.TaskGroup() as group:
        twice = [group.create_task(states.async_consume(issued[2])) for _ in range(2)]
    assert sorted(one.result() for one in twice) == [False, True]
    clock.advance(601)
    assert not await states.async_consume(issued[3])
    await states.async_issue()
    assert len(await records.items(installations.STATES)) == 1
