"""Where an agent's own app cannot write, the host app does, in the agent's name (R22, R3)."""

import pytest

from agents.errors import PlatformFailed
from tests.adapters.slack.stages import SlackStage, stage_of_own_apps, texts
from tests.adapters.slack.test_sending import a_post


async def _shut_out(stage: SlackStage, how: str) -> None:
    coder = stage.apps.own["agent:coder"]
    channel = stage.slack.world.channel(stage.channel)
    match how:
        case "not invited":
            channel.members.remove(coder.bot_user)
        case "not invited into a private channel":
            channel.members.remove(coder.bot_user)
            channel.kind = "group"
        case _:
            (app,) = (one for one in stage.slack.world.apps.values() if one.bot_user == coder.bot_user)
            app.installs["T1"].revoked = how


@pytest.mark.parametrize(
    "how", ["not invited", "not invited into a private channel", "token_revoked", "account_inactive"]
)
async def test_r22_r3_a_growing_text_of_an_app_that_cannot_write_is_one_message_of_the_host(how: str):
    async with stage_of_own_apps() as stage:
        await _shut_out(stage, how)
        draft = await stage.platform.post(a_post(stage, "It grows", partial=True))
        await stage.platform.edit(draft, a_post(stage, "It grows and", partial=True))
        await stage.platform.edit(draft, a_post(stage, "It grows and ends."))
        (only,) = [one for one in stage.slack.messages(stage.channel) if one.bot_id]
        assert (texts(only), only.username, only.bot_id) == (["It grows and ends."], "coder", stage.apps.host.bot_id)


@pytest.mark.parametrize("in_thread", [False, True])
async def test_r3_a_growing_text_whose_app_is_gone_before_its_end_is_said_by_the_host_at_once(in_thread: bool):
    async with stage_of_own_apps() as stage:
        thread = await stage.slack.say(stage.channel, stage.ana.rpartition("/")[2], "write") if in_thread else ""
        room = f"{stage.room}/{thread}" if thread else stage.room
        draft = await stage.platform.post(a_post(stage, "It grows", room=room, partial=True, asked_by=stage.ana))
        await _shut_out(stage, "token_revoked")
        with pytest.raises(PlatformFailed) as failed:
            await stage.platform.edit(draft, a_post(stage, "It grows and ends.", room=room))
        assert failed.value.permanent
        said = await stage.platform.post(a_post(stage, "It grows and ends.", room=room, seq=2))
        assert texts(stage.slack.world.channel(stage.channel).messages[said.rpartition("/")[2]]) == [
            "It grows and ends."
        ]
