"""The fold: how each event changes what policies and agents see (C4, C6, C13, C19, C27, P11)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log._numbered import KEPT
from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Event,
    Halted,
    Joined,
    Left,
    Opened,
    Outcome,
    Reset,
    Resumed,
    Said,
    Stopped,
    Summarised,
    TurnStarted,
    TurnTaken,
    Usage,
)
from agents.log.files import FileRef
from agents.log.fold import fold
from agents.log.records import Record
from agents.log.snapshots import decode_transcript, encode_transcript
from agents.log.transcript import Transcript, pair
from tests.unit.logs import logs
from tests.unit.story import ANA, BOB, CODER, PLANNER, REVIEWER, Story

EMPTY = Transcript(room="web:lobby")


# Any log folds, however it is cut up


@given(logs(), st.lists(st.integers(1, 9), max_size=12))
def test_a_fold_in_batches_and_over_snapshots_equals_the_fold_in_one_go(log: Sequence[Record], sizes: list[int]):
    whole = fold(EMPTY, log)
    transcript, rest = EMPTY, log
    for size in [*sizes, len(log)]:
        transcript = fold(transcript, rest[:size])
        transcript = decode_transcript(encode_transcript(transcript))
        rest = rest[size:]
    assert transcript == whole


@given(logs())
def test_records_that_a_transcript_holds_already_are_passed_over(log: Sequence[Record]):
    whole = fold(EMPTY, log)
    assert fold(whole, log) == whole


@given(logs())
def test_what_the_fold_says_of_a_room_is_consistent(log: Sequence[Record]):
    transcript = fold(EMPTY, log)
    assert transcript.seq == len(log)
    assert set(transcript.present) <= set(transcript.known)
    for items in (transcript.messages, transcript.runs, transcript.questions, transcript.open_messages):
        assert [one.seq for one in items] == sorted({one.seq for one in items})
    assert all(upto <= 40 for upto in transcript.floor.heard.values())
    assert {one.seq for one in transcript.open_messages} <= {one.seq for one in transcript.messages}
    assert all(one.seq > transcript.start for one in transcript.open_messages)
    assert all(one.text == "" and not one.addressed for one in transcript.messages if one.deleted)
    for agent in transcript.agents:
        assert all(one.by != agent.id and one.visible_to(agent.id) for one in transcript.unheard(agent.id))


@given(logs())
def test_p12_deleted_text_is_in_no_transcript(log: Sequence[Record]):
    """Whatever else happens, a word that was said once and deleted is not in the fold any more."""
    secret = [
        Record(room="web:lobby", seq=1, at=0.0, by=ANA, event=Joined(participant=ANA, name="Ana")),
        Record(room="web:lobby", seq=2, at=0.0, by=ANA, event=Said(text="xyzzy")),
    ]
    between = [_shifted(record, 2) for record in log]
    end = 3 + len(log)
    gone = Record(room="web:lobby", seq=end, at=0.0, by=ANA, event=Deleted(target=2))
    assert "xyzzy" not in encode_transcript(fold(EMPTY, [*secret, *between, gone]))


def _shifted(record: Record, by: int) -> Record:
    return Record(
        room=record.room, seq=record.seq + by, at=record.at, by=record.by, event=record.event, turn=record.turn
    )


def test_an_erased_record_changes_nothing_but_the_seq():
    transcript = fold(EMPTY, [Record(room="web:lobby", seq=1, at=1.0, by=ANA, event=None)])
    assert transcript == Transcript(room="web:lobby", seq=1)


def test_the_newest_messages_are_kept_and_the_counters_cover_everything():
    story = Story()
    for number in range(2 * KEPT):
        story.says(ANA, f"{number}")
    kept = story.transcript.messages
    assert KEPT <= len(kept) <= KEPT * 3 // 2
    assert kept[-1].text == f"{2 * KEPT - 1}"
    assert story.transcript.exchange.messages == 2 * KEPT
    assert len(story.transcript.open_messages) <= KEPT + 1


# Turns


def test_a_turn_has_heard_what_it_had_read_when_it_ends():
    story = Story()
    first = story.says(ANA, "one")
    start = story.happens(TurnStarted(speaker=CODER, upto=first, rung="r"), by=CODER)
    story.says(ANA, "two")
    assert CODER in story.transcript.floor.heard
    assert story.transcript.floor.heard[CODER] < first
    story.happens(TurnTaken(outcome="said"), by=CODER, turn=start)
    assert story.transcript.floor.heard[CODER] == first
    assert [one.text for one in story.transcript.unheard(CODER)] == ["two"]


def test_a_crashed_turn_has_heard_nothing():
    story = Story()
    seq = story.says(ANA, "one")
    start = story.happens(TurnStarted(speaker=CODER, upto=seq, rung="r"), by=CODER)
    story.happens(TurnTaken(outcome="crashed"), by=CODER, turn=start)
    assert [one.text for one in story.transcript.unheard(CODER)] == ["one"]
    assert story.transcript.floor.turn is None


def test_an_older_turn_takes_back_nothing_that_was_heard():
    story = Story()
    seq = story.says(ANA, "one")
    story.turn(CODER, "hi")
    start = story.happens(TurnStarted(speaker=CODER, upto=1, rung="r"), by=CODER)
    story.happens(TurnTaken(outcome="passed"), by=CODER, turn=start)
    assert story.transcript.floor.heard[CODER] == seq


def test_an_end_without_a_start_changes_nothing():
    story = Story()
    before = story.transcript
    story.happens(TurnTaken(outcome="said"), by=CODER)
    assert story.transcript.floor == before.floor


@pytest.mark.parametrize(
    ("outcome", "left"),
    [("said", []), ("interrupted", []), ("opened", []), ("passed", ["all"]), ("asked", ["all"]), ("failed", ["all"])],
)
def test_p11_a_message_to_nobody_is_open_until_somebody_spoke_or_all_have_passed(outcome: Outcome, left: list[str]):
    story = Story()
    seq = story.says(ANA, "all")
    start = story.happens(TurnStarted(speaker=CODER, upto=seq, rung="r"), by=CODER)
    story.happens(TurnTaken(outcome=outcome), by=CODER, turn=start)
    assert [one.text for one in story.transcript.open_messages] == left
    for agent in (PLANNER, REVIEWER):
        story.turn(agent)
    assert story.transcript.open_messages == ()


def test_c6_a_message_is_open_until_everybody_it_addresses_has_heard_it():
    story = Story()
    story.says(ANA, "@coder @planner hi", CODER, PLANNER)
    story.turn(REVIEWER, "me!")
    story.turn(CODER, "hi")
    assert [one.text for one in story.transcript.open_messages] == ["@coder @planner hi", "hi"]
    story.turn(PLANNER, "hi")
    assert [one.text for one in story.transcript.open_messages] == ["hi"]


def test_c6_who_has_left_is_waited_for_no_longer():
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.happens(Left(participant=CODER))
    story.turn(PLANNER, "Coder is gone.")
    assert [one.text for one in story.transcript.open_messages] == ["Coder is gone."]


def test_c18_a_message_that_only_some_may_see_waits_only_for_them():
    story = Story()
    story.says(ANA, "psst", said=Said(text="", audience=(CODER, BOB)))
    story.turn(CODER)
    assert story.transcript.open_messages == ()


def test_a_deleted_message_is_not_open():
    story = Story()
    seq = story.says(ANA, "hi")
    story.happens(Deleted(target=seq), by=ANA)
    assert story.transcript.open_messages == ()
    story.turn(CODER, "?")
    assert [one.text for one in story.transcript.open_messages] == ["?"]


def test_c27_usage_is_added_up_per_agent_choosing_included():
    story = Story()
    seq = story.says(ANA, "hi")
    cost = Usage(input_tokens=1, output_tokens=2, usd=0.5)
    start = story.happens(TurnStarted(speaker=CODER, upto=seq, rung="r", choosing=cost), by=CODER)
    story.happens(TurnTaken(outcome="failed", usage=cost), by=CODER, turn=start)
    assert story.transcript.usage == {CODER: Usage(input_tokens=2, output_tokens=4, usd=1.0)}
    assert story.transcript.exchange.usage == Usage(input_tokens=2, output_tokens=4, usd=1.0)


def test_c4_consecutive_replies_are_counted_per_sender_and_a_person_begins_anew():
    story = Story()
    story.says(ANA, "go")
    story.turn(PLANNER, "1")
    story.turn(CODER, "2")
    story.turn(PLANNER, "3")
    story.turn(CODER, "4")
    assert story.transcript.exchange.replies == {
        pair(PLANNER, ANA): 1,
        pair(CODER, PLANNER): 2,
        pair(PLANNER, CODER): 1,
    }
    assert story.transcript.exchange.since_person == 4
    story.says(ANA, "stop it")
    assert story.transcript.exchange.replies == {}
    assert story.transcript.exchange.since_person == 0


def test_a_reply_to_nobody_is_counted_for_the_house():
    story = Story()
    story.turn(CODER, "hello?")
    assert story.transcript.exchange.replies == {pair(CODER, "system"): 1}


# Participants


def test_c13_old_talk_is_no_news_to_a_newcomer_but_what_nobody_dealt_with_is():
    story = Story()
    story.says(ANA, "old")
    story.turn(PLANNER, "answered")
    story.says(ANA, "new")
    story.happens(Joined(participant="agent:late", name="late"))
    assert [one.text for one in story.transcript.unheard("agent:late")] == ["answered", "new"]


def test_c13_whoever_comes_back_has_missed_what_was_dealt_with():
    story = Story()
    story.happens(Left(participant=CODER), by=ANA)
    assert CODER in story.transcript.left
    story.says(ANA, "old")
    story.turn(PLANNER)
    story.happens(Joined(participant=CODER, name="coder"))
    assert story.transcript.unheard(CODER) == ()
    assert CODER not in story.transcript.left


def test_c13_who_leaves_with_its_team_was_not_sent_away():
    story = Story()
    assert story.transcript.seated == {PLANNER, CODER, REVIEWER}
    story.happens(Left(participant=CODER))
    story.happens(Joined(participant=PLANNER, name="planner"), by=ANA)
    assert story.transcript.left == frozenset()
    assert story.transcript.seated == {REVIEWER}


def test_c13_people_come_and_go_without_being_sent_away():
    story = Story()
    story.happens(Left(participant=BOB))
    assert BOB not in story.transcript.present
    assert story.transcript.known[BOB].name == "bob"
    assert story.transcript.left == frozenset()


# Stops, halts, resets, notices


def test_c19_a_stop_ends_the_episode_and_a_person_begins_the_next():
    story = Story()
    story.says(ANA, "go")
    story.turn(CODER, "done")
    seq = story.happens(Stopped(reason="Enough."))
    assert story.transcript.stopped == Stopped(reason="Enough.")
    assert story.transcript.exchange.start == seq
    story.turn(CODER, "and another thing")
    assert story.transcript.stopped is not None
    story.says(ANA, "go on")
    assert story.transcript.stopped is None
    assert story.transcript.exchange.messages == 1


def test_c19_a_stop_does_not_swallow_what_a_person_said_meanwhile_unless_they_stop():
    for kind, stopped in (("termination", False), ("person", True)):
        story = Story()
        story.says(ANA, "go")
        story.turn(CODER, "done")
        late = story.says(BOB, "wait")
        story.happens(Stopped(reason="Enough.", kind=kind))  # type: ignore[arg-type]
        assert (story.transcript.stopped is not None) == stopped
        assert (story.transcript.exchange.start == late - 1) != stopped


def test_c19_a_stop_at_the_very_first_message_is_a_stop():
    story = Story()
    story.says(ANA, "go")
    story.happens(Stopped(reason="Enough."))
    assert story.transcript.stopped is not None


def test_p6_halts_and_resumes():
    story = Story()
    story.happens(Halted())
    assert story.transcript.halted
    story.says(ANA, "hello?")
    assert story.transcript.halted
    story.happens(Resumed())
    assert not story.transcript.halted


def test_c28_a_reset_moves_the_start_and_drops_open_questions():
    story = Story()
    story.says(ANA, "old", said=Said(text="", files=(FileRef(sha256="a", name="a", media_type="b", size=1),)))
    answered = story.happens(Asked(text="1"), by=CODER)
    story.happens(Answered(question=answered, text="x"), by=ANA)
    story.happens(Asked(text="2"), by=CODER)
    story.happens(Summarised(upto=3, text="s"))
    seq = story.happens(Reset(), by=ANA)
    transcript = story.transcript
    assert (transcript.start, transcript.task, transcript.summary) == (seq, None, None)
    assert (transcript.open_messages, transcript.open_questions) == ((), ())
    assert transcript.unheard(CODER) == ()
    assert len(transcript.messages) == 2
    story.says(ANA, "new")
    assert story.transcript.task is not None
    assert story.transcript.task.text == "new"


def test_a_notice_of_the_house_is_no_part_of_the_conversation():
    story = Story()
    story.says(ANA, "go")
    before = story.transcript
    story.happens(Said(text="50% of the budget is used."))
    assert story.transcript.messages == before.messages
    assert story.transcript.exchange == before.exchange


def test_a_reply_addresses_the_author_it_replies_to():
    story = Story()
    story.says(ANA, "go")
    story.turn(CODER, "done")
    seq = story.transcript.last.seq
    story.says(ANA, "thanks", PLANNER, said=Said(text="", reply_to=seq))
    assert story.transcript.last.addressed == (PLANNER, CODER)
    story.says(ANA, "and?", said=Said(text="", reply_to=9999))
    assert story.transcript.last.addressed == ()


def test_a_child_room_is_remembered_with_its_turn():
    story = Story()
    opened: Event = Opened(child="web:lobby/1")
    seq = story.happens(opened, by=CODER)
    story.happens(Opened(child="web:lobby/2"), by=CODER, turn=7)
    one, two = (story.transcript.children[name] for name in ("web:lobby/1", "web:lobby/2"))
    assert (one.seq, one.turn, one.by) == (seq, None, CODER)
    assert (two.seq, two.turn, two.answer) == (seq + 1, 7, None)
