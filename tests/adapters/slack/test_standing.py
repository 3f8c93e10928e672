"""Who counts as whom: bots of other companies, people who are called like agents."""

from pathlib import Path

import pytest

from tests.adapters.slack.living import workspace
from tests.adapters.slack.test_receiving import said_by_people

EVERYBODY = 'users = ["slack:workspace"]\nadmins = []\napprovers = []'


@pytest.mark.parametrize(("external", "heard"), [("deny", []), ("full", ["@Tertulia plot this"])])
async def test_r9_r8_a_bot_of_another_company_is_no_member_of_the_workspace(
    folder: Path, external: str, heard: list[str]
):
    table = f'bots = "all"\nexternal = "{external}"'
    async with workspace(folder, slack_table=table, people=EVERYBODY) as world, world.served():
        theirs = world.slack.add_app("T1", "Theirs")
        world.slack.world.users["T1", theirs.bot_user].home = "T2"
        world.slack.world.channel(world.channel).is_shared = True
        await world.slack.join(world.channel, theirs.bot_user)
        await world.slack.say_as_app(world.channel, theirs, f"{world.named()} plot this")
        if heard:
            await world.until_said("You said: @Tertulia plot this")
        await world.settled()
        assert await said_by_people(world) == heard
