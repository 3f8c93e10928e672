"""Requirements C19 and C20: when a conversation ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log.events import Deleted, Reset, Said, Stopped, Usage
from agents.team.termination import (
    Termination,
    handed_to,
    last_speaker_is,
    max_messages,
    max_seconds,
    max_tokens,
    max_turns,
    max_usd,
    never,
    predicate,
    said,
    tool_called,
    visible_text,
)
from tests.unit.story import ANA, CODER, PLANNER, REVIEWER, Story, tool

YES, NO = predicate(lambda transcript: True, "Yes."), predicate(lambda transcript: False, "No.")
ALSO = predicate(lambda transcript: True, "Also.")


def test_c19_a_text_mention_is_read_letter_by_letter() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "done, all Done")
    assert said("DONE")(story.transcript) is None
    story.turn(PLANNER, "All is DONE!")
    assert said("DONE")(story.transcript) == "planner said DONE."


@pytest.mark.parametrize(
    "text",
    [
        "DONE", "All is DONE!", "**DONE**", "It works.\n\n_DONE_.\n", "All tests pass. `DONE`", 'Fine. "DONE"',
        "Is it DONE?", "Fine: DONE 🎉", "完成了DONE。", "```python\nx\n```\nDONE", "> no?\n\nDONE",
        "Fine.DONE", "(DONE)", "`DONE`",
    ],
)  # fmt: skip
def test_m22_a_whole_word_at_the_end_of_the_last_line_ends(text: str) -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, text)
    assert said("DONE")(story.transcript) == "planner said DONE."


@pytest.mark.parametrize(
    "text",
    [
        "I will write `DONE` when the review is over. Step 1: plan.",
        "I will write `DONE`.",
        'When I am through I say "DONE".',
        "Ich schreibe am Ende „DONE“",
        "最後に「DONE」",
        "The result is UNDONE",
        "The result is UNDONE; ben, look again.",
        "It is half-DONE",
        "status_DONE",
        "DONE is what I say at the end",
        "It is not DONE.",
        "It isn't DONE",
        "Das ist nicht **DONE**",
        "> DONE",
        "```\nDONE\n```",
        "```\nDONE",
        "~~~\n`DONE`",
        "Run `echo DONE`",
        "```DONE```",
        "done",
    ],
)
def test_m22_a_word_that_is_only_told_of_ends_nothing_and_anywhere_is_asked_for(text: str) -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, text)
    assert said("DONE")(story.transcript) is None
    assert (said("DONE", anywhere=True)(story.transcript) is None) == ("DONE" not in text)


def test_m22_several_words_and_signs_can_end_as_well() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "So far, so good. Thank you!")
    assert said("Thank you")(story.transcript) == "planner said Thank you."
    story.turn(CODER, "发布已批准。")
    assert said("已批准")(story.transcript) == "coder said 已批准."
    story.turn(REVIEWER, "Released✅")
    assert said("✅")(story.transcript) == "reviewer said ✅."


def test_c19_a_person_who_asks_for_the_word_does_not_end_the_chat() -> None:
    story = Story()
    story.says(ANA, "please say TERMINATE")
    assert said("TERMINATE")(story.transcript) is None
    assert said("TERMINATE", by=ANA)(story.transcript) == "ana ended the conversation."


def test_c19_a_text_mention_may_count_only_from_one_agent() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(CODER, "DONE")
    assert said("DONE", by="planner")(story.transcript) is None
    assert said("DONE", by="coder")(story.transcript) == "coder said DONE."


def test_c19_nobody_can_end_the_chat_by_taking_an_agents_name() -> None:
    story = Story()
    story.says("person:web/planner", "DONE")
    assert said("DONE", by="planner")(story.transcript) is None


def test_c19_interrupted_and_deleted_words_end_nothing() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "DONE", said=Said(text="", partial=True))
    assert said("DONE")(story.transcript) is None
    story.turn(PLANNER, "DONE")
    story.happens(Deleted(target=story.transcript.last.seq), by=PLANNER)
    assert said("DONE")(story.transcript) is None


def test_c19_maximum_turns_count_turns_in_which_something_was_said() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "One")
    story.turn(CODER)
    assert max_turns(2)(story.transcript) is None
    story.turn(CODER, "Two")
    assert max_turns(2)(story.transcript) == "The limit of 2 turns is reached."


def test_c19_maximum_messages_count_the_task() -> None:
    story = Story()
    story.says(ANA, "Go")
    assert max_messages(2)(story.transcript) is None
    story.turn(PLANNER, "One")
    assert max_messages(2)(story.transcript) == "The limit of 2 messages is reached."


def test_c19_token_and_money_budgets_count_what_the_turns_used() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "One", usage=Usage(input_tokens=900, output_tokens=99))
    assert max_tokens(1000)(story.transcript) is None
    assert max_usd(0.5)(story.transcript) is None
    story.turn(PLANNER, "Two", usage=Usage(input_tokens=1, usd=0.5))
    assert max_tokens(1000)(story.transcript) == "The limit of 1,000 tokens is reached."
    assert max_usd(0.5)(story.transcript) == "The limit of $0.50 is reached."


def test_c19_a_time_budget_runs_from_the_first_message_to_the_last() -> None:
    story = Story()
    assert max_seconds(0)(story.transcript) is None
    story.says(ANA, "Go")
    story.turn(PLANNER, "Twenty seconds later")
    assert max_seconds(20.5)(story.transcript) is None
    assert max_seconds(20)(story.transcript) == "The limit of 20 seconds is reached."


@pytest.mark.parametrize(
    ("target", "name", "reason"),
    [
        (REVIEWER, "reviewer", "The floor was handed over to reviewer."),
        (ANA, ANA, "The floor was handed over to ana."),
        ("stop", "stop", "The floor was handed over to stop."),
    ],
)
def test_c19_a_handoff_may_end_it(target: str, name: str, reason: str) -> None:
    story = Story()
    assert handed_to(name)(story.transcript) is None
    story.says(ANA, "Go")
    story.turn(PLANNER, "Over", said=Said(text="", handoff=CODER))
    assert handed_to(name)(story.transcript) is None
    story.turn(CODER, "Over", said=Said(text="", handoff=target))
    assert handed_to(name)(story.transcript) == reason


def test_c19_the_last_speaker_may_end_it() -> None:
    story = Story()
    assert last_speaker_is("coder")(story.transcript) is None
    story.says(ANA, "Go")
    story.turn(CODER, "Done")
    assert last_speaker_is("coder")(story.transcript) == "coder has spoken."
    assert last_speaker_is("planner")(story.transcript) is None


def test_c19_a_tool_call_may_end_it() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(CODER, "Looked", *tool("search"))
    assert tool_called("submit")(story.transcript) is None
    story.turn(CODER, "Sent", *tool("submit"))
    assert tool_called("submit")(story.transcript) == "The tool submit was called."


def test_c19_never_does_not_end_it() -> None:
    assert never(Story().transcript) is None


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (YES | NO, "Yes."),
        (NO | YES, "Yes."),
        (YES | ALSO, "Yes. Also."),
        (NO | NO, None),
        (YES & ALSO, "Yes. Also."),
        (YES & NO, None),
        (NO & YES, None),
        (NO & NO, None),
        (YES & ALSO | NO, "Yes. Also."),
        ((YES | NO) & ALSO, "Yes. Also."),
        (NO | (lambda transcript: "Plain."), "Plain."),
        (YES & (lambda transcript: None), None),
    ],
)
def test_c19_conditions_compose_and_join_their_reasons(condition: Termination, reason: str | None) -> None:
    assert condition(Story().transcript) == reason


def test_c19_both_conditions_may_come_true_far_apart() -> None:
    both = said("APPROVED", by="reviewer") & said("DONE", by="planner")
    story = Story()
    story.says(ANA, "Go")
    story.turn(REVIEWER, "APPROVED")
    for number in range(20):
        story.turn(CODER, f"Polishing {number}")
        assert both(story.transcript) is None
    story.turn(PLANNER, "DONE")
    assert both(story.transcript) == "reviewer said APPROVED. planner said DONE."


def test_c19_a_condition_is_still_seen_after_the_turn_that_followed_it() -> None:
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "DONE")
    story.turn(CODER)
    assert said("DONE")(story.transcript) == "planner said DONE."


@pytest.mark.parametrize("ending", [Stopped(reason="planner said DONE."), Reset()], ids=["stop", "reset"])
def test_c19_a_stopped_room_continues_when_a_person_speaks_again(ending: Stopped | Reset) -> None:
    conditions = [
        said("DONE"), max_turns(1), max_messages(2), max_tokens(5), max_usd(0.1), max_seconds(1), handed_to("stop"),
        last_speaker_is("planner"), tool_called("submit"),
    ]  # fmt: skip
    story = Story()
    story.says(ANA, "Go")
    used = Usage(input_tokens=5, usd=0.1)
    story.turn(PLANNER, "DONE", *tool("submit"), said=Said(text="", handoff="stop"), usage=used)
    assert all(condition(story.transcript) for condition in conditions)
    story.happens(ending)
    assert not any(condition(story.transcript) for condition in conditions)
    story.says(ANA, "One more thing")
    assert not any(condition(story.transcript) for condition in conditions)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("All done. TERMINATE", "All done."),
        ("All done.\n\nTERMINATE\n", "All done."),
        ("All done. **TERMINATE**", "All done."),
        ("All done. `TERMINATE`.", "All done."),
        ("TERMINATE", ""),
        ("```python\nx\n```\nTERMINATE", "```python\nx\n```"),
        ("```python\nx\n``` TERMINATE", "```python\nx\n``` TERMINATE"),
        ("```\nTERMINATE\n```", "```\nTERMINATE\n```"),
        ("~~~\nTERMINATE", "~~~\nTERMINATE"),
        ("Say TERMINATE to end it", "Say TERMINATE to end it"),
        ('Then I say "TERMINATE"', 'Then I say "TERMINATE"'),
        ("This is not TERMINATE", "This is not TERMINATE"),
        ("Done.TERMINATE", "Done."),
        ("Please EXTERMINATE", "Please EXTERMINATE"),
        ("Nothing here ", "Nothing here "),
    ],
)
def test_c20_people_do_not_see_the_taught_word_at_the_end(text: str, seen: str) -> None:
    assert visible_text(text) == seen


@given(st.text(st.sampled_from("TERMINATE `~\n*x"), max_size=60))
def test_c20_what_people_see_is_always_a_beginning_of_what_was_said(text: str) -> None:
    assert text.startswith(visible_text(text))
    taught = visible_text(f"Finished{text.replace('`', '').replace('~', '')}\nTERMINATE")
    assert not taught.endswith("\nTERMINATE")
