"""The contract of `agents.ports.Platform`, run on every implementation (see `platform_stages`) (for Slack R32)."""

import pytest

from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.log.participants import Profile
from agents.ports import Card, Post
from tests.contracts.platform_stages import STAGES, Stage

CODER = Profile(id="agent:coder", name="coder", role="Writes Python.", avatar=":computer:")
PLANNER = Profile(id="agent:planner", name="planner", role="Plans.", avatar=":compass:")


@pytest.fixture(params=STAGES)
async def stage(request):
    async with STAGES[request.param]() as one:
        yield one


def a_post(stage: Stage, text: str = "Hello from the coder.", *, seq: int = 1, **more) -> Post:
    return Post(**{"key": f"{stage.room}#{seq}/1", "room": stage.room, "by": CODER, "text": text} | more)


async def test_p1_a_post_appears_once_under_the_face_of_its_speaker(stage):
    first = await stage.platform.post(a_post(stage))
    second = await stage.platform.post(a_post(stage, "And from the planner.", seq=2, by=PLANNER))
    seen = await stage.seen()
    assert [(one.platform_id, one.author) for one in seen] == [(first, "coder"), (second, "planner")]
    assert ["Hello from the coder." in seen[0].words, "And from the planner." in seen[1].words] == [True, True]


async def test_posts_appear_in_the_order_in_which_they_were_made(stage):
    for seq in range(1, 6):
        await stage.platform.post(a_post(stage, f"Number {seq}.", seq=seq))
    assert [one.words.strip() for one in await stage.seen()] == [f"Number {seq}." for seq in range(1, 6)]


async def test_an_edit_changes_the_message_and_adds_none(stage):
    if not stage.platform.capabilities.edits:
        pytest.skip("this platform edits nothing")
    platform_id = await stage.platform.post(a_post(stage, "Thinking", partial=True))
    await stage.platform.edit(platform_id, a_post(stage, "Thought."))
    (seen,) = await stage.seen()
    assert (seen.platform_id, seen.words.strip(), seen.author) == (platform_id, "Thought.", "coder")


async def test_repeating_an_edit_changes_nothing(stage):
    if not stage.platform.capabilities.edits:
        pytest.skip("this platform edits nothing")
    platform_id = await stage.platform.post(a_post(stage))
    for _ in range(2):
        await stage.platform.edit(platform_id, a_post(stage, "Changed."))
    assert [one.words.strip() for one in await stage.seen()] == ["Changed."]


async def test_editing_a_message_that_is_not_there_fails_for_good(stage):
    platform_id = await stage.platform.post(a_post(stage))
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.edit(platform_id + "0", a_post(stage, "Changed."))
    assert failed.value.permanent


async def test_p3_a_message_is_found_by_its_key_and_one_that_never_arrived_is_not(stage):
    post = a_post(stage)
    assert await stage.platform.find(post) is None
    platform_id = await stage.platform.post(post)
    await stage.platform.post(a_post(stage, "Another one.", seq=2))
    assert await stage.platform.find(post) == platform_id
    assert await stage.platform.find(a_post(stage, "Never sent.", seq=3)) is None


async def test_p3_two_messages_with_the_same_words_are_told_apart(stage):
    ids = [await stage.platform.post(a_post(stage, "Yes.", seq=seq)) for seq in (1, 2)]
    assert [await stage.platform.find(a_post(stage, "Yes.", seq=seq)) for seq in (1, 2)] == ids


async def test_p3_a_lost_answer_is_an_unknown_outcome_and_the_message_is_found_afterwards(stage):
    await stage.lose_next_answer()
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(a_post(stage))
    assert failed.value.unknown
    (seen,) = await stage.seen()
    assert await stage.platform.find(a_post(stage)) == seen.platform_id


async def test_p3_a_lost_request_is_an_unknown_outcome_and_no_message_is_found_afterwards(stage):
    await stage.lose_next_request()
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(a_post(stage))
    assert failed.value.unknown
    assert await stage.platform.find(a_post(stage)) is None
    assert await stage.seen() == []


async def test_p22_too_many_requests_tell_how_long_to_wait_and_the_next_one_is_taken(stage):
    await stage.slow_down_next(7.0)
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(a_post(stage))
    assert (failed.value.retry_after, failed.value.permanent, failed.value.unknown) == (7.0, False, False)
    await stage.platform.post(a_post(stage))
    assert len(await stage.seen()) == 1


async def test_a_refusal_for_good_says_so_in_a_sentence(stage):
    await stage.refuse_next()
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(a_post(stage))
    assert failed.value.permanent
    assert str(failed.value).endswith(".")
    assert await stage.seen() == []


async def test_p19_a_text_that_is_too_long_is_refused_and_never_shortened(stage):
    most = stage.platform.capabilities.max_length
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(a_post(stage, "x" * (most + 1)))
    assert failed.value.permanent
    await stage.platform.post(a_post(stage, "x" * most))
    assert [one.words.count("x") for one in await stage.seen()] == [most]


async def test_a_message_without_words_and_files_is_refused_for_good(stage):
    with pytest.raises(PlatformFailed) as failed:
        await stage.platform.post(a_post(stage, " \n"))
    assert failed.value.permanent


async def test_p24_files_arrive_with_their_names_even_without_words(stage):
    if not stage.platform.capabilities.files:
        pytest.skip("this platform takes no files")
    plot = NamedFile(name="plot.png", media_type="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(64))
    await stage.platform.post(a_post(stage, "Here it is.", files=(plot,)))
    await stage.platform.post(a_post(stage, "", seq=2, files=(plot,)))
    assert [one.files for one in await stage.seen()] == [("plot.png",), ("plot.png",)]


async def test_p26_a_card_has_buttons_until_it_is_answered(stage):
    if not stage.platform.capabilities.cards:
        pytest.skip("this platform has no cards")
    card = Card(question=1, options=("Approve", "Reject"), kind="approval")
    platform_id = await stage.platform.post(a_post(stage, "May I run this?", card=card))
    (asked,) = await stage.seen()
    assert asked.buttons == ("Approve", "Reject")
    closed = Card(question=1, options=("Approve", "Reject"), kind="approval", answered="Ana: Approve")
    await stage.platform.edit(platform_id, a_post(stage, "May I run this?", card=closed))
    (answered,) = await stage.seen()
    assert (answered.buttons, "May I run this?" in answered.words) == ((), True)


@pytest.mark.parametrize(
    "text",
    ["@everyone look", "@here look", "<!channel> look", "<!here|here> look", "<!subteam^S1> look",
     "<@&123456789012345678> look", "**@everyone**", "`@here`", "```\n@everyone\n```", "[@everyone](https://example.org)"],
)  # fmt: skip
async def test_p21_no_text_notifies_anybody(stage, text):
    platform_id = await stage.platform.post(a_post(stage, text))
    if stage.platform.capabilities.edits:
        await stage.platform.edit(platform_id, a_post(stage, text))
    assert [one.notified for one in await stage.seen()] == [frozenset()]


async def test_p21_only_the_people_whom_a_post_names_are_notified(stage):
    await stage.platform.post(a_post(stage, "Ana, what do you think?", pings=(stage.ana,)))
    assert [one.notified for one in await stage.seen()] == [frozenset({stage.ana})]
