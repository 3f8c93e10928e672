"""Who counts as whom: bots of other companies, people who are called like agents."""

from pathlib import Path

import pytest

from agents.log.events import Joined
from tests.adapters.slack.living import workspace
from tests.adapters.slack.test_pressing import action, answers, the_card
from tests.adapters.slack.test_receiving import events_in, said_by_people

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


@pytest.mark.parametrize("name", ["asker", "Tertulia"])
async def test_r26_p9_whoever_is_called_like_an_agent_or_the_house_is_told_apart_when_pressing_a_button(
    folder: Path, name: str
):
    async with workspace(folder, team="asking") as world:
        world.slack.world.users["T1", world.ben].name = name
        async with world.served():
            card = await the_card(world, "Which city?")
            await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Lisbon"))
            await world.until_said("Heard 'Lisbon'.")
            kept = await events_in(world, answers(world, card))
            people = [one.name for one in kept if isinstance(one, Joined) and one.participant.startswith("person:")]
            assert people == [f"{name} ({world.ben})"]


async def test_r22_a_group_message_with_the_host_in_it_stays_the_teams_whichever_app_hears_of_it_first(folder: Path):
    async with workspace(folder, own=["coder"]) as world, world.served() as stands:
        coder = world.own["coder"]
        group = world.slack.add_dm("T1", [world.ana, world.ben], [world.host, coder])
        ts = world.slack.world.new_ts()
        mention = {"type": "app_mention", "channel": group, "user": world.ben, "text": f"{world.named(coder)} hi"}
        told = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1"}
        await stands.intake.take("agent:coder", told | {"event": mention | {"ts": ts, "event_ts": ts}})
        await world.until_said("Coded: @coder hi", channel=group)
        await world.slack.say(group, world.ben, "planner: and you?")
        assert (await world.until_said("You said: planner: and you?", channel=group)).username == "planner"


async def test_p12_what_is_deleted_or_edited_after_the_team_has_left_is_so(folder: Path):
    async with workspace(folder) as world, world.served():
        room = world.slack.add_channel("T1", "random", members=[world.ana, world.ben], apps=[world.host])
        await world.slack.command(world.ana, room, "/tertulia", "use tests.adapters.slack.teams:echo")
        gone, changed = [await world.slack.say(room, world.ben, f"{world.named()} secret {n}") for n in (1, 2)]
        await world.until_said("secret 1", channel=room)
        await world.until_said("secret 2", channel=room)
        await world.slack.command(world.ana, room, "/tertulia", "leave")
        await world.slack.delete(room, gone)
        await world.slack.edit(room, changed, "nothing")
        await world.settled()
        assert world.house is not None
        deleted = (await world.house.rooms.read(f"slack:T1/{room}/{gone}")).messages[0]
        edited = (await world.house.rooms.read(f"slack:T1/{room}/{changed}")).messages
        assert (deleted.deleted, deleted.text, edited[-1].text) == (True, "", "nothing")
