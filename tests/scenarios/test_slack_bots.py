"""Two installations of Tertulia in one Slack channel, each of which hears the other's app as a foreign bot."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.slack.furnishings import MOST_HOPS
from tests.adapters.slack.living import World, workspace
from tests.fakes.slack import FakeMessage


def _bound(channel: str, attention: str) -> str:
    return (
        f'[[channels]]\nmatch = ["slack:{channel}"]\nteam = "tests.adapters.slack.teams:chatty"\n'
        f'attention = "{attention}"\nusers = ["slack:workspace"]\n'
    )


@pytest.mark.parametrize(("bots", "attention", "first"), [("mentions", "thread", 1), ("all", "always", 2)])
async def test_r8_two_instances_that_talk_to_each_other_fall_silent_within_the_budget_until_a_person_writes(
    tmp_path: Path, bots: str, attention: str, first: int
):
    """With `mentions` a person addresses one of them; with `all` and `always` both answer the person.

    The last post has no answer because the other side took all of its hops, and each of those followed one of its own.
    Where both speak at once, one turn may answer the person and the other side together.
    """
    table, folders = f'bots = "{bots}"', [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with workspace(folders[0], slack_table=table) as one:
        slack = one.slack
        other = slack.add_app("T1", "Other")
        channel = slack.add_channel("T1", "bots", members=[one.ben], apps=[one.host, other])
        one.more = _bound(channel, attention)
        two = replace(one, folder=folders[1], host=other)
        root = ""
        for times in (1, 2):
            async with AsyncExitStack() as stack:
                for world in (one, two):
                    await stack.enter_async_context(world.served())
                thread = root if attention == "thread" else ""
                words = f"{one.named()} hello" if attention == "thread" else "hello"
                said = await slack.say(channel, one.ben, words, thread_ts=thread or None)
                root = root or said
                await _silent(one, two, channel, times * (2 * MOST_HOPS + 1), times * (2 * MOST_HOPS + first))
            assert {post.bot_id for post in _posts(one, channel)} == {one.host.bot_id, other.bot_id}
            if attention == "thread":
                assert {post.thread_ts for post in _posts(one, channel)} == {root}
        assert slack.unacked == []


async def test_r8_p9_whoever_may_not_write_here_gives_foreign_bots_no_more_hops(tmp_path: Path):
    async with workspace(tmp_path, slack_table='bots = "all"') as world:
        other, gus = world.slack.add_app("T1", "Other"), world.slack.add_user("T1", "gus", is_guest=True)
        channel = world.slack.add_channel("T1", "bots", members=[world.ben, gus], apps=[world.host, other])
        world.more = _bound(channel, "always")
        async with world.served():
            for number in range(MOST_HOPS + 1):
                await world.slack.say_as_app(channel, other, f"planner: {number}")
            for words in ("planner: go on", "!stop"):
                await world.slack.say(channel, gus, words)
            await world.slack.say_as_app(channel, other, "planner: and now?")
            await world.settled()
            assert len(world.whispers(gus, channel)) == 2
            assert world.house is not None
            told = [one.text for one in (await world.house.rooms.read(f"slack:T1/{channel}")).messages]
            assert [text for text in told if text[-1] != "?"] == [f"planner: {number}" for number in range(MOST_HOPS)]
            assert "planner: and now?" not in told


def _posts(world: World, channel: str) -> list[FakeMessage]:
    return [message for message in world.slack.messages(channel) if message.bot_id is not None]


async def _silent(one: World, two: World, channel: str, least: int, most: int) -> None:
    """Return once so many posts are there and neither house has anything left to deal with: there will be no more."""
    await one.until(lambda: len(_posts(one, channel)) >= least)
    calm = 0
    while calm < 10:
        seen = len(_posts(one, channel))
        for world in (one, two):
            await world.settled()
        await asyncio.sleep(0.05)
        speaks = await _speaks(one) or await _speaks(two)
        calm = 0 if speaks or seen != len(_posts(one, channel)) else calm + 1
    assert len(_posts(one, channel)) <= most


async def _speaks(world: World) -> bool:
    """Whether a turn runs in any of its rooms."""
    assert world.house is not None
    rooms = world.house.rooms
    return any([(await rooms.read(room)).floor.turn is not None for room in rooms.recent()])
