"""People talk to a team in Slack, and it answers where it should, under each agent's face."""

from pathlib import Path

from tests.adapters.slack.living import workspace


async def test_r21_a_mention_is_answered_in_the_thread_that_it_opens(folder: Path):
    async with workspace(folder) as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, f"{world.named()} hello there")
        answer = await world.until_said("You said: @Tertulia hello there")
        assert (answer.thread_ts, answer.author, answer.icons) == (ts, "planner", {"emoji": ":compass:"})
        assert world.slack.unacked == []
        assert world.slack.strays == []
