"""Much at once in one Slack channel: twenty agents, three apps that hear the same, an answer as long as a chapter."""

import re
from pathlib import Path

from agents.log.events import Said
from agents.log.participants import is_person
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import texts
from tests.adapters.slack.teams import CROWD, EPIC
from tests.fakes.slack import FakeMessage


async def _heard(world: World, room: str) -> list[str]:
    """What people said there."""
    assert world.house is not None
    records = await world.house.ports.store.log.read(room)
    return [one.event.text for one in records if isinstance(one.event, Said) and is_person(one.by)]


def _words(posts: list[FakeMessage]) -> list[str]:
    return ["\n".join(texts(one)) for one in posts]


async def test_p1_c6_twenty_agents_in_one_channel_answer_in_the_order_in_which_they_are_addressed(tmp_path: Path):
    """Every second one is an app of its own, so that the message comes in twelve copies."""
    async with workspace(tmp_path, own=CROWD[::2], team="crowd") as world, world.served():
        called = [world.named(world.own[name]) if name in world.own else f"@{name}" for name in reversed(CROWD)]
        root = await world.slack.say(world.channel, world.ben, f"{' '.join(called)} who is here?")
        await world.until(lambda: len(world.said()) == len(CROWD), seconds=30)
        await world.settled()
        posts = world.said()
        assert _words(posts) == [f"{name} is here." for name in reversed(CROWD)]
        assert {one.thread_ts for one in posts} == {root}
        faces = {name: (app.bot_id, None) for name, app in world.own.items()}
        assert [(one.bot_id, one.username) for one in posts] == [
            faces.get(name, (world.host.bot_id, name)) for name in reversed(CROWD)
        ]
        assert len(await _heard(world, f"slack:T1/{world.channel}/{root}")) == 1
        assert (world.slack.unacked, world.slack.strays) == ([], [])


async def test_p3_the_same_message_through_three_apps_again_and_after_a_restart_is_one_message_and_one_turn_each(
    tmp_path: Path,
):
    async with workspace(tmp_path, own=CROWD[:2], team="crowd") as world:
        async with world.served():
            world.slack.sockets.hold()
            called = " ".join(world.named(app) for app in (world.host, *world.own.values()))
            root = await world.slack.say(world.channel, world.ben, f"{called} who is here?")
            copies = len(world.slack.deliveries)
            await world.slack.sockets.release()
            await world.until(lambda: len(world.said()) == 2)
            await world.slack.sockets.redeliver(answered=True)
            await world.settled()
        async with world.served():
            await world.slack.sockets.redeliver(answered=True)
            await world.settled()
            assert copies == 4  # one message to the host's app, three mentions
            heard = await _heard(world, f"slack:T1/{world.channel}/{root}")
            assert heard == ["@Tertulia @agent01 @agent02 who is here?"]
            assert [one.bot_id for one in world.said()] == [app.bot_id for app in world.own.values()]


async def test_r16_an_answer_of_forty_thousand_characters_arrives_whole_and_in_order(tmp_path: Path):
    async with workspace(tmp_path, team="narrating") as world, world.served():
        root = await world.slack.say(world.channel, world.ben, f"{world.named()} tell a story")
        await world.until_said("Sentence number 1099 ")
        posts = world.said()
        assert len(EPIC) > 40_000
        assert [int(number) for number in re.findall(r"number (\d+)", "\n".join(_words(posts)))] == list(range(1_100))
        assert {(one.author, one.thread_ts) for one in posts} == {("narrator", root)}
        assert max(len(text) for text in _words(posts)) <= 12_000
