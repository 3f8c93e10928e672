"""What leaves for Discord: as whom, how, and what happens when Discord says no (D1-D3, D8-D15)."""

import asyncio

import pytest
from discord.http import Route
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import payloads
from adapters.discord.identities import TRY_AGAIN
from adapters.discord.posted import Posted
from adapters.discord.rest import MOST_INVALID
from adapters.discord.rooms import Where, person_id, user_of, where_is
from adapters.discord.threads import name_of
from adapters.discord.webhooks import username
from adapters.shared.parts import fit
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.log.participants import SYSTEM, Profile
from agents.ports import Card, Post
from agents.testing import until
from tests.adapters.discord.stages import DiscordStage, discord_stage
from tests.fakes.discord.values import FakeChannel

CODER = Profile(id="agent:coder", name="coder")
HOST = Profile(id=SYSTEM, name="Tertulia")


@pytest.fixture
async def stage():
    async with discord_stage() as one:
        yield one


@pytest.fixture
async def own():
    async with discord_stage(("coder",)) as one:
        yield one


def post(stage: DiscordStage, text: str = "Hello.", *, seq: int = 1, room: str = "", **more) -> Post:
    room = room or stage.room
    return Post(**{"key": f"{room}#{seq}/1", "room": room, "by": CODER, "text": text} | more)


def thread_room(stage: DiscordStage, thread: int, channel: FakeChannel | None = None) -> str:
    return Where(server=stage.guild.id, channel=(channel or stage.channel).id, thread=thread).room


async def refused(stage: DiscordStage, one: Post) -> str:
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(one)
    return str(failed.value)


async def test_d1_a_deleted_webhook_is_made_again_once(stage) -> None:
    await stage.platform.post(post(stage))
    (webhook,) = stage.fake.world.webhooks
    await stage.fake.delete_webhook(webhook)
    await stage.platform.post(post(stage, "Again.", seq=2))
    assert [one.author_name for one in stage.messages()] == ["coder", "coder"]
    assert len(stage.fake.world.webhooks) == 1


async def test_d1_without_manage_webhooks_the_host_puts_the_name_in_front_and_says_so_once(stage) -> None:
    stage.fake.change_permissions(stage.channel, stage.host, manage_webhooks=False)
    for seq in (1, 2):
        await stage.platform.post(post(stage, seq=seq))
    await stage.platform.post(post(stage, "# Title", seq=3))
    assert [one.content for one in stage.messages()] == ["**coder:** Hello."] * 2 + ["**coder:**\n# Title"]
    (sentence,) = stage.told
    assert "Manage Webhooks" in sentence
    stage.fake.change_permissions(stage.channel, stage.host, manage_webhooks=True)
    stage.clock.advance(TRY_AGAIN + 1)
    await stage.platform.post(post(stage, seq=4))
    assert stage.messages()[-1].author_name == "coder"


async def test_d1_fifteen_webhooks_of_others_leave_the_prefix(stage) -> None:
    stage.fake.faults.refuse("POST /channels/{channel_id}/webhooks", 400, 30007)
    await stage.platform.post(post(stage))
    assert stage.messages()[0].content == "**coder:** Hello."
    assert "15 webhooks" in stage.told[0]


async def test_d1_an_own_bot_that_may_not_speak_lets_a_webhook_speak(own) -> None:
    own.fake.change_permissions(own.channel, own.own["coder"], send_messages=False)
    await own.platform.post(post(own))
    (message,) = own.messages()
    assert (message.author_name, message.webhook_id is not None) == ("coder", True)
    assert "coder lacks a permission" in own.told[0]
    assert await own.platform.find(post(own)) == str(message.id)


async def test_the_house_itself_speaks_as_the_host_bot(stage) -> None:
    await stage.platform.post(post(stage, by=HOST))
    assert stage.messages()[0].author_id == stage.host.user_id


@pytest.mark.parametrize(
    ("name", "shown"),
    [("coder", "coder"), ("", "agent"), ("  a \n b ", "a b"), ("x" * 100, "x" * 80), ("\u0000", "agent")],
)
def test_d2_a_webhooks_name_is_short_and_visible(name: str, shown: str) -> None:
    assert username(name) == shown


@given(st.text(max_size=100) | st.sampled_from(["Discord bot", "my CLYDE", "everyone", "Here", "discorddiscord"]))
def test_d2_no_name_is_one_that_discord_keeps_for_itself(name: str) -> None:
    shown = username(name)
    assert 1 <= len(shown) <= 81
    assert "discord" not in shown.casefold()
    assert "clyde" not in shown.casefold()
    assert shown.casefold() not in ("everyone", "here")


async def test_d2_an_agent_called_discord_can_speak(stage) -> None:
    await stage.platform.post(
        post(stage, by=Profile(id="agent:d", name="Discord expert", avatar="https://e.org/a.png"))
    )
    (message,) = stage.messages()
    assert (message.author_name, message.author_avatar) == ("D\u200biscord expert", "https://e.org/a.png")


async def test_d3_what_was_posted_is_known_by_its_id_after_a_restart(stage) -> None:
    platform_id = await stage.platform.post(post(stage))
    again = type(stage.posted)(stage.facts)
    found = await again.find(platform_id)
    assert found is not None
    assert (found.room, found.seq) == (stage.room, 1)
    assert all(one.query.get("wait") == "true" for one in stage.fake.requests if one.route.startswith("POST /webhooks"))


async def test_d8_only_the_person_asked_is_notified_and_by_the_name_in_the_text(stage) -> None:
    await stage.platform.post(post(stage, "Hey @Ana, and @everyone", pings=(stage.ana,)))
    (message,) = stage.messages()
    assert message.content == f"Hey <@{stage.person.id}>, and @\u200beveryone"
    assert message.rang == {f"<@{stage.person.id}>"}


async def test_c50_a_mention_by_the_name_that_tells_two_people_apart_is_linked_whole(stage) -> None:
    one = post(stage, "Hey @Ana (2), not @Ana", pings=(stage.ana,), called=("Ana (2)",))
    await stage.platform.post(one)
    await stage.platform.post(post(stage, "Ana María: and you?", seq=2, pings=(stage.ana,), called=("",)))
    assert [message.content for message in stage.messages()] == [
        f"Hey <@{stage.person.id}>, not @Ana",
        f"<@{stage.person.id}> Ana María: and you?",
    ]


async def test_c46_what_is_for_some_only_comes_in_direct_messages_and_not_in_the_channel(stage) -> None:
    bob = stage.fake.add_member(stage.guild, "Bob")
    audience = (stage.ana, "agent:planner", person_id(stage.guild.id, bob.id))
    card = Card(question=1, options=("Yes",), kind="input")
    one = post(stage, "The code is 4711.", audience=audience, card=card)
    platform_id = await stage.platform.post(one)
    assert stage.messages() == []
    for person in (stage.person, bob):
        (message,) = stage.messages(stage.fake.world.dm(stage.host, person))
        assert message.content == "**coder:** The code is 4711."
        assert message.components
        assert (await stage.posted.find(str(message.id))).room == stage.room
    assert await stage.platform.find(one) is None
    with pytest.raises(PlatformFailed, match="stays as it is"):
        await stage.platform.edit(platform_id, one)


async def test_c46_an_agents_own_bot_says_itself_what_is_for_some_only(own) -> None:
    await own.platform.post(post(own, "For you.", audience=(own.ana,)))
    (message,) = own.messages(own.fake.world.dm(own.own["coder"], own.person))
    assert message.content == "For you."


async def test_c46_where_nobody_can_be_told_in_private_it_is_told_to_nobody(stage) -> None:
    other_bot = person_id(stage.guild.id, stage.host.user.id)
    assert await refused(stage, post(stage, "For you.", audience=(other_bot,)))
    assert "is on Discord" in await refused(stage, post(stage, "For you.", audience=("person:web/ana",)))
    stage.fake.faults.too_many("POST /users/@me/channels", 5.0)
    await refused(stage, post(stage, "For you.", audience=(stage.ana,)))
    assert stage.messages() == []


async def test_d8_every_create_edit_and_execute_says_who_is_notified(own) -> None:
    for by in (CODER, Profile(id="agent:x", name="x"), HOST):
        one = post(own, "@here <@&1234567>", by=by, key=f"{own.room}#{by.id}/1")
        await own.platform.edit(await own.platform.post(one), one)
    bodies = [
        one.json for one in own.fake.requests if one.method in ("POST", "PATCH") and "content" in (one.json or {})
    ]
    assert len(bodies) == 6
    assert all(body["allowed_mentions"]["parse"] == [] for body in bodies)


def test_d9_emoji_count_as_two_and_what_is_rendered_is_what_counts() -> None:
    assert payloads.length("🧭") == 2
    assert payloads.length("a*b") == 4


@given(st.text(alphabet="ab 🧭`*\n_#|", max_size=6000))
def test_d9_every_part_of_any_text_fits(text: str) -> None:
    parts = fit(text, payloads.CAPABILITIES)
    for part in parts.texts:
        said = payloads.content_of(
            Post(key="r#1/1", room="r", by=CODER, text=part, pings=("person:discord/1/12345678901234567890",)),
            name="coder",
            names=("Ana",),
        )
        assert payloads.units(said.content) <= payloads.MOST_CHARACTERS


async def test_d9_files_that_discord_would_not_take_are_named_instead(stage) -> None:
    big = NamedFile(name="big.bin", media_type="application/octet-stream", content=bytes(payloads.LARGEST_FILE + 1))
    small = [NamedFile(name=f"{n}.txt", media_type="text/plain", content=b"x") for n in range(11)]
    await stage.platform.post(post(stage, files=(big, *small)))
    (message,) = stage.messages()
    assert len(message.attachments) == 10
    assert "big.bin" in message.content
    assert "10.txt" in message.content


async def test_d15_words_are_said_where_files_may_not_be_sent(stage) -> None:
    stage.fake.change_permissions(stage.channel, stage.host, attach_files=False)
    plot = NamedFile(name="plot.png", media_type="image/png", content=b"x")
    await stage.platform.post(post(stage, "Here it is.", by=HOST, files=(plot,)))
    (message,) = stage.messages()
    assert message.content.startswith(
        "Here it is.\n\nplot.png cannot be shown here: Tertulia lacks a permission in the "
    )
    assert message.content.endswith("give it Send Messages and Attach Files there.")
    stage.fake.faults.refuse("POST /channels/*/messages", 413, 0)
    await stage.platform.post(post(stage, "", seq=2, by=HOST, files=(plot,)))
    stage.fake.faults.refuse("POST /channels/*/messages", 403, 50013, times=2)
    assert "give it Send Messages there." in await refused(stage, post(stage, seq=3, by=HOST, files=(plot,)))


async def test_d10_an_empty_bucket_is_waited_for_before_anything_is_asked(stage) -> None:
    stage.fake.limits.limit("POST /webhooks/{webhook_id}/{webhook_token}", 2, 3.0)
    for seq in (1, 2):
        await stage.platform.post(post(stage, seq=seq))
    asked = len(stage.fake.requests)
    async with asyncio.TaskGroup() as group:
        third = group.create_task(stage.platform.post(post(stage, seq=3)))
        await until(lambda: stage.clock.sleepers > 0)
        third.cancel()
    assert len(stage.fake.requests) == asked


async def test_d10_a_bucket_that_is_empty_for_long_is_told_to_the_lane(stage) -> None:
    stage.fake.limits.limit("POST /webhooks/{webhook_id}/{webhook_token}", 1, 60.0)
    await stage.platform.post(post(stage))
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(post(stage, seq=2))
    assert (failed.value.retry_after or 0) > 50
    assert stage.fake.limits.exceeded == 0


async def test_d10_a_long_wait_and_a_global_limit_are_told_to_the_lane(stage) -> None:
    stage.fake.faults.too_many(stage.posts, 30.0, everywhere=True)
    await refused(stage, post(stage))
    asked = len(stage.fake.requests)
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(post(stage))
    assert failed.value.retry_after is not None
    assert len(stage.fake.requests) in (asked, asked + 1)


async def test_d11_the_same_post_sent_twice_is_one_message_of_an_own_bot(own) -> None:
    ids = [await own.platform.post(post(own)) for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(own.messages()) == 1


@pytest.mark.parametrize("agents", [(), ("coder",)])
async def test_d11_after_a_502_that_was_accepted_the_message_is_found_and_not_sent_again(agents) -> None:
    async with discord_stage(agents) as stage:
        await stage.platform.post(post(stage, "Yes.", seq=1))
        stage.fake.faults.server_error(stage.posts, 502, accepted=True)
        assert "not known what happened" in await refused(stage, post(stage, "Yes.", seq=2))
        stage.fake.advance(3600)
        found = await stage.platform.find(post(stage, "Yes.", seq=2))
        assert found == str(stage.messages()[1].id)
        assert len(stage.messages()) == 2


async def test_d11_what_something_on_the_way_answers_in_discords_stead_leaves_a_message_in_doubt(stage) -> None:
    await stage.platform.post(post(stage, "Yes.", seq=1))
    stage.fake.faults.server_error(stage.posts, 200, accepted=True)
    assert "answered instead of Discord" in await refused(stage, post(stage, "Yes.", seq=2))
    assert await stage.platform.find(post(stage, "Yes.", seq=2)) == str(stage.messages()[1].id)


@pytest.mark.parametrize("agents", [(), ("coder",)])
async def test_d11_a_message_in_doubt_is_found_however_much_people_wrote_since(agents) -> None:
    async with discord_stage(agents) as stage:
        await stage.platform.post(post(stage, "Yes.", seq=1))
        stage.fake.faults.lose_answer(stage.posts)
        await refused(stage, post(stage, "Yes.", seq=2))
        for number in range(250):
            await stage.fake.say(stage.channel, stage.person, f"Message {number}.")
        before = len(stage.fake.requests)
        assert await stage.platform.find(post(stage, "Yes.", seq=2)) == str(stage.messages()[1].id)
        assert len(stage.fake.requests) - before == 3
        assert await stage.platform.find(post(stage, "Something else.", seq=3)) is None
        assert len(stage.fake.requests) - before == 6, "not a page below what was posted before"


async def test_d11_a_draft_whose_first_words_are_in_doubt_is_found_though_it_has_grown(stage) -> None:
    stage.fake.faults.lose_answer(stage.posts)
    draft = post(stage, "It beg", key=f"{stage.room}#3/draft", partial=True)
    await refused(stage, draft)
    grown = post(stage, "It began and went on.", key=draft.key, partial=True)
    assert await stage.platform.find(grown) == str(stage.messages()[0].id)


async def test_d11_a_message_of_the_host_in_another_name_is_found(stage) -> None:
    stage.fake.change_permissions(stage.channel, stage.host, manage_webhooks=False)
    stage.fake.faults.lose_answer("POST /channels/{channel_id}/messages")
    draft = post(stage, "It beg", key=f"{stage.room}#3/draft", partial=True)
    await refused(stage, draft)
    assert await stage.platform.find(draft) == str(stage.messages()[0].id)
    assert await stage.platform.find(post(stage, "Something else.", seq=9)) is None


async def test_d11_a_connection_that_never_was_one_leaves_no_doubt(stage, monkeypatch) -> None:
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:9/api/v10")
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(post(stage))
    assert (failed.value.unknown, failed.value.permanent) == (False, False)


async def test_d12_an_edit_that_discord_refuses_after_an_hour_is_given_up(stage) -> None:
    platform_id = await stage.platform.post(post(stage))
    stage.fake.faults.refuse("PATCH *", 429, 30046)
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.edit(platform_id, post(stage, "Later."))
    assert failed.value.permanent


async def test_d12_a_message_that_was_never_written_down_can_be_edited(own) -> None:
    for seq, by in enumerate((CODER, Profile(id="agent:x", name="x"), HOST), 1):
        one = post(own, by=by, seq=seq)
        platform_id = await own.platform.post(one)
        own.posted._recent.drop(platform_id)
        await own.facts.delete("discord_posts", platform_id)
        await own.platform.edit(platform_id, post(own, "Changed.", by=by, seq=seq))
    assert [one.content for one in own.messages()] == ["Changed."] * 3


async def test_an_edit_by_a_webhook_that_is_gone_fails_for_good(stage) -> None:
    platform_id = await stage.platform.post(post(stage))
    await stage.posted.add(platform_id, Posted(key="x#1/1", sender=1))
    with pytest.raises(PlatformFailed, match="webhook that wrote this message is gone"):
        await stage.platform.edit(platform_id, post(stage))


@pytest.mark.parametrize(
    ("status", "code", "part"),
    [
        (403, 50001, "View Channel"),
        (403, 50013, "give it Send Messages"),
        (403, 160002, "Read Message History"),
        (400, 160005, "locked"),
        (400, 160006, "active threads"),
        (429, 20016, "wait"),
        (400, 20016, "slow mode"),
        (404, 10003, "not there any more"),
        (413, 40005, "larger"),
        (400, 50035, "did not understand"),
        (401, 0, "does not take the token"),
        (418, 12345, "code 12345"),
        (418, "teapot", "code 418"),
        (404, 10062, "click again"),
        (400, 40060, "answered already"),
        (400, 40067, "wants a tag"),
        (400, 200000, "AutoMod blocked what Tertulia said"),
        (400, 240000, "harmful"),
    ],
)
async def test_d15_every_refusal_says_what_to_do(stage, status: int, code: int | str, part: str) -> None:
    stage.fake.faults.refuse("POST /channels/*/messages", status, code, times=None)
    assert part in await refused(stage, post(stage, by=HOST))


async def test_d15_a_thousand_refusals_in_ten_minutes_stop_everything_for_a_while(stage) -> None:
    stage.rest._invalid.extend([stage.clock.now()] * MOST_INVALID)
    assert "within ten minutes" in await refused(stage, post(stage))
    assert stage.messages() == []
    stage.clock.advance(601)
    await stage.platform.post(post(stage))
    assert len(stage.messages()) == 1


async def test_d15_a_ban_by_somebody_in_between_is_a_time_to_wait(stage) -> None:
    stage.fake.faults.too_many(stage.posts, 12.0, via=False)
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(post(stage))
    assert failed.value.retry_after is not None


async def test_d16_a_thread_is_made_from_its_message_by_the_first_post(stage) -> None:
    message = await stage.fake.say(stage.channel, stage.person, f"{stage.host.mention} plot it\nplease")
    room = thread_room(stage, message)
    await stage.platform.post(post(stage, room=room))
    thread = stage.fake.world.channels[message]
    assert thread.name == "plot it"
    assert [one.content for one in stage.messages(thread)] == ["Hello."]
    assert await stage.platform.find(post(stage, room=room)) == str(stage.messages(thread)[0].id)
    await stage.platform.edit(str(stage.messages(thread)[0].id), post(stage, "Bye.", room=room))
    assert stage.messages(thread)[0].content == "Bye."


@pytest.mark.parametrize("agents", [(), ("coder",)])
async def test_d16_an_archived_thread_is_opened_and_a_locked_one_is_named(agents) -> None:
    async with discord_stage(agents) as stage:
        thread = await stage.fake.start_thread(stage.channel, stage.person, "Old")
        room = thread_room(stage, thread.id)
        await stage.fake.archive_thread(thread)
        stage.fake.faults.refuse(stage.posts, 400, 50083)
        await stage.platform.post(post(stage, room=room))
        assert [one.content for one in stage.messages(thread)] == ["Hello."]
        stage.fake.faults.refuse(stage.posts, 400, 160005)
        assert "locked" in await refused(stage, post(stage, room=room, seq=2))


async def test_d16_a_thread_whose_message_is_gone_goes_on_in_the_channel(stage) -> None:
    room = thread_room(stage, stage.channel.id + 1)
    await stage.platform.post(post(stage, room=room))
    assert "Hello." in stage.messages()[0].content
    assert "Until then the answers are in the channel" in stage.told[0]


async def test_d16_where_no_more_threads_can_be_active_the_answer_is_in_the_channel(stage) -> None:
    message = await stage.fake.say(stage.channel, stage.person, "help")
    stage.fake.faults.refuse("POST /channels/*/threads", 400, 160006)
    for seq in (1, 2):
        await stage.platform.post(post(stage, room=thread_room(stage, message), seq=seq))
    assert ["Hello." in one.content for one in stage.messages()[1:]] == [True, True]
    (told,) = stage.told
    assert "archive some of them" in told


async def test_d16_a_thread_that_another_process_is_making_is_waited_for(stage) -> None:
    message = await stage.fake.say(stage.channel, stage.person, "help")
    stage.fake.faults.refuse("POST /channels/*/threads", 400, 160004)
    await stage.platform.post(post(stage, room=thread_room(stage, message)))
    assert [one.content for one in stage.messages(stage.fake.world.channels[message])] == ["Hello."]


@pytest.mark.parametrize(
    ("text", "name"),
    [("<@1> plot it\nnow", "plot it"), ("", "Conversation"), ("x" * 200, "x" * 99 + "…")],
)
def test_d16_a_thread_is_called_by_the_first_words(text: str, name: str) -> None:
    assert name_of(text) == name


async def test_d17_a_post_to_a_forum_itself_opens_a_post_there(stage) -> None:
    forum = stage.guild.add_forum("ideas")
    room = Where(server=stage.guild.id, channel=forum.id).room
    await stage.platform.post(post(stage, "An idea\nwith details", room=room))
    (thread,) = [one for one in stage.fake.world.channels.values() if one.parent is forum]
    assert thread.name == "An idea"


async def test_a_reply_is_one_where_discord_can_show_it_and_a_link_where_not(own) -> None:
    message = await own.fake.say(own.channel, own.person, "question?")
    await own.platform.post(post(own, reply_to=str(message)))
    await own.platform.post(post(own, seq=2, by=Profile(id="agent:x", name="x"), reply_to=str(message)))
    reply, link = own.messages()[1:]
    assert reply.reference == message
    assert link.content.startswith(f"-# [↪](<https://discord.com/channels/{own.guild.id}/{own.channel.id}/{message}>)")


async def test_d18_a_card_with_many_options_has_rows_of_five(stage) -> None:
    options = tuple(f"Option {number}" for number in range(30))
    await stage.platform.post(post(stage, card=Card(question=1, options=options, kind="speaker")))
    (message,) = stage.messages()
    assert [len(row["components"]) for row in message.components] == [5] * 5


async def test_d18_a_long_answer_is_cut_on_its_card(stage) -> None:
    card = Card(question=1, options=("Yes",), kind="input", answered="Ana: " + "very long " * 300)
    platform_id = await stage.platform.post(post(stage, "?" * 1800))
    await stage.platform.edit(platform_id, post(stage, "?" * 1800, card=card))
    (message,) = stage.messages()
    assert message.content.endswith("…")
    assert payloads.units(message.content) <= 2000


def test_rooms_and_places_are_the_same() -> None:
    for room in ("discord:1/2", "discord:1/2/3", "discord:dm/4"):
        assert where_is(room).room == room
    with pytest.raises(ValueError, match="not a room on Discord"):
        where_is("slack:T1/C1")
    people = (person_id(1, 2), person_id(None, 3), "agent:x", "person:web/ana")
    assert [user_of(one) for one in people] == [2, 3, None, None]
