"""The outbox: what of a room's log reaches its channel, once, in order (P2, P3, P5, P6, P19, P21, P22, P26, C20)."""

import asyncio
from dataclasses import replace

import pytest

from adapters.shared.lanes import Lanes
from agents.errors import StoreFailed
from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Halted,
    Joined,
    Resumed,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
)
from agents.log.files import FileRef
from agents.log.participants import SYSTEM, Mention
from agents.ports import Capabilities, OpenDraft
from agents.testing import MemoryPlatform, lost_answer, lost_request, refusal, slow_down
from agents.testing.store import MemoryLog
from tests.unit.shared.rooms import ANA, CODER, ROOM, House, settled


@pytest.fixture
def house() -> House:
    return House()


async def test_what_agents_say_is_posted_in_order_under_their_faces(house):
    await house.say("Plan first.", "agent:planner")
    await house.say("Then code.")
    await house.post_all()
    assert [(m.post.by.name, m.post.text, m.post.key) for m in house.platform.messages] == [
        ("planner", "Plan first.", f"{ROOM}#1/1"),
        ("coder", "Then code.", f"{ROOM}#2/1"),
    ]


async def test_p2_peoples_own_words_and_all_machinery_are_never_posted(house):
    await house.say("Please plot it.", ANA)
    await house.append(Joined(participant=ANA, name="Ana"), SYSTEM)
    turn = await house.start_turn()
    await house.append(ToolCalled(call="1", tool="run_code", arguments="{}"), turn=turn)
    await house.append(ToolReturned(call="1", output="42", exit_code=0, files=()), turn=turn)
    await house.append(Edited(target=1, text="Plot that."), ANA)
    await house.append(Deleted(target=1), ANA)
    await house.append(Halted(), SYSTEM)
    await house.end_turn(turn, "passed")
    await house.post_all()
    assert house.texts() == []


async def test_news_that_come_while_the_lanes_run_are_posted(house):
    async with house.posting() as lanes:
        for number in range(30):
            await house.say(f"Number {number}.")
            await settled()
        await lanes.drained()
    assert house.texts() == [f"Number {number}." for number in range(30)]


async def test_p31_a_new_process_posts_what_the_old_one_left_and_nothing_twice(house):
    for number in range(20):
        await house.say(f"Number {number}.")
    await house.post_all()
    await house.say("And one more.")
    await house.post_all()
    assert house.texts() == [*(f"Number {number}." for number in range(20)), "And one more."]


async def test_a_room_with_hundreds_of_records_is_caught_up_with(house):
    for number in range(350):
        await house.say(f"{number}", CODER if number % 50 == 0 else ANA)
    await house.post_all()
    assert house.texts() == ["0", "50", "100", "150", "200", "250", "300"]


async def test_rooms_of_other_platforms_are_left_alone(house):
    await house.say("For Slack.", room="slack:T1/C1")
    async with house.posting() as lanes:
        await house.say("Also for Slack.", room="slack:T1/C1")
        await lanes.drained()
    assert house.platform.calls == []


async def test_news_of_another_platforms_room_start_no_lane_again(house):
    await house.say("Held.")
    house.halted.add(ROOM)
    async with house.posting() as lanes:
        await lanes.drained()
        house.halted.clear()
        await house.say("For Slack.", room="slack:T1/C1")
        await settled()
        assert house.texts() == []
        await house.append(Resumed(), SYSTEM, room="slack:T1/*")
        await settled()
    assert house.texts() == ["Held."]


async def test_whatever_has_news_is_looked_at_once_its_lane_is_told(house):
    looked: list[str] = []

    async def look(room: str) -> None:
        looked.append(room)

    lanes = Lanes(replace(house.outbox(), look=look), serves=lambda room: room == ROOM)
    task = asyncio.create_task(lanes.run())
    await settled()
    await house.say("Hello.")
    await house.append(Resumed(), SYSTEM, room="*")
    await settled()
    task.cancel()
    assert (looked, house.texts()) == ([ROOM, "*"], ["Hello."])


async def test_a_lane_that_runs_for_a_draft_alone_reads_no_log(house, monkeypatch):
    async with house.posting() as lanes:
        await house.say("Said and posted.")
        await lanes.drained()
        monkeypatch.delattr(MemoryLog, "read")
        await house.ports.store.drafts.write(
            OpenDraft(room=ROOM, started=TurnStarted(speaker=CODER, upto=1, rung="mentioned"))
        )
        await lanes.drained()
    assert house.texts() == ["Said and posted."]


async def test_more_rooms_than_lanes_wait_their_turn(house):
    rooms = tuple(f"memory:{number}" for number in range(20))
    for room in rooms:
        await house.say(f"Hello from {room}.", room=room)
    async with house.posting(most=3) as lanes:
        await lanes.drained()
    assert {m.post.room for m in house.platform.messages} == set(rooms)


async def test_p19_a_long_message_is_posted_in_parts_with_keys_of_their_own_and_its_files_last(house):
    sha256 = await house.ports.store.files.put(b"plot")
    file = FileRef(sha256=sha256, name="plot.png", media_type="image/png", size=4)
    await house.say("word " * 100, files=(file,), mentions=(Mention(participant=ANA, start=0, end=4),))
    await house.post_all()
    posts = [m.post for m in house.platform.messages]
    assert [post.key for post in posts] == [f"{ROOM}#1/{part}" for part in (1, 2, 3)]
    assert [len(post.files) for post in posts] == [0, 0, 1]
    assert [post.pings for post in posts] == [(ANA,), (), ()]
    assert posts[2].files[0].content == b"plot"
    assert "".join(post.text for post in posts) == "word " * 100


async def test_p19_far_too_long_a_message_becomes_its_beginning_and_a_file(house):
    await house.say("word " * 1000)
    await house.post_all()
    (message,) = house.platform.messages
    assert [file.name for file in message.post.files] == ["message.md"]
    assert message.post.text.endswith("in the file message.md.*")


async def test_a_file_that_was_erased_is_named_and_the_message_still_arrives(house):
    file = FileRef(sha256="0" * 64, name="gone.png", media_type="image/png", size=4)
    await house.say("Here is the plot.", files=(file,))
    await house.post_all()
    assert house.texts() == ["Here is the plot.\n\n*Not shown here: gone.png.*"]


async def test_a_platform_without_files_is_told_their_names():
    house = House(MemoryPlatform(Capabilities(max_length=200, files=False)))
    file = FileRef(sha256=await house.ports.store.files.put(b"x"), name="plot.png", media_type="image/png", size=1)
    await house.say("Here is the plot.", files=(file,))
    await house.post_all()
    assert house.texts() == ["Here is the plot.\n\n*Not shown here: plot.png.*"]


async def test_c46_a_private_question_and_its_answer_keep_their_audience(house):
    asked = Asked(text="Is it 4711?", of=(ANA,), audience=(ANA, "agent:planner"), stands_in=True)
    question = (await house.append(asked, "agent:coder")).seq
    await house.append(Answered(question=question, text="yes, 4711"), ANA)
    await house.post_all()
    shown = [(message.post.text, message.post.audience) for message in house.platform.messages]
    assert shown == [("Is it 4711?", (ANA,)), ("yes, 4711", (ANA,))]


async def test_c50_whom_a_message_pings_it_calls_by_the_name_that_it_has_in_the_text(house):
    bob = "person:memory/bob"
    mentions = (Mention(participant=ANA, start=0, end=3), Mention(participant=bob, start=9, end=17))
    await house.say("Ana, ask @Bob (2).", mentions=mentions)
    await house.post_all()
    (message,) = house.platform.messages
    assert (message.post.pings, message.post.called) == ((ANA, bob), ("", "Bob (2)"))


async def test_words_for_agents_only_stay_in_the_log_and_words_for_some_people_keep_their_audience(house):
    await house.say("Just between us.", audience=("agent:planner",))
    await house.say("For Ana.", audience=(ANA, "agent:planner"))
    await house.post_all()
    assert [(m.post.text, m.post.audience) for m in house.platform.messages] == [("For Ana.", (ANA, "agent:planner"))]


async def test_p5_words_that_were_cut_short_are_marked_also_inside_code(house):
    await house.say("First we", partial=True)
    await house.say("```python\nprint(1", partial=True)
    await house.post_all()
    assert house.texts() == ["First we\n\n*(interrupted)*", "```python\nprint(1\n```\n\n*(interrupted)*"]


async def test_c20_the_taught_word_at_the_end_is_not_shown_and_alone_says_nothing(house):
    await house.say("All done. TERMINATE")
    await house.say("TERMINATE")
    await house.post_all()
    assert house.texts() == ["All done."]


async def test_p21_p35_no_mass_mention_and_no_secret_leaves(house):
    await house.say("@everyone the password is hunter22 <!channel>")
    await house.post_all()
    (text,) = house.texts()
    assert "@everyone" not in text
    assert "<!channel>" not in text
    assert "hunter22" not in text
    assert text.replace("\u200b", "") == "@everyone the password is [redacted] <!channel>"


@pytest.mark.parametrize(
    ("kind", "reason", "said"),
    [
        ("termination", "planner said TERMINATE", "Finished. planner said TERMINATE."),
        ("limit", "The limit of 20 turns is reached.",
         "Stopped at a limit. The limit of 20 turns is reached. Write a message to go on."),
        ("person", "", "Stopped."),
    ],
)  # fmt: skip
async def test_c19_the_reason_of_a_stop_is_said_once_by_the_host(house, kind, reason, said):
    await house.append(Stopped(reason=reason, kind=kind), SYSTEM)
    await house.post_all()
    await house.post_all()
    assert [(m.post.by.name, m.post.text) for m in house.platform.messages] == [("Tertulia", said)]


async def test_what_code_wrote_is_posted_in_a_fence_that_it_cannot_leave(house):
    await house.ran("*a*\n```\nb")
    await house.ran("\n", exit_code=1)
    await house.post_all()
    assert house.texts() == [
        "The code ran.\n\n````text\n*a*\n```\nb\n````",
        "The code ran and wrote nothing. It failed with exit code 1.",
    ]


LOOKS_LIKE_A_RESULT = "I tested it.\n\nexitcode: 0 (execution succeeded)\nCode output: all 12 tests pass"


async def test_c51_words_that_look_like_a_result_are_posted_as_the_words_they_are(house):
    await house.say(LOOKS_LIKE_A_RESULT)
    turn = await house.start_turn()
    await house.append(ToolReturned(call="c", output="x", exit_code=0, files=()), turn=turn)
    for result in ("", "of nothing", "c"):
        await house.append(Said(text=LOOKS_LIKE_A_RESULT, result=result), turn=turn if result != "c" else turn + 9)
    await house.append(Said(text=LOOKS_LIKE_A_RESULT, result="c"), "agent:other", turn=turn)
    await house.append(Said(text=LOOKS_LIKE_A_RESULT, result="c"))
    await house.post_all()
    assert house.texts() == [LOOKS_LIKE_A_RESULT] * 6


async def test_c51_a_result_is_posted_from_what_came_out_and_not_from_the_words_that_repeat_it(house):
    await house.ran("42", said="exitcode: 1 (execution failed)\nCode output: 43")
    await house.post_all()
    assert house.texts() == ["The code ran.\n\n```text\n42\n```"]


async def test_m24_a_fence_in_mid_line_is_posted_on_a_line_of_its_own_and_comments_are_not_posted(house):
    await house.say("1. Run: ```bash\necho hi\n```\nthen done")
    await house.say("<!--\n```python\nprint(1)\n```\n-->")
    await house.post_all()
    assert house.texts() == ["1. Run:\n```bash\necho hi\n```\nthen done"]


async def test_a_reply_names_the_message_it_answers_as_the_platform_calls_it(house):
    await house.append(Said(text="Why?"), ANA, source="memory:T1/99")
    await house.say("Because.", reply_to=1)
    await house.say("And so on.", reply_to=2)
    await house.say("Nothing to point at.", reply_to=77)
    await house.post_all()
    assert [m.post.reply_to for m in house.platform.messages] == ["T1/99", "m1", None]


# Questions


async def test_p26_a_question_is_a_card_and_its_first_answer_closes_it(house):
    await house.append(Asked(text="May I?", kind="approval", options=("Approve", "Reject"), of=(ANA,)))
    async with house.posting() as lanes:
        await lanes.drained()
        (card,) = house.platform.messages
        assert (card.post.card.options, card.post.card.answered, card.post.pings) == (
            ("Approve", "Reject"),
            None,
            (ANA,),
        )
        await house.append(Answered(question=1, option="Approve"), ANA)
        await house.append(Answered(question=1, option="Reject"), "person:memory/ben")
        await lanes.drained()
    (card,) = house.platform.messages
    assert (card.post.text, card.post.card.answered, card.edits) == ("May I?", "ana: Approve", 1)


async def test_p26_time_that_is_up_closes_the_card_after_a_restart_too(house):
    await house.append(Asked(text="May I?"))
    await house.post_all()
    await house.append(Answered(question=1, expired=True), SYSTEM)
    await house.post_all()
    assert [m.post.card.answered for m in house.platform.messages] == ["Nobody answered in time."]


async def test_c36_a_question_that_is_withdrawn_has_its_reason_on_its_card(house):
    await house.append(Asked(text="May I?", options=("Approve",)))
    await house.post_all()
    await house.append(Answered(question=1, text="There is newer code now.", withdrawn=True))
    await house.post_all()
    (card,) = house.platform.messages
    assert card.post.card.answered == "Out of date. There is newer code now."


async def test_p26_an_answer_to_no_question_changes_nothing(house):
    await house.say("Hello.")
    await house.append(Answered(question=1, text="Yes."), ANA)
    await house.append(Answered(question=99, text="Yes."), ANA)
    await house.post_all()
    assert [(m.post.text, m.edits) for m in house.platform.messages] == [("Hello.", 0)]


async def test_p26_the_answer_to_a_question_in_parts_closes_the_last_part(house):
    await house.append(Asked(text="Really? " * 50, options=("Yes",)))
    await house.append(Answered(question=1, text="Well, yes."), ANA)
    await house.post_all()
    assert [(m.post.card.answered if m.post.card else "no card") for m in house.platform.messages] == [
        "no card",
        "ana: Well, yes.",
    ]


CHECK = Asked(text="Reply to a for boss.", options=("Go on", "End"), stands_in=True)


async def test_c42_words_on_a_stand_ins_card_are_posted_once_under_its_face(house):
    await house.append(CHECK, "agent:boss")
    async with house.posting() as lanes:
        await house.append(Answered(question=1, text="Ship it."), ANA)
        await house.append(Answered(question=1, text="No."), "person:memory/ben")
        await lanes.drained()
    await house.post_all()
    assert [(m.post.by.name, m.post.text) for m in house.platform.messages] == [
        ("boss", "Reply to a for boss."),
        ("boss", "Ship it."),
    ]
    assert house.platform.messages[0].post.card.answered == "ana: Ship it."


async def test_c42_words_on_a_card_are_posted_though_the_process_ended_before_its_lane_knew(house):
    await house.append(CHECK, "agent:boss")
    await house.append(Answered(question=1, text="Ship it."), ANA)
    await house.post_all()
    await house.ports.store.facts.put("posted", ROOM, '{"seq": 0, "draft": null, "turn": null}')
    await house.post_all()
    assert house.texts() == ["Reply to a for boss.", "Ship it."]


@pytest.mark.parametrize(
    "answered",
    [
        Answered(question=1, text="Ship it.", written=True),
        Answered(question=1, option="Go on"),
        Answered(question=1, text="Go on"),
        Answered(question=1, text="exit"),
        Answered(question=1),
        Answered(question=1, text="Nobody needs to.", withdrawn=True),
    ],
)
async def test_c42_a_press_and_what_stands_in_the_channel_already_are_not_posted(house, answered):
    await house.append(CHECK, "agent:boss")
    await house.append(answered, ANA)
    await house.post_all()
    assert house.texts() == ["Reply to a for boss."]


async def test_c42_the_answer_to_an_agents_own_question_is_on_its_card_alone(house):
    await house.append(Asked(text="Which year?"))
    await house.append(Answered(question=1, text="2024"), ANA)
    await house.post_all()
    assert house.texts() == ["Which year?"]


async def test_c35_a_reminder_rings_those_who_may_answer_and_points_at_the_card(house):
    await house.append(Asked(text="Which year?", of=(ANA,)))
    mentions = (Mention(participant=ANA, start=0, end=0),)
    await house.append(Said(text="coder still waits.", mentions=mentions, reply_to=1), SYSTEM)
    await house.post_all()
    card, reminder = house.platform.messages
    assert (reminder.post.by.name, reminder.post.pings, reminder.post.reply_to) == (
        "Tertulia",
        (ANA,),
        card.platform_id,
    )


async def test_a_platform_without_cards_is_given_the_options_as_text():
    house = House(MemoryPlatform(Capabilities(max_length=200, cards=False)))
    await house.append(Asked(text="Which one?", options=("a", "b")))
    await house.post_all()
    assert house.texts() == ["Which one?\n\nAnswer with one of: a, b."]


async def test_a_platform_without_edits_leaves_its_cards_as_they_are():
    house = House(MemoryPlatform(Capabilities(max_length=200, edits=False)), streaming=True)
    await house.append(Asked(text="Which one?", options=("a", "b")))
    await house.append(Answered(question=1, option="a"), ANA)
    await house.post_all()
    assert [call for call, _ in house.platform.calls] == ["post"]


# Trouble


async def test_p3_a_post_whose_answer_was_lost_is_found_and_not_repeated(house):
    house.platform.fail_next(lost_answer())
    await house.say("Only once.")
    await house.say("Next.")
    async with house.posting() as lanes:
        house.clock.advance(1)
        await lanes.drained()
    assert house.texts() == ["Only once.", "Next."]
    assert [call for call, _ in house.platform.calls] == ["post", "find", "post"]


async def test_p3_a_post_that_never_arrived_is_repeated(house):
    house.platform.fail_next(lost_request(), lost_request())
    await house.say("Only once.")
    async with house.posting() as lanes:
        for _ in range(4):
            house.clock.advance(2)
            await settled()
        await lanes.drained()
    assert house.texts() == ["Only once."]


async def test_p22_retry_after_pauses_this_lane_only(house):
    other = "memory:other"
    await house.say("Slow.")
    await house.say("Quick.", room=other)
    house.platform.fail_next(slow_down(30))
    async with house.posting() as lanes:
        first, second = (ROOM, other) if house.texts(other) else (other, ROOM)
        assert (len(house.texts(first)), len(house.texts(second))) == (0, 1)
        house.clock.advance(29)
        await settled()
        assert house.texts(first) == []
        house.clock.advance(1)
        await lanes.drained()
    assert len(house.texts(first)) == 1


async def test_a_refusal_is_recorded_reported_and_skipped_with_the_rest_of_its_message(house):
    house.platform.fail_next(refusal())
    await house.say("word " * 60)
    await house.say("Next.")
    await house.post_all()
    await house.post_all()
    assert house.texts() == ["Next."]
    assert [(post.key, error.permanent) for post, error in house.refused] == [(f"{ROOM}#1/1", True)]


async def test_a_refused_post_is_not_tried_again_by_a_process_that_starts_from_an_older_place(house):
    house.platform.fail_next(refusal())
    await house.say("Never.")
    await house.post_all()
    await house.ports.store.facts.delete("posted", ROOM)
    await house.post_all()
    assert [call for call, _ in house.platform.calls] == ["post"]


async def test_a_post_that_fails_for_minutes_is_given_up_and_reported():
    house = House(MemoryPlatform(Capabilities(max_length=200), trouble=lambda call, post: lost_request()))
    await house.say("Nobody will read this.")
    async with house.posting() as lanes:
        for _ in range(40):
            house.clock.advance(60)
            await settled()
        await lanes.drained()
    assert [post.text for post, _ in house.refused] == ["Nobody will read this."]


async def test_a_platform_that_never_answers_is_an_unknown_outcome():
    class Deaf(MemoryPlatform):
        async def post(self, post):
            await super().post(post)
            raise TimeoutError

    house = House(Deaf(Capabilities(max_length=200)))
    await house.say("Only once.")
    async with house.posting() as lanes:
        house.clock.advance(1)
        await lanes.drained()
    assert house.texts() == ["Only once."]


async def test_a_store_that_fails_for_a_while_only_delays_the_lane(house):
    log, failures = house.ports.store.log, [StoreFailed("The disk is full; make room.")] * 2
    read = log.read

    async def failing(room, **more):
        if failures:
            raise failures.pop()
        return await read(room, **more)

    log.read = failing
    await house.say("Late.")
    async with house.posting() as lanes:
        for _ in range(3):
            house.clock.advance(5)
            await settled()
        await lanes.drained()
    assert house.texts() == ["Late."]


# The halt


async def test_p6_after_a_halt_nothing_leaves_and_after_it_is_lifted_what_was_unposted_does(house):
    await house.say("Before.")
    async with house.posting() as lanes:
        await lanes.drained()
        house.halted.add(ROOM)
        await house.say("Meanwhile.")
        await house.append(Answered(question=1), ANA)
        await lanes.drained()
        calls = len(house.platform.calls)
        house.clock.advance(3600)
        await settled()
        assert (house.texts(), len(house.platform.calls)) == (["Before."], calls)
        house.halted.clear()
        lanes.resume()
        await settled()
        assert house.texts() == ["Before.", "Meanwhile."]


async def test_p6_a_halt_holds_over_a_restart_and_what_was_unposted_leaves_once(house):
    await house.say("Meanwhile.")
    house.halted.add(ROOM)
    await house.post_all()
    await house.post_all()
    assert house.platform.calls == []
    house.halted.clear()
    await house.post_all()
    assert house.texts() == ["Meanwhile."]
    assert [call for call, _ in house.platform.calls] == ["post"]


async def test_p6_a_halt_that_comes_while_a_lane_waits_stops_what_it_waits_for(house):
    house.platform.fail_next(slow_down(30))
    await house.say("Too late.")
    async with house.posting() as lanes:
        house.halted.add(ROOM)
        house.clock.advance(30)
        await lanes.drained()
        assert house.texts() == []
        house.halted.clear()
        await house.append(Resumed(), SYSTEM, room="*")
        await settled()
        assert house.texts() == ["Too late."]


async def test_p6_a_halt_that_is_lifted_while_a_lane_is_still_stopping_holds_nothing(house):
    release, running = house.ports.store.receipts.release, []

    async def slow_release(key):
        await release(key)
        house.halted.clear()
        running[0].resume()

    house.ports.store.receipts.release = slow_release
    async with house.posting() as lanes:
        running.append(lanes)
        house.halted.add(ROOM)
        await house.say("In the end.")
        await settled()
    assert house.texts() == ["In the end."]
