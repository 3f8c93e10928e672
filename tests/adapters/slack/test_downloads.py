"""Files that people share: what of them is taken, and from where (P24)."""

from pathlib import Path

import pytest

from adapters.slack.downloads import Downloads
from agents.log.events import Said
from agents.testing import MemoryFiles
from tests.adapters.slack.living import workspace
from tests.adapters.slack.stages import SlackStage, slack_stage
from tests.adapters.slack.test_receiving import events_in


def downloads(stage: SlackStage) -> Downloads:
    return Downloads(stage.apps.host, MemoryFiles(), hosts=("127.0.0.1",))


@pytest.mark.parametrize("slack_says", [True, False])
async def test_p24_p18_a_file_in_a_shared_channel_is_asked_for_by_its_id(folder: Path, slack_says: bool):
    async with workspace(folder) as world, world.served():
        world.slack.world.channel(world.channel).is_shared = True
        file = world.slack.add_file("T1", world.ben, "data.csv", b"a,b\n1,2\n")
        if not slack_says:
            world.slack.faults.refuse("files.info", "file_not_found")
        await world.slack.say(world.channel, world.ben, f"{world.named()} look", files=[file])
        answer = await world.until_said("look")
        kept = await events_in(world, f"slack:T1/{world.channel}/{answer.thread_ts}")
        said = next(one for one in kept if isinstance(one, Said))
        assert [(one.name, one.media_type, one.size) for one in said.files] == [("data.csv", "text/csv", 8)][
            : int(slack_says)
        ]
        assert ("Not taken" in said.text) is not slack_says


@pytest.mark.parametrize(
    "odd",
    [
        {"is_external": True},
        {"url_private": "http://["},
        {"url_private": None},
        {"url_private": 7, "size": "many"},
    ],
)
async def test_p24_what_slack_does_not_keep_is_named_and_not_fetched(odd: dict[str, object]):
    async with slack_stage() as stage:
        file = stage.slack.add_file("T1", "U1", "plan.txt", b"fine")
        url = f"{stage.slack.world.origin}/files-pri/T1-{file.id}/plan.txt"
        fetched = await downloads(stage).fetch([{"name": "plan.txt", "url_private": url} | odd])
        assert (fetched.files, fetched.missing) == ((), "[Not taken: plan.txt (it is not kept at Slack).]")


@pytest.mark.parametrize("size", [None, 4.0, "4", [], True])
async def test_p24_an_odd_size_keeps_no_file_away(size: object):
    async with slack_stage() as stage:
        file = stage.slack.add_file("T1", "U1", "plan.txt", b"fine")
        url = f"{stage.slack.world.origin}/files-pri/T1-{file.id}/plan.txt"
        fetched = await downloads(stage).fetch([{"name": "plan.txt", "url_private": url, "size": size}])
        assert [one.size for one in fetched.files] == [4]


async def test_p24_a_page_for_signing_in_is_not_taken_for_the_file():
    async with slack_stage() as stage:
        page = {"name": "plan.txt", "mimetype": "text/plain", "url_private": f"{stage.slack.world.origin}/signin"}
        fetched = await downloads(stage).fetch([page])
        assert (fetched.files, "may lack files:read" in fetched.missing) == ((), True)
