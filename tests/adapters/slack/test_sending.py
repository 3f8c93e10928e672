"""What is sent to Slack: once, in the right form, no faster than Slack takes it, and pinging nobody."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.shared.delivery import Delivery, Outbox
from adapters.shared.mentions import neutralise_mentions
from adapters.shared.pace import Pace
from adapters.shared.parts import fit, join, split
from adapters.shared.render_slack import slack_mrkdwn
from adapters.slack import block_kit
from adapters.slack.buckets import LONGEST_WAIT, Buckets
from adapters.slack.places import person_id
from adapters.slack.refusals import Refused, refusal
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.log.participants import SYSTEM, Profile
from agents.ports import Card, Post
from agents.testing import FakeClock, memory_ports
from bots.platforms.slack import LIMITS
from tests.adapters.slack.living import workspace
from tests.adapters.slack.stages import SlackStage, buttons, slack_stage, stage_of_own_apps, texts
from tests.fakes.slack import FakeMessage
from tests.unit.shared.markdowns import document

MODEL_TEXTS = 1_000

CODER = Profile(id="agent:coder", name="coder", avatar=":computer:")
PLOT = NamedFile(name="plot.png", media_type="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(64))


def a_post(stage: SlackStage, text: str = "Hello.", *, seq: int = 1, **more: object) -> Post:
    return Post(**{"key": f"{stage.room}#{seq}/1", "room": stage.room, "by": CODER, "text": text} | more)  # type: ignore[arg-type]


def delivery(stage: SlackStage) -> Delivery:
    clock = stage.clock
    outbox = Outbox(
        platform=stage.platform,
        ports=memory_ports(clock),  # type: ignore[arg-type]
        pace=Pace(clock, LIMITS),
        host=Profile(id=SYSTEM, name="Tertulia"),
        profile=lambda room, who: CODER,
        halted=lambda room: False,
        redact=lambda text: text,
        refused=lambda post, error: None,
    )
    return Delivery(outbox, stage.room)


@pytest.mark.parametrize("trouble", ["lose_answer", "lose_request", "server_error", "refuse"])
@pytest.mark.parametrize("with_file", [False, True])
async def test_r14_no_outcome_that_is_unknown_makes_a_second_post(trouble: str, with_file: bool):
    async with slack_stage() as stage:
        post = a_post(stage, files=(PLOT,) if with_file else ())
        method = "files.completeUploadExternal" if with_file else "chat.postMessage"
        if trouble == "refuse":
            stage.slack.faults.refuse(method, "internal_error", times=2)
        else:
            getattr(stage.slack.faults, trouble)(method, times=2)
        assert await delivery(stage).post(post) is not None
        seen = await stage.seen()
        assert [(one.words, one.files) for one in seen] == [("Hello.", ("plot.png",) if with_file else ())]


async def test_r14_slack_itself_takes_the_same_key_twice_so_that_only_looking_helps():
    async with slack_stage() as stage:
        for _ in range(2):
            await stage.platform.post(a_post(stage))
        assert len(await stage.seen()) == 2


async def test_r14_a_post_in_a_long_thread_is_found_among_many():
    async with slack_stage() as stage:
        root = await stage.platform.post(a_post(stage, "The root."))
        room = f"{stage.room}/{root.rpartition('/')[2]}"
        posts = [replace(a_post(stage, f"Reply {n}.", seq=n), room=room, key=f"{room}#{n}/1") for n in range(2, 232)]
        ids = [await stage.platform.post(post) for post in posts]
        assert await stage.platform.find(posts[-1]) == ids[-1]
        assert await stage.platform.find(replace(posts[0], key="never")) is None


async def test_r13_r31_many_posts_are_never_refused_in_steady_state_and_share_two_connections():
    async with slack_stage(("planner",)) as stage:
        stage.slack.limits.enforced = True
        rooms = [stage.room] + [
            f"slack:T1/{stage.slack.add_channel('T1', f'room-{n}', apps=list(stage.slack.world.apps.values()))}"
            for n in range(4)
        ]
        agents = [
            CODER,
            *(Profile(id=f"agent:a{n}", name=f"a{n}") for n in range(6)),
            Profile(id="agent:planner", name="p"),
        ]

        async def speak(room: str) -> None:
            for number in range(20):
                by = agents[number % len(agents)]
                platform_id = await stage.platform.post(
                    a_post(stage, f"Number {number}.", room=room, by=by, key=f"{room}#{number}/1")
                )
                await stage.platform.edit(platform_id, a_post(stage, "Changed.", room=room, by=by, partial=True))

        async with asyncio.TaskGroup() as group:
            for room in rooms:
                group.create_task(speak(room))
        assert stage.slack.limits.refused == []
        assert [len(stage.slack.messages(room.rpartition("/")[2])) for room in rooms] == [20] * 5


async def test_r13_only_the_bucket_that_slack_names_rests():
    clock = FakeClock()
    buckets = Buckets(clock)
    buckets.rest("a", "chat.postMessage", "C1", 5.0)
    assert buckets.take("a", "chat.postMessage", "C1") == 5.0
    assert not buckets.has_room("a", "chat.postMessage", "C1")
    for app, method, channel in (
        ("a", "chat.postMessage", "C2"),
        ("b", "chat.postMessage", "C1"),
        ("a", "chat.update", "C1"),
    ):
        assert buckets.has_room(app, method, channel)
        assert buckets.take(app, method, channel) == 0.0


async def test_r13_what_would_wait_too_long_is_told_when_to_come_back():
    async with slack_stage() as stage:
        buckets = Buckets(FakeClock())
        waits = [buckets.take("a", "chat.postMessage", "C1") for _ in range(30)]
        assert waits[:4] == [0.0, 0.0, 1.0, 2.0]
        assert max(waits) > LONGEST_WAIT
        assert len({one for one in waits if one > LONGEST_WAIT}) == 1
        stage.slack.faults.slow_down("chat.postMessage", 60.0)
        for _ in range(2):
            with pytest.raises(PlatformFailed) as failed:
                await stage.platform.post(a_post(stage))
            assert failed.value.retry_after == pytest.approx(60.0, abs=1.0)
        assert len(stage.slack.called("chat.postMessage")) == 1


async def test_r13_drafts_give_way_and_final_words_do_not():
    async with slack_stage() as stage:
        platform_id = await stage.platform.post(a_post(stage, "Growing", partial=True))
        for number in range(60):
            await stage.platform.edit(platform_id, a_post(stage, f"Growing {number}", partial=True))
        assert len(stage.slack.called("chat.update")) < 30
        await stage.platform.edit(platform_id, a_post(stage, "Done."))
        assert [one.words for one in await stage.seen()] == ["Done."]


@pytest.mark.parametrize(
    ("name", "permanent", "retries"),
    [
        ("not_in_channel", True, False), ("is_archived", True, False), ("channel_not_found", True, False),
        ("restricted_action", True, False), ("msg_too_long", True, False), ("missing_scope", True, False),
        ("token_revoked", False, False), ("invalid_auth", False, False), ("account_inactive", False, False),
        ("no_text", True, False), ("something_new", True, False), ("ratelimited", False, True),
        ("rate_limited", False, True), ("message_limit_exceeded", False, True), ("internal_error", False, False),
        ("fatal_error", False, False), ("service_unavailable", False, False),
    ],
)  # fmt: skip
async def test_r15_every_refusal_of_slack_has_its_meaning_also_with_http_200(name: str, permanent: bool, retries: bool):
    async with slack_stage() as stage:
        stage.slack.faults.fail_200("chat.postMessage", name)
        with pytest.raises(Refused) as failed:
            await stage.platform.post(a_post(stage))
        error = failed.value
        assert (error.permanent, error.retry_after is not None, error.unknown) == (permanent, retries, False)
        assert str(error).endswith(".")


async def test_r15_a_missing_scope_is_named():
    assert "lacks the scope files:write" in str(
        refusal("files.getUploadURLExternal", "missing_scope", needed="files:write")
    )


async def test_r15_a_retry_after_that_is_no_number_is_a_short_pause():
    async with slack_stage() as stage:
        stage.slack.faults.server_error("chat.postMessage", status=429)
        with pytest.raises(PlatformFailed) as failed:
            await stage.platform.post(a_post(stage))
        assert failed.value.retry_after == 5.0


async def test_a_slack_that_cannot_be_reached_is_no_unknown_outcome():
    async with slack_stage() as stage:
        stage.apps.host.caller.client.base_url = "http://127.0.0.1:9/api/"
        with pytest.raises(PlatformFailed) as failed:
            await stage.platform.post(a_post(stage))
        assert (failed.value.unknown, failed.value.permanent) == (False, False)


def model_text(seed: int) -> str:
    """What a model might say: mostly up to a few thousand characters, every twentieth time up to 200,000."""
    return document(seed, 1 + seed % 12 if seed % 20 else 40 + seed % 480)


@pytest.mark.timeout(600)
async def test_r16_a_thousand_random_model_texts_arrive_complete_and_in_order():
    async with slack_stage() as stage:
        sent: list[tuple[str, NamedFile | None]] = []
        for number, text in enumerate(model_text(seed) for seed in range(MODEL_TEXTS)):
            parts = fit(text, stage.platform.capabilities)
            pieces = split(text, stage.platform.capabilities.max_length, stage.platform.capabilities.length)
            assert join(pieces) == text
            assert parts.overflow or parts.texts == tuple(one.text for one in pieces if one.body.strip())
            assert parts.overflow is None or parts.overflow.content == text.encode()
            for part, words in enumerate(parts.texts, 1):
                files = (parts.overflow,) if parts.overflow and part == len(parts.texts) else ()
                await stage.platform.post(a_post(stage, words, key=f"{stage.room}#{number}/{part}", files=files))
                sent += [("", files[0])] if files else []
                sent.append((words, None))
        shown = stage.slack.messages(stage.channel)
        forms = [how_it_came(words, file, one) for (words, file), one in zip(sent, shown, strict=True)]
        assert forms.count("markdown") > len(forms) * 0.8  # the others took their plainer form


def how_it_came(words: str, file: NamedFile | None, message: FakeMessage) -> str:
    """In which form a message shows all of this, in order."""
    if file is not None:
        assert [one.data for one in message.files] == [file.content]
        return "overflow"
    if message.files:
        assert [one.data for one in message.files] == [words.encode()]
        return "file"
    kinds = {block["type"] for block in message.blocks}
    if kinds == {"markdown"}:
        assert texts(message) == [neutralise_mentions(words)]
        return "markdown"
    assert kinds == {"section"}
    assert letters("".join(texts(message))) == letters(slack_mrkdwn(words))
    return "mrkdwn"


def letters(text: str) -> str:
    """What is left of a text without its markup."""
    return "".join(filter(str.isalnum, text))


async def test_r16_forty_thousand_characters_come_in_parts_and_two_hundred_thousand_as_a_file():
    async with slack_stage() as stage:
        parts = fit("word " * 8_000, stage.platform.capabilities)
        for number, text in enumerate(parts.texts, 1):
            await stage.platform.post(a_post(stage, text, key=f"{stage.room}#1/{number}"))
        assert "".join(one.words for one in await stage.seen()).count("word") == 8_000
        whole = fit("word " * 40_000, stage.platform.capabilities)
        assert whole.overflow is not None
        await stage.platform.post(a_post(stage, whole.texts[0], seq=2, files=(whole.overflow,)))
        assert [one.files for one in (await stage.seen())[-2:]] == [("message.md",), ()]


async def test_r17_markdown_that_slack_does_not_take_comes_as_mrkdwn_and_at_last_as_a_file():
    async with slack_stage() as stage:
        stage.slack.faults.refuse("chat.postMessage", "invalid_blocks")
        await stage.platform.post(a_post(stage, "**bold** <b>"))
        stage.slack.faults.refuse("chat.postMessage", "msg_blocks_too_long", times=2)
        await stage.platform.post(a_post(stage, "# A title", seq=2))
        plain, file = stage.slack.messages(stage.channel)
        assert plain.blocks[0]["text"] == {"type": "mrkdwn", "text": "*bold* &lt;b&gt;"}
        assert [one.name for one in file.files] == ["message.md"]
        assert file.files[0].data == b"# A title"


async def test_r17_an_edit_takes_the_plainer_form_too():
    async with slack_stage() as stage:
        platform_id = await stage.platform.post(a_post(stage))
        stage.slack.faults.refuse("chat.update", "invalid_blocks")
        await stage.platform.edit(platform_id, a_post(stage, "*new*"))
        assert stage.slack.messages(stage.channel)[0].blocks[0]["text"]["text"] == "_new_"
        stage.slack.faults.refuse("chat.update", "invalid_blocks", times=2)
        with pytest.raises(Refused):
            await stage.platform.edit(platform_id, a_post(stage, "*new*"))


async def test_r17_the_text_beside_the_blocks_is_short_enough_for_an_edit():
    async with slack_stage() as stage:
        for seq, text in enumerate(("x" * 11_000, "&" * 3_400, "[a](https://example.org) " * 200), 1):
            platform_id = await stage.platform.post(a_post(stage, text, seq=seq))
            await stage.platform.edit(platform_id, a_post(stage, text + " changed", seq=seq))
        assert all(0 < len(one.text) <= 4_000 for one in stage.slack.messages(stage.channel))


@pytest.mark.parametrize("text", ["<!channel>", "<!here|here>", "<!subteam^S1>", "<@U0000001>", "@everyone"])
async def test_r18_no_words_of_a_model_are_alive_in_any_text_that_slack_gets(text: str):
    async with slack_stage() as stage:
        ana = stage.ana
        card = Card(question=1, options=(text, "No"), kind="approval")
        platform_id = await stage.platform.post(a_post(stage, text, card=card))
        await stage.platform.edit(platform_id, a_post(stage, text, card=replace(card, answered=text)))
        await stage.platform.post(a_post(stage, text, seq=2, files=(PLOT,)))
        await stage.platform.post(a_post(stage, text, seq=3, audience=(ana,)))
        stage.slack.faults.refuse("chat.postMessage", "invalid_blocks")
        await stage.platform.post(a_post(stage, text, seq=4))
        sent = str([one.args for one in stage.slack.requests])
        assert text not in sent
        assert all(one.notified == frozenset() for one in await stage.seen())


async def test_p21_links_show_no_previews():
    async with slack_stage() as stage:
        await stage.platform.post(a_post(stage, "https://example.org"))
        (message,) = stage.slack.messages(stage.channel)
        assert (message.unfurl_links, message.unfurl_media) == (False, False)


async def test_r22_edits_are_made_by_the_app_that_wrote_also_when_it_was_the_host_in_an_agents_name():
    async with stage_of_own_apps() as stage:
        first = await stage.platform.post(a_post(stage))
        await stage.platform.edit(first, a_post(stage, "Changed."))
        app = stage.apps.own["agent:coder"]
        await stage.slack.leave(stage.channel, app.bot_user)
        second = await stage.platform.post(a_post(stage, "Lent.", seq=2))
        await stage.slack.join(stage.channel, app.bot_user)
        await stage.platform.edit(second, a_post(stage, "Changed as well.", seq=2))
        with pytest.raises(Refused):
            await stage.platform.edit(second + "0", a_post(stage, "Nothing.", seq=2))
        mine = [one for one in stage.slack.messages(stage.channel) if one.bot_id]
        assert [(texts(one), one.bot_id) for one in mine] == [
            (["Changed."], app.bot_id),
            (["Changed as well."], stage.apps.host.bot_id),
        ]


async def test_r22_an_app_that_does_not_hear_clicks_leaves_cards_to_the_host():
    async with stage_of_own_apps(app_tokens=False) as stage:
        card = Card(question=1, options=("Yes",), kind="approval")
        await stage.platform.post(a_post(stage, "May I?", card=card))
        await stage.platform.post(a_post(stage, "Words.", seq=2))
        growing = await stage.platform.post(a_post(stage, "Growing", seq=3, partial=True))
        await stage.platform.edit(growing, a_post(stage, "Grown.", seq=3))
        asked, said, grown = stage.slack.messages(stage.channel)
        assert (asked.bot_id, asked.username) == (stage.apps.host.bot_id, "coder")
        assert {said.bot_id, grown.bot_id} == {stage.apps.own["agent:coder"].bot_id}
        assert (texts(grown), buttons(grown)) == (["Grown."], ())


async def test_r22_files_go_under_the_agents_face():
    async with slack_stage() as stage:
        picture = replace(CODER, avatar="https://example.org/coder.png")
        await stage.platform.post(a_post(stage, files=(PLOT,), by=picture))
        (message,) = stage.slack.messages(stage.channel)
        assert (message.username, message.icons) == ("coder", {"image_48": "https://example.org/coder.png"})


async def test_p24_long_words_and_files_are_two_messages_and_a_file_of_an_edit_is_added():
    async with slack_stage() as stage:
        await stage.platform.post(a_post(stage, "word " * 600, files=(PLOT,)))
        platform_id = await stage.platform.post(a_post(stage, "Growing", seq=2))
        for _ in range(2):
            await stage.platform.edit(platform_id, a_post(stage, "Done.", seq=2, files=(PLOT,)))
        assert [one.files for one in await stage.seen()] == [("plot.png",), (), (), ("plot.png",)]


async def test_p24_a_file_that_does_not_arrive_is_sent_again():
    async with slack_stage() as stage:
        stage.slack.faults.server_error("files.upload", times=1)
        assert (
            await delivery(stage).post(a_post(stage, files=(PLOT, replace(PLOT, name="two.png", content=b""))))
            is not None
        )
        assert [one.files for one in await stage.seen()] == [("plot.png", "two.png")]


async def test_c18_words_for_one_person_are_shown_to_that_person_alone():
    async with slack_stage() as stage:
        gone = person_id("T1", stage.slack.add_user("T1", "gone"))
        platform_id = await stage.platform.post(a_post(stage, "Psst.", audience=(gone, stage.ana)))
        assert [one.ephemeral_for for one in stage.slack.ephemerals(stage.channel)] == [stage.ana.rpartition("/")[2]]
        assert await stage.seen() == []
        assert await stage.platform.find(a_post(stage, "Psst.", audience=(stage.ana,))) is None
        assert platform_id.startswith("T1/")
        with pytest.raises(Refused):
            await stage.platform.post(a_post(stage, "Psst.", audience=(gone,)))
        stage.slack.faults.refuse("chat.postEphemeral", "is_archived")
        with pytest.raises(Refused):
            await stage.platform.post(a_post(stage, "Psst.", audience=(stage.ana,)))


def test_r17_buttons_keep_slacks_limits():
    card = Card(question=1, options=tuple(f"{n} {'x' * 100}" for n in range(40)), kind="input")
    (row,) = block_kit.card_blocks("slack:T1/C1", card)
    assert (len(row["elements"]), max(len(one["text"]["text"]) for one in row["elements"])) == (25, 75)
    assert block_kit.card_blocks("slack:T1/C1", Card(question=1, options=(), kind="approval")) == []


async def test_p24_only_files_with_no_words_leave_no_block_behind():
    async with slack_stage() as stage:
        card = Card(question=1, options=("Yes",), kind="approval")
        await stage.platform.post(a_post(stage, "", files=(PLOT,), card=card, pings=(stage.ana,)))
        assert buttons(stage.slack.messages(stage.channel)[-1]) == ("Yes",)


async def test_p24_what_was_said_is_posted_where_slack_takes_no_files():
    async with slack_stage() as stage:
        stage.slack.faults.refuse("files.getUploadURLExternal", "missing_scope", times=4)
        await stage.platform.post(a_post(stage, "Here it is.", files=(PLOT,)))
        await stage.platform.post(a_post(stage, "word " * 600, seq=2, files=(PLOT,)))
        draft = await stage.platform.post(a_post(stage, "Growing", seq=3))
        await stage.platform.edit(draft, a_post(stage, "Grown.", seq=3, files=(PLOT,)))
        said = [one.words for one in await stage.seen()]
        assert [text.split()[0] for text in said] == ["Here", "word", "Grown."]
        assert all("plot.png cannot be shown here. The app lacks the scope" in text for text in said)
        full = "word " * ((block_kit.LONGEST - 20) // 5)
        await stage.platform.post(a_post(stage, full, seq=4, files=(PLOT,)))
        assert (await stage.seen())[-1].words.strip() == full.strip()


async def test_r12_a_house_that_ends_leaves_nothing_open_and_posts_what_was_said(folder: Path):
    async with workspace(folder) as world:
        loop = asyncio.get_running_loop()
        async with world.served():
            for number in range(10):
                await world.slack.say(world.channel, world.ben, f"{world.named()} number {number}")
            await world.settled()
            await world.until_said("number 9")
            began = loop.time()
        assert loop.time() - began < 10
        assert len(world.said()) == 10
        assert world.slack.sockets.connections == []
