"""What becomes of talk in Slack when Slack, the network, the disk or an admin gets in its way.

Real: the house, SQLite on disk, slack_bolt, slack_sdk and their sockets. Played: Slack, and the agents' wits.
"""

from pathlib import Path

import pytest

from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import texts
from tests.adapters.slack.teams import Gate, gate
from tests.adapters.sqlite_store.test_failures import a_small_disk, fill

GROWING = '[[channels]]\nmatch = ["slack:#growing"]\nteam = "tests.adapters.slack.teams:growing"\n'


@pytest.fixture(autouse=True)
def _a_new_gate() -> None:
    fresh = Gate()
    gate.reached, gate.go_on = fresh.reached, fresh.go_on


def _words(world: World, channel: str = "") -> list[str]:
    return ["\n".join(texts(one)) for one in world.said(channel)]


async def test_p5_an_addressed_message_interrupts_a_growing_text_which_is_kept_and_marked(tmp_path: Path):
    async with workspace(tmp_path, team="growing") as world, world.served():
        root = await world.slack.say(world.channel, world.ben, f"{world.named()} write")
        await gate.reached.wait()
        await world.until_said("This is a long beginning")
        gate.reached.clear()
        await world.slack.say(world.channel, world.ana, "writer: rather something else", thread_ts=root)
        await world.until_said("(interrupted)")
        await gate.reached.wait()
        gate.go_on.set()
        await world.until_said("grows and ends.")
        cut, whole = (one for one in _words(world) if "a long beginning" in one)
        assert [("(interrupted)" in one, "and ends." in one) for one in (cut, whole)] == [(True, False), (False, True)]


async def test_r3_the_host_speaks_for_an_agent_whose_token_was_revoked_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with workspace(tmp_path, own=["coder"]) as world, world.served():
        await world.slack.revoke(world.own["coder"])
        await world.slack.say(world.channel, world.ben, "coder: are you there?")
        answer = await world.until_said("Coded: coder: are you there?")
        assert (answer.bot_id, answer.username) == (world.host.bot_id, "coder")
        await world.settled()
        assert "the app of [agents.coder.slack] was removed or its token revoked" in caplog.text
        direct = world.slack.add_dm("T1", [world.ana], [world.host])
        (told,) = world.said(direct)
        assert "install it again and set the token. Until then coder speaks through the host app." in told.text


async def test_r3_what_was_said_under_a_revoked_token_is_posted_once_there_is_a_new_one(tmp_path: Path):
    async with workspace(tmp_path, team="growing") as world:
        async with world.served():
            root = await world.slack.say(world.channel, world.ben, f"{world.named()} write")
            await gate.reached.wait()
            await world.until_said("This is a long beginning")
            world.host.installs["T1"].revoked = "token_revoked"
            gate.go_on.set()
        world.slack.install(world.host, "T1")
        async with world.served():
            await world.until_said("grows and ends.", thread=root)
            await world.until_said("Finished.", thread=root)
            assert ["and ends." in one for one in _words(world)] == [True, False]


async def test_r15_an_archived_channel_holds_up_nothing_and_is_answered_again_when_it_is_open(tmp_path: Path):
    async with workspace(tmp_path, more=GROWING) as world, world.served():
        room = world.slack.add_channel("T1", "growing", members=[world.ana, world.ben], apps=[world.host])
        await world.slack.say(room, world.ben, f"{world.named()} write")
        await gate.reached.wait()
        await world.slack.archive(room, world.ana)
        gate.go_on.set()
        await world.slack.say(world.channel, world.ben, f"{world.named()} meanwhile")
        await world.until_said("meanwhile")
        await world.slack.unarchive(room, world.ana)
        await world.slack.say(room, world.ben, f"{world.named()} write again")
        await world.until_said("grows and ends.", channel=room)
        await world.settled()
        assert world.slack.unacked == []


async def test_r13_in_a_storm_of_429_every_answer_arrives_once_and_in_order(tmp_path: Path):
    channels = '[[channels]]\nmatch = ["slack:#storm-*"]\nteam = "tests.adapters.slack.teams:echo"\n'
    async with workspace(tmp_path, more=f'{channels}attention = "always"') as world, world.served():
        rooms = [world.slack.add_channel("T1", f"storm-{n}", members=[world.ben], apps=[world.host]) for n in range(4)]
        for _ in range(6):
            world.slack.faults.slow_down("chat.postMessage", 0.03, times=3)
            world.slack.faults.slow_down("chat.postMessage", 0.1)
        said: dict[str, list[str]] = {room: [] for room in rooms}
        for number in range(12):
            room = rooms[number % len(rooms)]
            said[room].append(f"You said: number {number}.")
            await world.slack.say(room, world.ben, f"number {number}.")
            await world.until(lambda room=room: len(world.said(room)) == len(said[room]), seconds=30)
        assert {room: _words(world, room) for room in rooms} == said
        assert world.slack.faults.hits()["rate_limit"] == 24


async def test_r1_an_event_that_a_full_disk_does_not_take_is_not_answered_and_counts_when_it_comes_again(
    tmp_path: Path,
):
    with a_small_disk(tmp_path, "8m") as disk:
        async with workspace(disk) as world, world.served():
            await world.slack.say(world.channel, world.ben, f"{world.named()} before")
            await world.until_said("before")
            await world.settled()
            fill(disk / "ballast")
            await world.slack.say(world.channel, world.ben, f"{world.named()} while it is full")
            await world.until(lambda: all(one.failed.is_set() for one in world.slack.unacked))
            assert len(world.slack.unacked) == 2
            (disk / "ballast").unlink()
            await world.slack.sockets.redeliver()
            await world.until_said("while it is full")
            await world.slack.sockets.redeliver()  # what the disk did not take at once when there was room again
            await world.until(lambda: not world.slack.unacked)
            await world.settled()
            assert len(world.said()) == 2
