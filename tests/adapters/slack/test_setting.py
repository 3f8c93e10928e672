"""What the config says of Slack, and that nothing else does: tokens, environment, logs, files in."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.slack import inbox, people
from adapters.slack.apps import FACES
from adapters.slack.downloads import Downloads
from adapters.slack.inbox import Inbox, Item
from agents.errors import StoreFailed, WrongUse
from agents.log.events import Said
from agents.testing import FakeClock, MemoryFacts
from bots.config import Loaded, load
from bots.logs import set_up
from bots.platforms import configured
from bots.platforms.slack import setting_of
from tests.adapters.slack.living import Way, World, workspace
from tests.adapters.slack.stages import slack_stage
from tests.adapters.slack.test_receiving import events_in
from tests.adapters.slack.test_sockets import leaves
from tests.unit.bots.test_config_loader import written


async def refused_start(world: World) -> str:
    with pytest.raises(ExceptionGroup) as failed:
        async with world.served():
            pass
    (error,) = leaves(failed.value)
    assert isinstance(error, WrongUse)
    return str(error)


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_r3_a_dead_token_ends_the_start_and_names_its_table(folder: Path, error: str):
    async with workspace(folder, own=["coder"]) as world:
        world.own["coder"].installs["T1"].revoked = error
        said = await refused_start(world)
        assert said.startswith("[agents.coder.slack] bot_token: Slack does not accept the bot token any more")
        assert error in said


async def test_r3_apps_of_different_workspaces_do_not_start(folder: Path):
    async with workspace(folder) as world:
        world.slack.add_team("T2")
        world.own["coder"] = world.slack.add_app("T2", "coder")
        assert "installed in different workspaces" in await refused_start(world)


def test_slack_without_a_table_says_what_to_add():
    assert configured(Loaded().config) == ()
    with pytest.raises(WrongUse, match=r"add a \[slack\] table"):
        setting_of(Loaded(), {})


@pytest.mark.parametrize("way", ["sockets", "http"])
async def test_r30_nothing_of_the_environment_leaks_in(folder: Path, way: Way, monkeypatch: pytest.MonkeyPatch):
    for name in (
        "BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET", "VERIFICATION_TOKEN", "USER_TOKEN",
        "SCOPES", "INSTALL_PATH", "REDIRECT_URI",
    ):  # fmt: skip
        monkeypatch.setenv(f"SLACK_{name}", "nonsense")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    async with workspace(folder, way=way) as world, world.served():
        await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
        await world.until_said("hello")


@pytest.mark.parametrize("way", ["sockets", "http"])
async def test_r29_no_secret_is_in_any_line_of_the_logs(folder: Path, way: Way, capsys: pytest.CaptureFixture[str]):
    async with workspace(folder, own=["coder"], way=way, more='[logs]\nlevel = "debug"') as world:
        before = logging.getLogger().handlers[:], logging.getLogger().level
        set_up(load(written(folder, world.config())), {})
        try:
            async with world.served():
                await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
                await world.until_said("hello")
                await world.slack.command(world.ben, world.channel, "/tertulia", "status")
        finally:
            logging.getLogger().handlers[:], logging.getLogger().level = before
            for name in ("slack_bolt", "slack_sdk"):
                logging.getLogger(name).setLevel(logging.NOTSET)
            logging.captureWarnings(capture=False)
        lines = capsys.readouterr().err
        assert way == "http" or "slack_bolt.tertulia" in lines
        for app in (world.host, world.own["coder"]):
            for secret in (app.bot_token, app.app_token, app.signing_secret, "ticket=", "/actions/T1"):
                assert secret not in lines
        assert not [line for line in lines.splitlines() if '"logger": "slack' in line and "hello" in line]


async def test_p24_files_of_people_come_with_their_message_and_what_does_not_is_named(folder: Path):
    async with workspace(folder) as world, world.served():
        small = world.slack.add_file("T1", world.ben, "data.csv", b"a,b\n1,2\n")
        large = world.slack.add_file("T1", world.ben, "big.bin", b"x")
        large.data = bytes(20_000_001)
        await world.slack.say(world.channel, world.ben, f"{world.named()} look", files=[small, large])
        answer = await world.until_said("look")
        (said, *_) = [
            one
            for one in await events_in(world, f"slack:T1/{world.channel}/{answer.thread_ts}")
            if isinstance(one, Said)
        ]
        assert [(one.name, one.media_type, one.size) for one in said.files] == [("data.csv", "text/csv", 8)]
        assert said.text == "@Tertulia look\n[Not taken: big.bin (it has more than 20 MB).]"
        assert world.house is not None
        assert await world.house.ports.store.files.get(said.files[0].sha256) == b"a,b\n1,2\n"


async def test_p24_only_slacks_own_file_hosts_are_asked_and_no_redirect_is_followed():
    async with slack_stage() as stage:
        kept: list[bytes] = []

        class Files:
            async def put(self, content: bytes) -> str:
                kept.append(content)
                return "0" * 64

            async def get(self, sha256: str) -> bytes:
                raise StoreFailed("Nothing is kept here.")

        downloads = Downloads(stage.apps.host, Files(), hosts=("127.0.0.1", "files.slack.com"))
        file = stage.slack.add_file("T1", "U1", "ok.txt", b"fine")
        url = f"{stage.slack.world.origin}/files-pri/T1-{file.id}/ok.txt"
        shapes = [
            {"name": "ok.txt", "url_private": url, "mimetype": "nonsense"},
            {"name": "evil.txt", "url_private": "http://169.254.169.254/latest"},
            {"name": "gone.txt", "url_private": f"{stage.slack.world.origin}/files-pri/T1-F9/x"},
            {"name": "none.txt"},
            {"title": "refused", "url_private": "http://127.0.0.1:9/x"},
        ]
        fetched = await downloads.fetch(shapes)
        assert ([one.media_type for one in fetched.files], kept) == (["text/plain"], [b"fine"])
        assert fetched.missing == (
            "[Not taken: evil.txt (it is not kept at Slack); gone.txt (Slack did not give it; the app may lack "
            "files:read); none.txt (it is not kept at Slack); refused (it could not be fetched).]"
        )
        install = stage.slack.world.installs("T1")
        next(iter(install))[1].scopes = ()
        assert "may lack files:read" in (await downloads.fetch(shapes[:1])).missing
        assert len((await downloads.fetch([{"name": "x"}] * 12)).missing.split(";")) == 12


async def test_r5_what_waits_is_bounded_and_slack_brings_the_rest_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inbox, "MOST_WAITING", 3)

    async def never(item: Item) -> None:
        raise AssertionError("nothing is handled before it runs")

    box = Inbox(MemoryFacts(), FakeClock(), never)
    items = [Item(key=f"k{number}", line="C1", at=str(number), payload={}) for number in range(4)]
    for item in (*items[:3], items[0]):
        await box.take(item)
    with pytest.raises(StoreFailed):
        await box.take(items[3])


async def test_r1_what_was_dealt_with_is_forgotten_and_what_a_bug_holds_up_waits_alone_for_the_next_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(inbox, "MOST_REMEMBERED", 2)
    handled: list[str] = []
    failures = [StoreFailed("busy")]

    async def handle(item: Item) -> None:
        if failures:
            raise failures.pop()
        handled.append(item.key)
        if item.key == "k1":
            raise RuntimeError("a bug")

    clock, records = FakeClock(), MemoryFacts()
    box = Inbox(records, clock, handle)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(box.run())
        await asyncio.sleep(0.01)
        for number in range(4):
            await box.take(Item(key=f"k{number}", line="C1", at=str(number), payload={}))
        while len(handled) < 4:
            await asyncio.sleep(0)
            clock.advance(1.0)
        await box.drained()
        working.cancel()
    assert handled == ["k0", "k1", "k2", "k3"]
    assert "A bug keeps the event k1" in caplog.text
    assert list(await records.items(inbox.NAMESPACE)) == ["k1"]


@pytest.mark.parametrize("fails", [False, True])
async def test_r4_copies_that_come_at_once_are_written_once(fails: bool):
    gate, written = asyncio.Event(), list[str]()

    class Facts(MemoryFacts):
        async def put(self, namespace: str, key: str, body: str) -> None:
            written.append(key)
            await gate.wait()
            if fails:
                raise StoreFailed("The disk is full; make room.")
            await super().put(namespace, key, body)

    async def nothing(item: Item) -> None:
        raise AssertionError("nothing is handled before it runs")

    box = Inbox(Facts(), FakeClock(), nothing)
    taken: list[str] = []

    async def take() -> None:
        try:
            await box.take(Item(key="k", line="C1", at="1", payload={}))
        except StoreFailed:
            taken.append("failed")
        else:
            taken.append("kept")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(take())
        await asyncio.sleep(0.01)
        gate.set()
    assert (written, taken) == (["k"], ["failed" if fails else "kept"] * 3)


async def test_people_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(people, "MOST_KNOWN", 2)
    async with slack_stage() as stage:
        known = people.People(stage.apps, stage.clock)
        users = [stage.slack.add_user("T1", f"user{number}") for number in range(3)]
        for user in (*users, *users):
            assert (await known.person(user)).standing == "member"
        assert len(stage.slack.called("users.info")) == 6
        assert (await known.person("U404")).standing == "unknown"
        assert (await known.person(stage.apps.host.bot_user)).standing == "bot"
        stage.clock.advance(people.KNOWN_FOR + 1)
        stage.slack.faults.server_error("users.info", times=3)
        assert (await known.person(users[2])).profile.name == "user2"
        assert (await known.named("U405")).name == ""


async def test_p45_a_group_is_trusted_for_a_while_when_slack_does_not_answer():
    async with slack_stage() as stage:
        known = people.People(stage.apps, stage.clock)
        ana = stage.ana.rpartition("/")[2]
        group = stage.slack.add_user_group("T1", "friends", [ana])
        named = {f"slack:group:{group}", "slack:group:S404", "slack:workspace"}
        named.add(f"slack:group:T2/{group}")
        everything = {
            *(f"slack:user:{ana}", f"slack:user:T1/{ana}", "slack:workspace", "slack:workspace:T1"),
            f"slack:group:{group}",
        }
        assert await known.groups(ana, named) == everything
        stage.clock.advance(people.GROUP_KNOWN_FOR + 1)
        stage.slack.faults.server_error("usergroups.users.list", times=2)
        assert await known.groups(ana, {f"slack:group:{group}"}) == everything
        stage.clock.advance(people.GROUP_TRUSTED_FOR)
        with pytest.raises(Exception, match="tried again"):
            await known.groups(ana, {f"slack:group:{group}"})


def test_r24_the_scope_for_faces_is_slacks():
    assert FACES == "chat:write.customize"


async def test_p45_who_is_an_owner_by_a_user_group_rules_in_a_channel_with_lists_of_its_own(folder: Path):
    async with workspace(folder) as plain:
        group = plain.slack.add_user_group("T1", "owners", [plain.eve])
        own = '[[channels]]\nmatch = ["slack:#open"]\nteam = "tests.adapters.slack.teams:echo"\n'
        own += f'users = ["slack:{plain.ben}"]\nadmins = ["slack:{plain.ben}"]\napprovers = []\n'
        world = replace(plain, ana=f"group:{group}", more=own)  # the admins of [people] are that group
        async with world.served():
            room = world.slack.add_channel("T1", "open", members=[world.ben, world.eve], apps=[world.host])
            refused = await world.slack.command(world.ben, room, "/tertulia", "halt everything")
            assert "Only an admin of the whole installation" in refused.text
            assert "Halted" in (await world.slack.command(world.eve, room, "/tertulia", "halt everything")).text
