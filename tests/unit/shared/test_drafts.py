"""P22: turns that are shown while they grow."""

from itertools import pairwise

import pytest

from adapters.shared.lane import LOST_SECONDS, NAMESPACE
from adapters.shared.pace import Pace, PaceLimits, Rate
from agents.log.events import Said, ToolCalled, TurnStarted, TurnTaken
from agents.log.participants import SYSTEM
from agents.log.records import THIS_TURN, Entry
from agents.ports import Capabilities, Draft, OpenDraft
from agents.testing import FakeClock, MemoryPlatform, lost_answer, lost_request, refusal, slow_down
from tests.unit.shared.rooms import ANA, CODER, ROOM, House, settled

BEGINNING = "Let us begin with the plan for today "


@pytest.fixture
def house() -> House:
    return House(streaming=True)


async def test_p22_a_turn_is_one_message_that_grows_and_becomes_the_final_text(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        assert house.texts() == [BEGINNING.rstrip()]
        assert house.platform.messages[0].post.partial
        await house.draft(turn, BEGINNING + "and then ")
        await settled()
        house.clock.advance(1.2)
        await settled()
        assert house.texts() == [f"{BEGINNING}and then"]
        await house.append(Said(text=f"{BEGINNING}and then rest."), turn=turn)
        await house.ports.store.drafts.clear(ROOM)
        await house.end_turn(turn)
        await lanes.drained()
    (message,) = house.platform.messages
    assert (message.post.text, message.post.partial) == (f"{BEGINNING}and then rest.", False)
    assert [call for call, _ in house.platform.calls] == ["post", "edit", "edit"]


async def test_p22_edits_are_coalesced_to_the_newest_text_and_slow_down(house):
    times = []

    def note(*_):
        times.append(house.clock.now())

    house.platform = MemoryPlatform(Capabilities(max_length=20_000), trouble=note)
    async with house.posting():
        turn = await house.start_turn()
        for tick in range(1200):
            await house.draft(turn, BEGINNING + "word " * tick)
            house.clock.advance(0.05)
            await settled()
    gaps = [after - before for before, after in pairwise(times)]
    assert all(gap >= 0.999 for gap in gaps)
    assert gaps[0] < 1.2 < 3 < gaps[-1]
    assert len(times) < 35


async def test_p22_a_final_text_that_is_too_long_goes_on_in_new_messages(house):
    text = BEGINNING + "word " * 60
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        await house.append(Said(text=text), turn=turn)
        await lanes.drained()
    assert "".join(house.texts()) == text
    assert [call for call, _ in house.platform.calls] == ["post", "edit", "post"]


async def test_p22_a_draft_longer_than_a_message_shows_its_beginning(house):
    async with house.posting():
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING + "word " * 100)
        await settled()
    (text,) = house.texts()
    assert len(text) <= 200
    assert text.endswith("\n\n…")


async def test_p22_an_unfinished_word_and_an_open_fence_are_not_shown_as_they_are(house):
    async with house.posting():
        turn = await house.start_turn()
        await house.draft(turn, "Here is the code you asked for:\n```python\nprint('hunter22')\nprint('hunt")
        await settled()
    assert house.texts() == ["Here is the code you asked for:\n```python\nprint('[redacted]')\n```"]


async def test_p11_p22_a_few_words_are_not_shown_since_the_agent_may_pass(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, "PASS ")
        await settled()
        await house.ports.store.drafts.clear(ROOM)
        await house.end_turn(turn, "passed")
        await lanes.drained()
    assert house.platform.calls == []


async def test_r19_p22_a_draft_for_which_the_platform_has_no_room_comes_as_one_post():
    limits = PaceLimits(room=Rate(count=4, seconds=60.0), platform=Rate(count=1000, seconds=1.0))
    house = House(streaming=True, limits=limits)
    async with house.posting() as lanes:
        for number in range(3):
            await house.say(f"Number {number}.", "agent:planner")
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        assert len(house.platform.calls) == 3
        await house.append(Said(text=f"{BEGINNING}and then rest."), turn=turn)
        await lanes.drained()
    assert [call for call, _ in house.platform.calls] == ["post"] * 4
    assert house.texts()[-1] == f"{BEGINNING}and then rest."


async def test_p22_nothing_is_streamed_unless_asked_for():
    house = House(streaming=False)
    async with house.posting():
        await house.draft(await house.start_turn(), BEGINNING)
        await settled()
    assert house.platform.calls == []


async def test_c46_p22_a_turn_that_answers_private_words_is_not_shown_while_it_grows(house):
    await house.say("Between us.", ANA, audience=(ANA, CODER))
    async with house.posting() as lanes:
        turn = await house.start_turn(audience=(ANA,))
        await house.draft(turn, BEGINNING)
        await settled()
        await house.draft(turn, BEGINNING + "and more ")
        await settled()
        assert house.platform.calls == []
        await house.append(Said(text="For you.", audience=(ANA,)), turn=turn)
        await lanes.drained()
    assert [(m.post.text, m.post.audience) for m in house.platform.messages] == [("For you.", (ANA,))]


async def test_p22_private_final_words_never_take_over_a_draft_that_all_could_see(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        await house.append(Said(text="For you.", audience=(ANA,)), turn=turn)
        await house.end_turn(turn)
        await lanes.drained()
    assert [(m.post.text, m.post.audience) for m in house.platform.messages] == [
        (f"{BEGINNING.rstrip()}\n\n*(interrupted)*", ()),
        ("For you.", (ANA,)),
    ]


async def test_p5_the_words_that_were_kept_of_an_interrupted_turn_take_its_draft_over(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        await house.append(Said(text="Let us begin with the plan", partial=True), turn=turn)
        await house.end_turn(turn, "interrupted")
        await lanes.drained()
    assert house.texts() == ["Let us begin with the plan\n\n*(interrupted)*"]


@pytest.mark.parametrize("is_kept", [True, False])
async def test_p22_a_draft_without_final_words_is_marked_as_interrupted(house, is_kept):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        if not is_kept:
            await house.ports.store.drafts.clear(ROOM)
        await house.end_turn(turn, "crashed", by=SYSTEM)
        await lanes.drained()
    (message,) = house.platform.messages
    assert message.post.text == f"{BEGINNING.rstrip()}\n\n*(interrupted)*"
    assert (message.post.by.name, message.post.partial) == ("coder", False)


async def test_p22_after_a_restart_a_draft_whose_text_is_lost_gets_its_mark_below(house):
    turn = await house.start_turn()
    async with house.posting():
        await house.draft(turn, BEGINNING)
        await settled()
    await house.ports.store.drafts.clear(ROOM)
    await house.end_turn(turn, "crashed", by=SYSTEM)
    await house.post_all()
    await house.post_all()
    assert [(m.post.text, m.post.reply_to) for m in house.platform.messages] == [
        (BEGINNING.rstrip(), None),
        ("*(interrupted)*", "m1"),
    ]


async def test_p22_a_draft_of_a_turn_that_never_began_in_the_log_is_marked_when_it_is_gone(house):
    first = OpenDraft(room=ROOM, started=TurnStarted(speaker=CODER, upto=0, rung=""), draft=Draft(text=BEGINNING))
    async with house.posting():
        await house.ports.store.drafts.write(first)
        await settled()
        assert house.texts() == [BEGINNING.rstrip()]
        await house.ports.store.drafts.clear(ROOM)
        await settled()
        assert house.texts() == [BEGINNING.rstrip()]
        house.clock.advance(LOST_SECONDS)
        await settled()
        assert house.texts() == [f"{BEGINNING.rstrip()}\n\n*(interrupted)*"]
    await house.post_all()
    assert len(house.platform.messages) == 1


async def test_p22_a_turn_that_is_given_again_after_a_restart_goes_on_in_its_message_without_a_mark(house):
    started = TurnStarted(speaker=CODER, upto=0, rung="")
    async with house.posting():
        await house.ports.store.drafts.write(OpenDraft(room=ROOM, started=started, draft=Draft(text=BEGINNING)))
        await settled()
    await house.ports.store.drafts.clear(ROOM)  # it was not written down yet
    async with house.posting() as lanes:
        await settled()
        house.clock.advance(2)
        await house.ports.store.drafts.write(OpenDraft(room=ROOM, started=started))
        await settled()
        house.clock.advance(LOST_SECONDS)
        await settled()
        entries = [started, Said(text="The end."), TurnTaken(outcome="said")]
        await house.ports.store.log.append(ROOM, [Entry(event=one, by=CODER, turn=THIS_TURN) for one in entries])
        await house.ports.store.drafts.clear(ROOM)
        await lanes.drained()
    assert house.texts() == ["The end."]


async def test_p22_the_draft_of_another_turn_marks_the_one_that_was_lost(house):
    planner = "agent:planner"
    async with house.posting() as lanes:
        for speaker in (CODER, planner):
            started = TurnStarted(speaker=speaker, upto=0, rung="")
            await house.ports.store.drafts.write(OpenDraft(room=ROOM, started=started, draft=Draft(text=BEGINNING)))
            await settled()
            house.clock.advance(2)
            await settled()
        assert house.texts() == [f"{BEGINNING.rstrip()}\n\n*(interrupted)*", BEGINNING.rstrip()]
        (turn, _) = await house.ports.store.log.append(
            ROOM,
            [
                Entry(event=TurnStarted(speaker=planner, upto=0, rung=""), by=planner),
                Entry(event=Said(text="The end."), by=planner, turn=THIS_TURN),
            ],
        )
        await house.end_turn(turn.seq, by=planner)
        await lanes.drained()
    assert house.texts()[1:] == ["The end."]


async def test_p22_a_turn_that_ends_while_its_draft_is_looked_at_is_not_taken_for_lost(house):
    """The draft is cleared after the words are in the log: a lane that sees it gone looks there first."""
    started = TurnStarted(speaker=CODER, upto=0, rung="")
    async with house.posting() as lanes:
        await house.ports.store.drafts.write(OpenDraft(room=ROOM, started=started, draft=Draft(text=BEGINNING)))
        await settled()
        read = house.ports.store.drafts.read

        async def ended(room: str) -> OpenDraft | None:
            house.ports.store.drafts.read = read
            entries = [started, Said(text="The end."), TurnTaken(outcome="said")]
            await house.ports.store.log.append(ROOM, [Entry(event=one, by=CODER, turn=THIS_TURN) for one in entries])
            await house.ports.store.drafts.clear(room)
            return await read(room)

        house.ports.store.drafts.read = ended
        await house.say("Meanwhile.", "agent:planner")
        await settled()
        await lanes.drained()
    assert "The end." in house.texts()
    assert not any("interrupted" in text for text in house.texts())


async def test_p22_a_place_of_an_earlier_version_is_read_without_its_draft(house):
    await house.ports.store.facts.put(NAMESPACE, ROOM, '{"seq": 0, "draft": 7}')
    await house.say("Hello.")
    await house.post_all()
    assert house.texts() == ["Hello."]


async def test_p22_after_a_restart_a_draft_grows_on_in_the_same_message(house):
    turn = await house.start_turn()
    async with house.posting():
        await house.draft(turn, BEGINNING)
        await settled()
    async with house.posting() as lanes:
        await house.draft(turn, BEGINNING + "and more ")
        await settled()
        house.clock.advance(2)
        await settled()
        assert house.texts() == [f"{BEGINNING}and more"]
        await house.append(Said(text="The end."), turn=turn)
        await lanes.drained()
    assert house.texts() == ["The end."]


async def test_p22_a_draft_whose_answer_was_lost_is_found_and_taken_over(house):
    house.platform.fail_next(lost_answer())
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        await house.append(Said(text="The end."), turn=turn)
        house.clock.advance(1)
        await settled()
        await lanes.drained()
    assert house.texts() == ["The end."]


async def test_p22_the_final_text_lands_although_the_draft_was_deleted_meanwhile(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        house.platform.remove("m1")
        await house.append(Said(text="The end."), turn=turn)
        await lanes.drained()
    assert house.texts() == ["The end."]


async def test_p22_a_final_text_that_may_have_landed_beside_a_deleted_draft_is_looked_for_first(house):
    async with house.posting():
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        house.platform.remove("m1")
        house.platform.fail_next(refusal(), lost_answer())
        await house.append(Said(text="The end."), turn=turn)
        await settled()
    await house.post_all()
    assert house.texts() == ["The end."]


async def test_p22_the_final_text_is_posted_anew_where_nobody_can_tell_whether_the_draft_landed(house):
    async with house.posting():
        turn = await house.start_turn()
        house.platform.fail_next(lost_request())
        await house.draft(turn, BEGINNING)
        await settled()
        await house.append(Said(text="The end."), turn=turn)
    house.platform.fail_next(refusal())
    await house.post_all()
    assert house.texts() == ["The end."]
    assert [post.key for post, _ in house.refused] == [f"{ROOM}#{turn - 1}/{CODER}/draft"]


async def test_p22_a_refused_draft_does_not_keep_the_final_text_from_landing(house):
    house.platform.fail_next(refusal())
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        await house.draft(turn, BEGINNING + "more ")
        await settled()
        await house.append(Said(text="The end."), turn=turn)
        await lanes.drained()
    assert house.texts() == ["The end."]


async def test_p22_a_second_message_of_a_turn_never_overwrites_the_first(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        await house.append(Said(text="First, the tool."), turn=turn)
        await house.append(ToolCalled(call="1", tool="weather", arguments="{}"), turn=turn)
        await house.draft(turn, "Secondly there is this to say ")
        house.clock.advance(5)
        await settled()
        await house.append(Said(text="Secondly, the result."), turn=turn)
        await lanes.drained()
    assert house.texts() == ["First, the tool.", "Secondly, the result."]


async def test_p22_retry_after_on_an_edit_is_honoured_and_the_final_text_lands(house):
    calls = []
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        house.platform.fail_next(slow_down(20))
        await house.draft(turn, BEGINNING + "and then ")
        house.clock.advance(2)
        await settled()
        await house.append(Said(text="The end."), turn=turn)
        for _ in range(21):
            calls.append(len(house.platform.calls))
            house.clock.advance(1)
            await settled()
        await lanes.drained()
    assert calls == [2] * 20 + [3]
    assert house.texts() == ["The end."]


async def test_p6_p22_a_draft_stops_growing_at_a_halt(house):
    async with house.posting() as lanes:
        turn = await house.start_turn()
        await house.draft(turn, BEGINNING)
        await settled()
        house.halted.add(ROOM)
        await house.draft(turn, BEGINNING + "and then ")
        house.clock.advance(5)
        await settled()
        await lanes.drained()
        assert len(house.platform.calls) == 1
        house.halted.clear()
        await house.append(Said(text="The end."), turn=turn)
        await lanes.drained()
    assert house.texts() == ["The end."]


async def test_p22_four_agents_streaming_stay_within_the_platforms_limits_and_every_final_text_lands():
    """Each speaks in each of four rooms; the platform takes 5 calls in 5 s, and one a second for each room."""
    limits = PaceLimits(room=Rate(count=1, seconds=1.0), platform=Rate(count=5, seconds=5.0), draft=1.2)
    times: list[tuple[float, str]] = []
    clock = FakeClock()
    platform = MemoryPlatform(
        Capabilities(max_length=2000), trouble=lambda call, post: times.append((clock.now(), post.room))
    )
    house = House(platform, clock=clock, limits=limits, streaming=True)
    rooms = tuple(f"memory:{number}" for number in range(4))
    async with house.posting() as lanes:
        for spoken in range(4):
            agents = {room: f"agent:{(spoken + index) % 4}" for index, room in enumerate(rooms)}
            turns = {room: await house.start_turn(agents[room], room=room) for room in rooms}
            for tick in range(200):
                for room, turn in turns.items():
                    await house.draft(turn, f"{BEGINNING}{spoken} " + "word " * tick, agents[room], room=room)
                clock.advance(0.05)
                await settled()
            for room, turn in turns.items():
                await house.append(Said(text=f"Final {spoken} in {room}."), agents[room], turn=turn, room=room)
                await house.end_turn(turn, room=room)
        for _ in range(100):
            clock.advance(0.5)
            await settled()
        await lanes.drained()
    assert all(house.texts(room) == [f"Final {n} in {room}." for n in range(4)] for room in rooms)
    assert all(late[0] - early[0] >= 5.0 for early, late in zip(times, times[5:], strict=False))
    for room in rooms:
        assert all(b - a >= 1.0 for a, b in pairwise([at for at, where in times if where == room]))


def test_p22_the_pace_keeps_a_quarter_free_for_final_messages_and_forgets_quiet_rooms():
    clock = FakeClock()
    pace = Pace(clock, PaceLimits(room=Rate(count=4, seconds=10.0), platform=Rate(count=5000, seconds=1.0)))
    for _ in range(3):
        pace.add("a")
    assert (pace.delay("a"), pace.delay("a", spare=True), pace.delay("b", spare=True)) == (0.0, 10.0, 0.0)
    pace.add("a")
    clock.advance(4)
    assert pace.delay("a") == 6.0
    clock.advance(7)
    for number in range(1000):
        pace.add(f"room {number}")
    assert pace.delay("a") == 0.0
