"""The fold of edits, deletions, tool runs and questions (C3, C5, P12)."""

import pytest

from agents.log._numbered import KEPT
from agents.log.events import (
    UNKNOWN,
    Answered,
    Asked,
    Deleted,
    Edited,
    Event,
    Mention,
    Outcome,
    Pending,
    Reset,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.snapshots import encode_transcript
from agents.log.transcript import Transcript
from tests.unit.story import ANA, BOB, CODER, PLANNER, Story, tool


def test_p12_an_edit_before_anybody_read_it_replaces_the_message():
    story = Story()
    seq = story.says(ANA, "@coder hi", CODER)
    story.happens(
        Edited(target=seq, text="@planner hi", mentions=(Mention(participant=PLANNER, start=0, end=8),)), by=ANA
    )
    (message,) = story.transcript.messages
    assert (message.text, message.addressed, message.corrects) == ("@planner hi", (PLANNER,), None)
    assert story.transcript.task == message


def test_p12_an_edit_after_it_was_read_is_a_correction_that_is_open_again():
    story = Story()
    seq = story.says(ANA, "seven", said=Said(text="", handoff=CODER))
    story.turn(CODER, "seven it is")
    edit = story.happens(Edited(target=seq, text="eight"), by=ANA)
    old, _, correction = story.transcript.messages
    assert (old.text, correction.text, correction.seq, correction.corrects) == ("seven", "eight", edit, seq)
    assert [one.text for one in story.transcript.unheard(CODER)] == ["eight"]
    story.turn(CODER, "eight, then")
    story.happens(Edited(target=edit, text="nine"), by=ANA)
    assert story.transcript.last.corrects == seq


def test_p12_an_edit_after_a_turn_had_begun_to_read_is_a_correction_though_the_turns_start_is_written_later():
    story = Story()
    story.says(ANA, "before")
    story.turn(CODER, "hm")
    seq = story.says(ANA, "seven", said=Said(text="", handoff=CODER))
    edit = story.happens(Edited(target=seq, text="eight"), by=ANA)
    later = story.says(BOB, "and?")
    assert [one.text for one in story.transcript.messages][-2:] == ["eight", "and?"]
    before = story.transcript
    start = story.happens(TurnStarted(speaker=CODER, upto=seq, rung="test"), by=CODER)
    story.happens(Said(text="seven it is"), by=CODER, turn=start)
    story.happens(TurnTaken(outcome="said"), by=CODER, turn=start)
    transcript = story.transcript
    assert [(one.seq, one.corrects) for one in transcript.messages][2:5] == [(seq, None), (edit, seq), (later, None)]
    assert [one.seq for one in transcript.open_messages][:2] == [edit, later]
    assert [one.text for one in transcript.unheard(CODER)] == ["eight", "and?"]
    assert transcript.revision > before.revision
    assert (transcript.exchange.start, transcript.exchange.messages) == (edit - 1, 2)
    assert transcript.former is not None
    assert (transcript.former.messages, transcript.former.agent_turns) == (before.exchange.messages, 1)
    assert [one.text for one in transcript.messages][2:5] == ["seven", "eight", "and?"]
    assert transcript.replaced == ()


def late_start(story: Story, upto: int) -> Transcript:
    """The story after the start of a turn that had read so far."""
    story.happens(TurnStarted(speaker=CODER, upto=upto, rung="test"), by=CODER)
    return story.transcript


def test_p12_several_edits_while_a_turn_reads_are_several_corrections():
    story = Story()
    seq = story.says(ANA, "seven")
    first = story.happens(Edited(target=seq, text="eight"), by=ANA)
    second = story.happens(Edited(target=seq, text="nine"), by=ANA)
    both = Story()
    both.transcript = story.transcript
    found = [(one.text, one.seq, one.corrects) for one in late_start(story, seq).messages]
    assert found == [("seven", seq, None), ("eight", first, seq), ("nine", second, seq)]
    found = [(one.text, one.seq, one.corrects) for one in late_start(both, first).messages]
    assert found == [("eight", seq, None), ("nine", second, seq)]


def test_p12_an_edit_of_the_words_after_a_handoff_leaves_the_exchange_that_somebody_else_began_since_as_it_is():
    story = Story()
    story.says(BOB, "begin")
    story.turn(CODER, "which number?", said=Said(text="", handoff=ANA))
    seq = story.says(ANA, "seven")
    edit = story.happens(Edited(target=seq, text="eight"), by=ANA)
    other = story.says(BOB, "something else")
    begun = story.transcript.exchange
    after = late_start(story, seq)
    assert [(one.seq, one.text) for one in after.messages][-3:] == [
        (seq, "seven"),
        (edit, "eight"),
        (other, "something else"),
    ]
    assert after.exchange == begun
    assert [one.seq for one in after.open_messages][-2:] == [edit, other]


@pytest.mark.parametrize("ending", [Stopped(reason="Enough.", kind="person"), Reset()])
def test_p12_a_stop_or_a_reset_after_the_edit_keeps_its_effect_when_the_start_is_written_later(ending: Event):
    story = Story()
    seq = story.says(ANA, "do it")
    story.happens(Edited(target=seq, text="do that"), by=ANA)
    story.happens(ending, by=ANA)
    before = story.transcript
    after = late_start(story, seq)
    assert [one.text for one in after.messages] == ["do it", "do that"]
    assert (after.stopped, after.exchange, after.start) == (before.stopped, before.exchange, before.start)
    if isinstance(ending, Reset):
        assert (after.task, after.unanswered) == (None, ())
    else:
        assert after.task is not None
        assert after.task.text == "do it"
        assert after.unanswered == ()


def test_p12_what_was_deleted_meanwhile_does_not_come_back():
    story = Story()
    seq = story.says(ANA, "a secret")
    story.happens(Edited(target=seq, text="another secret"), by=ANA)
    story.happens(Deleted(target=seq), by=ANA)
    assert story.transcript.replaced == ()
    assert "secret" not in encode_transcript(late_start(story, seq))


def test_p12_background_that_is_edited_is_never_a_correction():
    story = Story()
    seq = story.happens(Said(text="before", recalled="Eva"), by="person:web/eva")
    story.happens(Edited(target=seq, text="long before"), by="person:web/eva")
    assert [one.text for one in late_start(story, seq).messages] == ["long before"]


def test_p12_an_edit_of_a_message_that_is_not_held_any_more_changes_nothing_when_a_turn_starts():
    story = Story()
    seq = story.says(ANA, "seven")
    story.happens(Edited(target=seq, text="eight"), by=ANA)
    for number in range(KEPT * 2):
        story.says(BOB, str(number))
    before = story.transcript
    assert late_start(story, seq).messages == before.messages


def test_p12_what_is_edited_above_a_seq_is_told_as_the_correction_that_it_may_be():
    story = Story()
    seq = story.says(ANA, "seven")
    edit = story.happens(Edited(target=seq, text="eight"), by=ANA)
    assert [(one.text, one.seq, one.corrects) for one in story.transcript.edited_above(seq)] == [("eight", edit, seq)]
    assert story.transcript.edited_above(edit) == ()


def test_p12_an_edit_that_a_turn_had_read_stays_in_its_place():
    story = Story()
    seq = story.says(ANA, "seven")
    edit = story.happens(Edited(target=seq, text="eight"), by=ANA)
    assert [one.edit for one in story.transcript.replaced] == [edit]
    story.turn(CODER, "eight it is")
    assert [(one.text, one.corrects) for one in story.transcript.messages] == [("eight", None), ("eight it is", None)]


@pytest.mark.parametrize("by", [BOB, CODER])
def test_p12_nobody_edits_what_others_wrote(by: str):
    story = Story()
    seq = story.says(ANA, "mine")
    story.happens(Edited(target=seq, text="yours"), by=by)
    assert story.transcript.last.text == "mine"


def test_p12_what_is_deleted_or_unknown_cannot_be_edited():
    story = Story()
    seq = story.says(ANA, "mine")
    story.happens(Deleted(target=seq), by=ANA)
    story.happens(Edited(target=seq, text="back"), by=ANA)
    story.happens(Edited(target=999, text="back"), by=ANA)
    story.happens(Edited(target=1, text="back"), by=ANA)
    assert [one.text for one in story.transcript.messages] == [""]
    with pytest.raises(LookupError):
        _ = story.transcript.last


def test_p12_deleting_takes_the_corrections_and_the_task_along():
    story = Story()
    seq = story.says(ANA, "seven")
    story.turn(CODER, "ok")
    story.happens(Edited(target=seq, text="eight"), by=ANA)
    story.happens(Deleted(target=seq), by=ANA)
    assert [one.text for one in story.transcript.messages if not one.deleted] == ["ok"]
    assert story.transcript.task is None


def test_p12_deleting_what_a_summary_covers_voids_the_summary():
    story = Story()
    seq = story.says(ANA, "secret")
    story.happens(Summarised(upto=seq, text="Ana told a secret."))
    assert story.transcript.summary == Summarised(upto=seq, text="Ana told a secret.")
    later = story.says(ANA, "later")
    story.happens(Deleted(target=later), by=ANA)
    assert story.transcript.summary is not None
    story.happens(Deleted(target=seq), by=ANA)
    assert story.transcript.summary is None


def test_p12_a_deleted_answer_is_deleted_from_its_question_too():
    story = Story()
    question = story.happens(Asked(text="Your name?"), by=CODER)
    answer = story.happens(Answered(question=question, text="xyzzy"), by=ANA)
    story.happens(Deleted(target=answer), by=ANA)
    assert "xyzzy" not in encode_transcript(story.transcript)
    assert story.transcript.open_questions == ()


# Tools


def test_a_call_and_its_result_are_one_run():
    story = Story()
    story.turn(CODER, None, *tool("search", '{"q": 1}'))
    (run,) = story.transcript.runs
    assert (run.tool, run.arguments, run.output, run.failed) == ("search", '{"q": 1}', "done", False)
    assert run.returned is not None


def test_a_result_that_belongs_to_nothing_changes_nothing():
    story = Story()
    called, returned = tool("search")
    story.happens(called, by=CODER, turn=1)
    story.happens(returned, by=PLANNER, turn=1)
    story.happens(ToolReturned(call="other", output="x", exit_code=None, files=()), by=CODER, turn=1)
    assert [one.returned for one in story.transcript.runs] == [None]
    story.happens(returned, by=CODER, turn=1)
    story.happens(returned, by=CODER, turn=1)
    assert [one.output for one in story.transcript.runs] == ["done"]


def test_a_call_that_is_repeated_after_a_crash_takes_the_place_of_the_unknown_one():
    story = Story()
    called, returned = tool("search")
    assert isinstance(called, ToolCalled)
    story.happens(called, by=CODER, turn=1)
    unknown = ToolReturned(call=called.call, output=UNKNOWN, exit_code=None, files=(), failed=True, unknown=True)
    story.happens(unknown, by=CODER)
    story.happens(called, by=CODER)
    story.happens(returned, by=CODER)
    assert [(one.output, one.turn) for one in story.transcript.runs] == [("done", 0)]
    story.happens(called, by=CODER)
    assert len(story.transcript.runs) == 2


def test_a_tool_that_prints_the_words_for_an_unknown_result_has_not_crashed():
    story = Story()
    called, _ = tool("search")
    assert isinstance(called, ToolCalled)
    story.turn(CODER, "found", called, ToolReturned(call=called.call, output=UNKNOWN, exit_code=None, files=()))
    story.turn(CODER, None, called)
    assert [(one.output, one.unknown) for one in story.transcript.runs] == [(UNKNOWN, False), ("", False)]


@pytest.mark.parametrize(("outcome", "unknown"), [("crashed", True), ("said", False)])
def test_an_unknown_result_of_the_first_version_is_known_by_the_crash_of_its_turn(outcome: Outcome, unknown: bool):
    story = Story()
    called, _ = tool("search")
    assert isinstance(called, ToolCalled)
    lost = ToolReturned(call=called.call, output=UNKNOWN, exit_code=None, files=(), failed=True)
    story.turn(CODER, "x", called, lost, outcome=outcome)
    assert [one.unknown for one in story.transcript.runs] == [unknown]


# Questions


def test_c36_a_question_that_its_asker_withdraws_is_closed_and_nobody_has_spoken():
    story = Story()
    story.says(ANA, "go")
    question = story.turn(CODER, "done", Asked(text="Which?")) + 1
    story.happens(Stopped(reason="That was it."))
    before = story.transcript
    story.happens(Answered(question=question, text="There is newer code.", withdrawn=True), by=CODER)
    after = story.transcript
    assert after.open_questions == ()
    (one,) = after.questions
    assert one.answer is not None
    assert (one.answer.withdrawn, one.answer.text, one.dealt) == (True, "There is newer code.", True)
    assert (after.messages, after.exchange, after.stopped) == (before.messages, before.exchange, before.stopped)


def test_c5_a_question_is_open_until_its_first_answer():
    story = Story()
    question = story.happens(Asked(text="Which?"), by=CODER)
    assert [one.seq for one in story.transcript.open_questions] == [question]
    story.happens(Answered(question=question, text="red"), by=ANA)
    story.happens(Answered(question=question, text="blue"), by=BOB)
    assert story.transcript.open_questions == ()
    (one,) = story.transcript.questions
    assert one.answer is not None
    assert (one.answer.words, one.answer.by, one.dealt) == ("red", ANA, False)
    assert story.transcript.last.text == "red"


def test_c5_an_answer_to_nothing_changes_nothing():
    story = Story()
    before = story.transcript.messages
    story.happens(Answered(question=3, text="red"), by=ANA)
    assert story.transcript.messages == before


@pytest.mark.parametrize("outcome", ["crashed", "passed"])
def test_c5_an_answer_is_dealt_with_once_its_asker_has_had_the_floor(outcome: Outcome):
    story = Story()
    question = story.happens(Asked(text="Which?"), by=CODER)
    story.happens(Answered(question=question, text="red"), by=ANA)
    story.turn(PLANNER, "me first")
    start = story.happens(TurnStarted(speaker=CODER, upto=story.transcript.seq, rung="answered"), by=CODER)
    story.happens(TurnTaken(outcome=outcome), by=CODER, turn=start)
    assert story.transcript.questions[0].dealt == (outcome != "crashed")


@pytest.mark.parametrize(
    ("asked", "by", "dealt"),
    [
        (Asked(text="?"), CODER, True),
        (Asked(text="?", on_deadline="auto_reply"), CODER, False),
        (Asked(text="?", pending=Pending(call="c", tool="t", arguments="{}", digest="")), CODER, False),
        (Asked(text="?", on_deadline="auto_reply"), "system", True),
    ],
)
def test_c5_whose_time_is_up_gets_the_floor_only_where_it_has_to_go_on(asked: Asked, by: str, dealt: bool):
    story = Story()
    question = story.happens(asked, by=by)
    messages = story.transcript.messages
    story.happens(Answered(question=question, expired=True), by="system")
    assert story.transcript.questions[0].dealt == dealt
    assert story.transcript.messages == messages


@pytest.mark.parametrize(("kind", "said"), [("input", ["red"]), ("approval", []), ("budget", []), ("speaker", [])])
def test_c5_only_the_answer_to_a_question_for_input_is_a_message(kind: str, said: list[str]):
    story = Story()
    question = story.happens(Asked(text="?", kind=kind), by=CODER)  # type: ignore[arg-type]
    story.happens(Answered(question=question, option="red"), by=ANA)
    assert [one.text for one in story.transcript.messages] == said


def test_c3_human_text_resets_the_counter_and_a_bare_go_on_does_not():
    story = Story()
    story.turn(CODER, "1")
    story.turn(PLANNER, "2")
    first = story.happens(Asked(text="?"), by=CODER)
    story.happens(Answered(question=first), by=ANA)
    assert story.transcript.exchange.replies != {}
    assert story.transcript.exchange.since_person == 0
    second = story.happens(Asked(text="?"), by=CODER)
    story.happens(Answered(question=second, text="text"), by=ANA)
    assert story.transcript.exchange.replies == {}


def test_messages_that_are_held_no_more_are_not_waited_for():
    story = Story()
    for number in range(751):
        story.says(ANA, f"message {number}")
    assert len(story.transcript.unanswered) == 501
    story.turn(CODER)
    assert story.transcript.unanswered == tuple(message.seq for message in story.transcript.messages)
