"""Looking for a post whose outcome is not known, in what Slack has kept (R14)."""

import pytest

from agents.errors import PlatformFailed
from agents.log.participants import Profile
from agents.ports import Post
from tests.adapters.slack.stages import slack_stage

CODER = Profile(id="agent:coder", name="coder")


async def test_r14_a_message_in_doubt_is_found_however_much_people_wrote_since_and_no_page_more_is_read():
    async with slack_stage() as stage:
        slack, platform, (ana,) = stage.slack, stage.platform, [stage.ana.rpartition("/")[2]]
        first, second, third = (
            Post(key=f"{stage.room}#{seq}/1", room=stage.room, by=CODER, text="Yes.") for seq in (1, 2, 3)
        )
        await platform.post(first)
        slack.faults.lose_answer("chat.postMessage")
        with pytest.raises(PlatformFailed):
            await platform.post(second)
        slack.sockets.hold()
        for number in range(250):
            await slack.say(stage.channel, ana, f"Message {number}.")
        ours = slack.messages(stage.channel)[1]
        assert await platform.find(second) == f"T1/{stage.channel}/{ours.ts}"
        assert len(slack.called("conversations.history")) == 2
        ours.metadata = None
        assert await platform.find(third) is None
        assert len(slack.called("conversations.history")) == 4, "not a page below what was posted before"
