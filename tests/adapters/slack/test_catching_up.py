"""R10, P31: what was written while nobody listened, and Slack has given up telling, is read and answered once."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from adapters.slack import Slack, background, backlog, catch_up, cursors
from agents.errors import StoreFailed
from agents.log.events import Edited, Said
from agents.log.participants import is_person
from tests.adapters.slack.living import Way, World, workspace
from tests.adapters.slack.test_installing import ask, install, said, until_said
from tests.adapters.slack.test_installing import world as two_workspaces
from tests.adapters.slack.test_receiving import events_in
from tests.fakes.slack import FakeMessage

__all__ = ["two_workspaces"]

LISTENING = 'attention = "mentioned"\nconversation = "channel"'
OPEN = '[[channels]]\nmatch = ["slack:#open*"]\nteam = "tests.adapters.slack.teams:echo"\n'


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catch_up, "LOOK", 0.02)
    monkeypatch.setattr(catch_up, "_PAUSES", (0.05,))
    monkeypatch.setattr(backlog, "WAIT", 0.01)
    monkeypatch.setattr(background, "PAUSE", 0.01)


@asynccontextmanager
async def served(world: World, *keys: str) -> AsyncGenerator[Slack]:
    """The house is served, and has read and dealt with what it missed."""
    async with world.served() as stands:
        await caught_up(world, *keys)
        yield stands


async def caught_up(world: World, *keys: str) -> None:
    assert world.stands is not None
    known = world.stands.catch_up._cursors._known
    for key in keys or ("T1",):
        await world.until(lambda key=key: key in known and known[key].stretch is not None and not known[key].is_reading)
    await world.stands.inbox.drained()


@asynccontextmanager
async def closed(folder: Path, *keys: str, way: Way = "http", **more: object) -> AsyncGenerator[World]:
    """The house has listened and is closed now; from now on Slack tells everything once."""
    async with workspace(folder, way=way, **more) as world:  # type: ignore[arg-type]
        async with served(world, *keys):
            world.slack.office.retries = ()
        yield world


@contextmanager
def stretch_ending(stands: Slack) -> Generator[None]:
    """The house does not listen, and its mark stays where it is; then a new stretch begins."""
    stands.intake.is_open = False
    yield
    stands.intake.is_open, stands.intake.refused = True, stands.intake.refused + 1


def asked(world: World) -> list[str]:
    """The channels whose history was asked for, but for what a room begins with."""
    calls = [one.args for one in world.slack.called("conversations.history")]
    return [str(one["channel"]) for one in calls if str(one["limit"]) == str(backlog.PAGE)]


async def heard(world: World, room: str) -> list[str]:
    """What people said in a room, in order."""
    assert world.house is not None
    records = await world.house.ports.store.log.read(room)
    said = [one for one in records if isinstance(one.event, Said) and is_person(one.by)]
    return [one.event.text for one in said if isinstance(one.event, Said) and not one.event.recalled]


def a_channel(world: World, name: str = "open") -> str:
    return world.slack.add_channel("T1", name, members=[world.ana, world.ben], apps=[world.host])


@pytest.mark.parametrize("way", ["sockets", "http"])
async def test_r10_what_slack_gave_up_while_the_house_was_closed_is_answered_once(folder: Path, way: Way):
    async with closed(folder, way=way) as world:
        for number in range(3):
            await world.slack.say(world.channel, world.ben, f"{world.named()} number {number}")
        await world.slack.delivered()
        assert all(one.given_up for one in world.slack.deliveries)
        async with served(world):
            for number in range(3):
                await world.until_said(f"number {number}")
            await world.slack.sockets.redeliver()  # it comes late after all
            await world.settled()
        async with served(world):
            await world.slack.sockets.redeliver(answered=True)
            await world.slack.say(world.channel, world.ben, f"{world.named()} the last")
            await world.until_said("the last")
            await world.settled()
        assert len(world.said()) == 4
        assert world.slack.strays == []


async def test_r10_what_came_while_the_connection_was_gone_is_answered_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bots.platforms.slack.PING_SECONDS", 0.4)
    async with workspace(folder, channel_table=LISTENING) as world, served(world) as stands:
        world.slack.office.retries = ()
        world.slack.sockets.refusing = True
        await world.slack.sockets.drop("close")
        await world.until(lambda: not stands.sockets[0].connected.is_set())
        for number in range(3):
            await world.slack.say(world.channel, world.ben, f"number {number}")
        world.slack.sockets.refusing = False
        await world.until(lambda: asked(world))
        await caught_up(world)
        assert await heard(world, f"slack:T1/{world.channel}") == [f"number {number}" for number in range(3)]


async def test_r10_the_first_start_reads_nothing(folder: Path):
    async with workspace(folder) as world:
        world.slack.office.retries = ()
        await world.slack.say(world.channel, world.ben, f"{world.named()} before there was a house")
        async with served(world):
            await world.slack.say(world.channel, world.ben, f"{world.named()} now")
            await world.until_said("now")
            await world.settled()
            assert world.slack.called("users.conversations") == []
            assert len(world.said()) == 1


async def test_r10_what_was_written_more_than_an_hour_ago_is_left(folder: Path):
    async with workspace(folder, way="http") as world:
        async with served(world):
            world.slack.office.retries = ()
            for minutes in (50, 70):
                ts = f"{world.slack.clock.now() - 60 * minutes:.6f}"
                text = f"{world.named()} {minutes} minutes ago"
                world.slack.world.channel(world.channel).add(FakeMessage(ts, world.channel, "T1", world.ben, text))
        async with served(world) as stands:
            cursor = stands.catch_up._cursors._known["T1"]
            cursor.until, cursor.stretch = world.slack.clock.now() - 7200.0, None  # for all that it knows
            await world.until_said("50 minutes ago")
            await caught_up(world)
            assert len(world.said()) == 1


async def test_r10_replies_in_threads_are_read_also_where_the_thread_began_long_ago(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catch_up, "OVERLAP", 0.0)  # or a thread that began lately is on the page anyway
    async with closed(folder) as world:
        async with served(world):
            root = await world.slack.say(world.channel, world.ben, f"{world.named()} begin")
            await world.until_said("begin")
            await world.settled()
        await world.slack.say(world.channel, world.ben, "a reply", thread_ts=root)
        await world.slack.say(world.channel, world.ben, "for all to see", thread_ts=root, broadcast=True)
        async with served(world) as stands:
            for number in range(3):
                await world.slack.say(world.channel, world.eve, f"talk {number}")
            await world.settled()
            world.slack.office.hold()
            monkeypatch.setattr(backlog, "PAGE", 2)
            with stretch_ending(stands):
                await world.slack.say(world.channel, world.ben, "below the page", thread_ts=root)
            await world.until_said("below the page", thread=root)
            world.slack.faults.refuse("conversations.replies", "thread_not_found")
            asked_before = len(asked(world))
            with stretch_ending(stands):
                await world.slack.say(world.channel, world.ben, f"{world.named()} elsewhere")
            await world.until_said("elsewhere")  # a thread that is gone keeps nothing else from being read
            await world.until(lambda: len(asked(world)) > asked_before)
            await caught_up(world)
        await world.slack.say(world.channel, world.ben, "after a restart", thread_ts=root)
        for number in range(3):
            await world.slack.say(world.channel, world.eve, f"talk {number}")
        async with served(world):
            replies = ["@Tertulia begin", "a reply", "for all to see", "below the page", "after a restart"]
            assert await heard(world, f"slack:T1/{world.channel}/{root}") == replies


async def test_r10_direct_messages_to_the_host_and_to_an_agents_own_app_are_read(folder: Path):
    keys = ("T1", "T1/agent:coder")
    async with closed(folder, *keys, own=["coder"]) as world:
        directs = [world.slack.add_dm("T1", [world.ben], [app]) for app in (world.host, world.own["coder"])]
        for direct in directs:
            await world.slack.say(direct, world.ben, "hello")
        async with served(world, *keys):
            for direct, words in zip(directs, ("You said: hello", "Coded: hello"), strict=True):
                await world.until_said(words, channel=direct)
                await world.settled()
                assert len(world.said(direct)) == 1


@pytest.mark.parametrize("killed", [False, True])
async def test_p12_what_was_deleted_or_edited_meanwhile_is_so(
    folder: Path, killed: bool, monkeypatch: pytest.MonkeyPatch
):
    if killed:
        monkeypatch.setattr(cursors, "MOST_TAKEN", 0)  # what was taken at last was not written down
    async with closed(folder, channel_table=LISTENING) as world:
        async with served(world):
            held, root, away = [
                await world.slack.say(world.channel, world.ben, f"first {name}") for name in ("one", "root", "secret")
            ]
            await world.slack.say(world.channel, world.ben, "below it", thread_ts=root)
            await world.settled()
        new, gone = [await world.slack.say(world.channel, world.ben, f"{world.named()} {n}") for n in ("new", "gone")]
        for ts in (root, away, gone):
            await world.slack.delete(world.channel, ts)
        for ts, text in ((held, "second one"), (new, f"{world.named()} newer")):
            await world.slack.edit(world.channel, ts, text)
        async with served(world):
            await world.until_said("You said: @Tertulia newer")
            await world.settled()
            room = f"slack:T1/{world.channel}"
            left = str(await events_in(world, room))
            assert ("below it" in left, [word for word in ("root", "secret", "gone") if word in left]) == (True, [])
        async with served(world):
            edits = [one for one in await events_in(world, room) if isinstance(one, Edited)]
            assert [one.text for one in edits] == ["second one"]
        assert len(world.said()) == 1


async def test_p12_what_is_deleted_while_it_is_read_is_not_taken(folder: Path):
    async with closed(folder, channel_table=LISTENING) as world:
        ts = await world.slack.say(world.channel, world.ben, "gone soon")
        world.slack.faults.slow_answer("conversations.history", 0.3)
        async with world.served():
            await world.until(lambda: asked(world))
            await world.slack.delete(world.channel, ts)
            await world.settled()
            await caught_up(world)
            assert await heard(world, f"slack:T1/{world.channel}") == []


async def test_r10_what_was_written_before_the_app_came_into_a_channel_is_not_for_it(folder: Path):
    async with closed(folder, more=OPEN) as world:
        channel = world.slack.add_channel("T1", "open", members=[world.ana])
        await world.slack.say(channel, world.ana, f"{world.named()} are you here?")
        await world.slack.join(channel, world.host.bot_user)
        await world.slack.say(channel, world.ana, f"{world.named()} and now?")
        async with served(world):
            await world.until_said("and now?", channel=channel)
            await world.settled()
            assert len(world.said(channel)) == 1


async def test_r10_a_channel_that_cannot_be_read_is_named_once_and_stops_no_other(
    folder: Path, caplog: pytest.LogCaptureFixture
):
    async with closed(folder, more=OPEN) as world:
        channel = a_channel(world)
        await world.slack.say(channel, world.ana, f"{world.named()} hello")
        world.slack.faults.refuse("conversations.history", "not_in_channel")
        async with served(world) as stands:
            await world.until_said("hello", channel=channel)
            world.slack.faults.refuse("conversations.history", "not_in_channel", times=4)
            for count in (4, 6):
                stands.intake.refused += 1
                await world.until(lambda count=count: len(asked(world)) == count)
                await caught_up(world)
        for where in (world.channel, channel):
            assert caplog.text.count(f"What was written in {where} while nobody listened cannot be read") == 1


async def test_r10_channels_without_a_team_are_not_read_and_no_more_than_a_bound_of_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(catch_up, "MOST", 1)
    async with closed(folder, more=OPEN) as world:
        a_channel(world, "elsewhere")
        await world.slack.say(world.channel, world.ana, f"{world.named()} hello")
        async with served(world):
            assert asked(world) == [world.channel]
        a_channel(world)
        async with served(world):
            assert asked(world) == [world.channel] * 2
            assert "Of 2 conversations in T1 only 1 are read" in caplog.text


@pytest.mark.parametrize(
    "trouble",
    [
        lambda world: world.slack.faults.slow_down("users.conversations", 0.05),
        lambda world: world.slack.faults.slow_down("conversations.history", 0.05, times=2),
        lambda world: world.slack.faults.server_error("conversations.history", times=4),
        lambda world: world.slack.faults.fail_200("conversations.*", "internal_error", times=2),
        lambda world: world.slack.faults.lose_answer("users.conversations", times=2),
        lambda world: world.slack.faults.lose_answer("conversations.*", times=8),
    ],
)
async def test_r10_what_slack_does_not_tell_now_is_asked_for_again(folder: Path, trouble: Callable[[World], None]):
    async with closed(folder, more=OPEN) as world:
        channels = [a_channel(world), a_channel(world, "open-2"), a_channel(world, "open-3"), world.channel]
        for channel in channels:
            await world.slack.say(channel, world.ana, f"{world.named()} hello")
        trouble(world)
        async with served(world):
            for channel in channels:
                await world.until_said("hello", channel=channel)
                assert len(world.said(channel)) == 1


async def test_r10_an_app_that_is_sold_elsewhere_reads_fifteen_messages_at_a_time(folder: Path):
    async with closed(folder, channel_table=LISTENING) as world:
        for number in range(20):
            await world.slack.say(world.channel, world.ben, f"number {number}")
        world.slack.limits.enforced = world.slack.limits.outside_marketplace = True
        world.slack.limits.scale = 0.002
        async with served(world):
            assert await heard(world, f"slack:T1/{world.channel}") == [f"number {number}" for number in range(20)]
            assert "conversations.history" in [one[0] for one in world.slack.limits.refused]


async def test_p31_a_reading_that_is_cut_short_goes_on_where_it_was(folder: Path):
    async with closed(folder, more=OPEN) as world:
        channel = a_channel(world)
        for where in (world.channel, channel):
            await world.slack.say(where, world.ana, f"{world.named()} hello")
        async with world.served() as stands:
            refused = world.slack.faults.fail_200
            await world.until(lambda: asked(world))
            refused("conversations.history", "internal_error", times=1000)
            await world.until_said("hello")
            before = stands.catch_up._cursors._known["T1"].until
        world.slack.faults.clear()
        async with served(world) as stands:
            await world.until_said("hello", channel=channel)
            await world.settled()
            assert stands.catch_up._cursors._known["T1"].until >= before
        assert [len(world.said(where)) for where in (world.channel, channel)] == [1, 1]


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_r28_p42_each_workspace_reads_what_it_missed_and_none_waits_for_another(
    two_workspaces: World, caplog: pytest.LogCaptureFixture
):
    world = two_workspaces
    async with world.served():
        for team in ("T1", "T2"):
            await install(world, team, world.ben)
        await caught_up(world, "T1", "T2")
        world.slack.office.retries = ()
    for team in ("T1", "T2"):
        await ask(world, team, f"hello from {team}")
    world.slack.faults.server_error("users.conversations")
    async with served(world, "T1", "T2"):
        for team in ("T1", "T2"):
            await until_said(world, team, f"hello from {team}")
        assert [len(said(world, team)) for team in ("T1", "T2")] == [1, 1]
        assert caplog.text.count("while nobody listened is read later") == 1


async def test_r10_an_agents_own_app_that_may_read_nothing_asks_for_nothing(folder: Path):
    keys = ("T1", "T1/agent:coder")
    async with closed(folder, *keys, own=["coder"]) as world:
        coder = world.own["coder"]
        coder.installs["T1"].scopes = ("chat:write", "app_mentions:read", "users:read")
        async with served(world, *keys):
            assert [one.app for one in world.slack.called("users.conversations")] == [world.host.app_id]


async def test_r1_an_event_that_the_store_never_took_is_read_once_it_can(folder: Path):
    async with workspace(folder, way="http") as world, served(world) as stands:
        world.slack.office.retries = ()
        records, refused = stands.inbox._records, list[str]()
        real = records.put

        async def put(namespace: str, key: str, body: str, **how: bool) -> None:
            if len(refused) < 6:
                refused.append(key)
                raise StoreFailed("The disk is full; make room.")
            await real(namespace, key, body, **how)

        records.put = put  # type: ignore[method-assign]
        await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
        await world.until_said("hello")
        await world.settled()
        assert len(world.said()) == 1
        assert all(one.given_up for one in world.slack.deliveries[:2])


async def test_r10_after_a_machine_has_slept_everything_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch):
    async with workspace(folder, way="http") as world, served(world):
        world.slack.office.hold()
        await world.slack.say(world.channel, world.ben, f"{world.named()} good morning")
        monkeypatch.setattr(catch_up, "SLEPT", -catch_up.OVERLAP)
        await world.until_said("good morning")
        monkeypatch.undo()
        await world.slack.office.release()
        await world.settled()
        assert len(world.said()) == 1


def test_r10_a_time_that_is_none_is_the_beginning_of_all():
    assert [backlog.time_of({"ts": ts}) for ts in ("1.5", "soon", None)] == [1.5, 0.0, 0.0]
