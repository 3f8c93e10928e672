"""People talk to a team in Slack, and it answers where it should, under each agent's face."""

from pathlib import Path

from tests.adapters.slack.living import workspace


async def test_r21_a_mention_is_answered_in_the_thread_that_it_opens(folder: Path):
    async with workspace(folder) as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, f"{world.named()} hello there")
        answer = await world.until_said("You said: @Tertulia hello there")
        assert (answer.thread_ts, answer.author, answer.icons) == (ts, "planner", {"emoji": ":compass:"})
        await world.slack.say(world.channel, world.ben, "and more", thread_ts=ts)
        assert (await world.until_said("You said: and more")).thread_ts == ts
        await world.settled()
        assert len(world.said()) == 2
        assert (world.slack.unacked, world.slack.strays) == ([], [])


async def test_p41_what_addresses_nobody_in_a_shared_channel_is_left_alone(folder: Path):
    async with workspace(folder) as world, world.served():
        await world.slack.say(world.channel, world.ben, "how was your weekend?")
        await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
        await world.until_said("hello")
        assert len(world.said()) == 1


async def test_r21_a_channel_that_is_one_conversation_answers_in_the_channel(folder: Path):
    async with workspace(folder, channel_table='attention = "always"') as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, "hello all")
        assert (await world.until_said("You said: hello all")).thread_ts is None
        await world.slack.say(world.channel, world.ben, "in a thread", thread_ts=ts)
        assert (await world.until_said("You said: in a thread")).thread_ts is None


async def test_r21_where_every_message_is_for_the_team_each_opens_its_thread(folder: Path):
    table = 'attention = "always"\nconversation = "thread"'
    async with workspace(folder, channel_table=table) as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, "hello all")
        assert (await world.until_said("hello all")).thread_ts == ts


async def test_r22_shared_faces_and_own_apps_are_mixed_in_one_channel(folder: Path):
    async with workspace(folder, own=["coder"]) as world, world.served():
        coder = world.own["coder"]
        await world.slack.say(world.channel, world.ben, f"{world.named(coder)} write it")
        first = await world.until_said("Coded: @coder write it")
        assert (first.bot_id, first.username) == (coder.bot_id, None)
        await world.slack.say(world.channel, world.ben, "planner: plan it", thread_ts=first.thread_ts)
        second = await world.until_said("You said: planner: plan it")
        assert (second.bot_id, second.username) == (world.host.bot_id, "planner")
        await world.settled()
        assert len(world.said()) == 2


async def test_r22_an_agents_app_that_was_not_invited_speaks_by_the_host(folder: Path):
    async with workspace(folder, own=["coder"]) as world, world.served():
        world.slack.world.channel(world.channel).members.remove(world.own["coder"].bot_user)
        await world.slack.say(world.channel, world.ben, "coder: write it")
        answer = await world.until_said("Coded")
        assert (answer.bot_id, answer.username) == (world.host.bot_id, "coder")


async def test_a_direct_message_to_the_host_is_a_chat_with_the_team(folder: Path):
    async with workspace(folder) as world, world.served():
        direct = world.slack.add_dm("T1", [world.ben], [world.host])
        await world.slack.say(direct, world.ben, "just hello")
        assert (await world.until_said("You said: just hello", channel=direct)).thread_ts is None
        root = await world.slack.say(direct, world.ben, "a new chat")
        await world.slack.say(direct, world.ben, "in its thread", thread_ts=root)
        assert (await world.until_said("You said: in its thread", channel=direct)).thread_ts == root


async def test_a_direct_message_to_an_agents_own_app_is_answered_by_that_app_after_a_restart_too(folder: Path):
    async with workspace(folder, own=["coder"]) as world:
        coder = world.own["coder"]
        direct = world.slack.add_dm("T1", [world.ben], [coder])
        for words in ("first", "second"):
            async with world.served():
                await world.slack.say(direct, world.ben, f"{world.named(coder)} {words}")
                answer = await world.until_said(f"Coded: @coder {words}", channel=direct)
                assert answer.bot_id == coder.bot_id


async def test_a_direct_message_to_an_agents_own_app_is_a_chat_with_that_agent_alone(folder: Path):
    async with workspace(folder, own=["coder"]) as world, world.served():
        direct = world.slack.add_dm("T1", [world.ben], [world.own["coder"]])
        for words in ("just so", "planner: what now?"):
            await world.slack.say(direct, world.ben, words)
            answer = await world.until_said(f"Coded: {words}", channel=direct)
            assert (answer.bot_id, answer.thread_ts) == (world.own["coder"].bot_id, None)
        await world.settled()
        assert len(world.said(direct)) == 2


async def test_an_agent_that_an_admin_brings_into_a_chat_of_two_carries_its_name_in_front(folder: Path):
    async with workspace(folder, own=["coder"]) as world, world.served():
        direct = world.slack.add_dm("T1", [world.ana], [world.own["coder"]])
        await world.slack.say(direct, world.ana, "!use pair")
        await world.until(lambda: world.whispers(world.ana, direct))
        assert "a chat with coder alone" in world.whispers(world.ana, direct)[0]
        await world.slack.say(direct, world.ana, "!agents join planner")
        await world.slack.say(direct, world.ana, "planner: what now?")
        answer = await world.until_said("You said: planner: what now?", channel=direct)
        assert (answer.bot_id, answer.blocks[0]["text"].startswith("**planner:** ")) == (
            world.own["coder"].bot_id,
            True,
        )


async def test_r24_without_the_scope_for_faces_names_stand_in_bold(folder: Path):
    async with workspace(folder) as world:
        install = world.host.installs["T1"]
        install.scopes = tuple(one for one in install.scopes if one != "chat:write.customize")
        async with world.served():
            await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
            answer = await world.until_said("hello")
            assert answer.username is None
            assert answer.blocks[0]["text"] == "**planner:** You said: @Tertulia hello"
            assert answer.text.startswith("*planner:* ")


async def test_r24_where_nobody_tells_the_scopes_faces_are_tried(folder: Path):
    async with workspace(folder) as world:
        world.host.installs["T1"].tells_scopes = False
        async with world.served():
            await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
            assert (await world.until_said("hello")).username == "planner"


async def test_p44_an_admin_binds_a_channel_from_inside_and_others_are_told_who_can(folder: Path):
    async with workspace(folder) as world, world.served():
        free = world.slack.add_channel("T1", "random", members=[world.ana, world.ben], apps=[world.host])
        await world.slack.say(free, world.ben, f"{world.named()} are you there?")
        await world.until(lambda: world.whispers(world.ben, free))
        assert "No team is in this channel yet" in world.whispers(world.ben, free)[0]
        answer = await world.slack.command(world.ana, free, "/tertulia", "use tests.adapters.slack.teams:echo")
        assert "is here now" in answer.text
        await world.slack.say(free, world.ben, f"{world.named()} are you there now?")
        await world.until_said("are you there now?", channel=free)


async def test_p44_a_channel_that_gets_a_configured_name_gets_its_team(folder: Path):
    async with workspace(folder) as world, world.served():
        other = world.slack.add_channel("T1", "old-name", members=[world.ben], apps=[world.host])
        await world.slack.say(other, world.ben, f"{world.named()} one")
        await world.until(lambda: world.whispers(world.ben, other))
        await world.slack.rename(world.channel, "gone")
        await world.slack.rename(other, "data-team")
        await world.settled()
        await world.slack.say(other, world.ben, f"{world.named()} two")
        await world.until_said("two", channel=other)
        assert world.said() == []


async def test_c50_people_are_read_by_the_names_that_others_see_in_slack(folder: Path):
    async with workspace(folder, team="reading") as world, world.served():
        await world.slack.say(world.channel, world.ben, "I like MongoDB")
        asked = f"{world.named()} is <@{world.ben}> right, or <@U0NOBODY>?"
        await world.slack.say(world.channel, world.ana, asked)
        said = (await world.until_said("right")).text
        # What the reader repeats mentions Ben, so he is pinged; what was read itself holds no id.
        read = said.removeprefix(f"<@{world.ben}> ")
    assert "ben: (background) I like MongoDB" in read
    assert "ana: @Tertulia is @ben right, or @somebody?" in read
    assert "• ben: a person" in read
    assert not any(one in read for one in (world.ben, world.ana, "U0NOBODY"))
