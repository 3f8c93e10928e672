"""Requirement C21: agents that go round in circles are paused."""

import pytest

from agents.log.events import Answered, Asked, Deleted, Event, Said, Stopped
from agents.log.files import FileRef
from agents.team.runaway import runaway
from tests.unit.story import ANA, BOB, CODER, PLANNER, REVIEWER, Story, tool


def begun() -> Story:
    story = Story()
    story.says(ANA, "Go")
    return story


def polite(*lines: str) -> Story:
    story = begun()
    for number, line in enumerate(lines):
        story.turn((PLANNER, CODER)[number % 2], line)
    return story


def test_c21_a_conversation_that_gets_somewhere_goes_on() -> None:
    story = begun()
    story.turn(PLANNER, "Count the rows.")
    story.turn(CODER, "There are 17.", *tool("count"))
    story.turn(REVIEWER, "Great, thanks!")
    assert runaway(story.transcript) is None


def test_c21_twelve_agent_turns_without_a_person_are_enough() -> None:
    story = begun()
    for number in range(11):
        story.turn(CODER, f"Step {number}")
    assert runaway(story.transcript) is None
    story.turn(CODER, "Step 12")
    reason = "The agents took 12 turns without a person; write something to let them go on."
    assert runaway(story.transcript) == reason
    assert runaway(story.transcript, 13) is None
    story.says(ANA, "Go on")
    assert runaway(story.transcript) is None


def test_c21_the_same_call_three_times_in_a_row_is_a_loop() -> None:
    story = begun()
    story.turn(CODER, "One", *tool("count"))
    story.turn(CODER, "Two", *tool("count"))
    assert runaway(story.transcript) is None
    story.turn(PLANNER, "Hm", *tool("count", '{"by":"planner"}'))
    story.turn(CODER, "Three", *tool("count"))
    assert runaway(story.transcript) == (
        "coder called count 3 times in a row with the same arguments; write something to let them go on."
    )


@pytest.mark.parametrize("between", [tool("list"), tool("count", '{"x":1}')], ids=["another tool", "other arguments"])
def test_c21_a_different_call_in_between_is_progress(between: tuple[Event, Event]) -> None:
    story = begun()
    story.turn(CODER, "One", *tool("count"), *tool("count"))
    story.turn(CODER, "Two", *between)
    story.turn(CODER, "Three", *tool("count"))
    assert runaway(story.transcript) is None


def test_c21_a_person_who_speaks_between_the_calls_starts_the_count_anew() -> None:
    story = begun()
    story.turn(CODER, "One", *tool("count"))
    story.says(ANA, "Again, please")
    story.turn(CODER, "Two", *tool("count"), *tool("count"))
    assert runaway(story.transcript) is None


def test_c21_a_person_who_lets_them_go_on_by_button_starts_the_count_anew() -> None:
    story = begun()
    story.turn(CODER, "Three at once", *tool("count"), *tool("count"), *tool("count"))
    question = story.happens(Asked(text="Go on?"))
    assert runaway(story.transcript) is not None
    story.happens(Answered(question=question, option="Go on"), by=ANA)
    assert runaway(story.transcript) is None


def test_c21_time_that_is_up_lets_nobody_go_on() -> None:
    story = begun()
    story.turn(CODER, "Three at once", *tool("count"), *tool("count"), *tool("count"))
    question = story.happens(Asked(text="Go on?"))
    story.happens(Answered(question=question, expired=True))
    assert runaway(story.transcript) is not None


def test_c21_after_a_stop_the_count_begins_anew() -> None:
    story = begun()
    story.turn(CODER, "Three at once", *tool("count"), *tool("count"), *tool("count"))
    story.happens(Stopped(reason="A loop.", kind="limit"))
    assert runaway(story.transcript) is None


def test_c21_three_empty_replies_are_enough() -> None:
    story = begun()
    story.turn(CODER, "")
    story.turn(PLANNER, " \n")
    assert runaway(story.transcript) is None
    story.turn(CODER, "TERMINATE")
    assert runaway(story.transcript) == (
        "The last 3 replies of the agents were empty; write something to let them go on."
    )


@pytest.mark.parametrize(
    "said",
    [
        Said(text="", files=(FileRef(sha256="0", name="plot.png", media_type="image/png", size=1),)),
        Said(text="", handoff=PLANNER),
    ],
    ids=["file", "handoff"],
)
def test_c21_a_file_or_a_handoff_without_words_is_not_empty(said: Said) -> None:
    story = begun()
    for _ in range(4):
        story.turn(CODER, "", said=said)
    assert runaway(story.transcript) is None


def test_c21_deleted_replies_are_not_empty_ones() -> None:
    story = begun()
    for _ in range(3):
        story.turn(CODER, "Here you are")
        story.happens(Deleted(target=story.transcript.last.seq), by=CODER)
    assert runaway(story.transcript) is None


def test_c21_agents_that_only_thank_each_other_are_paused() -> None:
    story = polite("Thanks, coder!", "You're welcome! 😊", "Glad to help. Have a great day!")
    assert runaway(story.transcript) is None
    story.turn(CODER, "You too, bye! TERMINATE")
    assert runaway(story.transcript) == (
        "The agents (coder and planner) exchange nothing but courtesies; write something to let them go on."
    )


@pytest.mark.parametrize(
    "last",
    [
        "Thanks! Row 17 is wrong.",
        "Thanks, shall I go on?",
        "I will do that.",
        "e4",
        "👍",
        "Thank you " * 30,
    ],
)
def test_c21_one_reply_with_something_in_it_is_no_courtesy(last: str) -> None:
    assert runaway(polite("Thanks!", "You're welcome!", "Great!", last).transcript) is None


@pytest.mark.parametrize("said", [Said(text="", handoff=PLANNER)])
def test_c21_a_handoff_with_thanks_is_no_courtesy(said: Said) -> None:
    story = polite("Thanks!", "You're welcome!", "Great!")
    story.turn(CODER, "Thanks!", said=said)
    assert runaway(story.transcript) is None


def test_c21_agents_that_agree_once_each_are_no_ping_pong() -> None:
    story = begun()
    for agent in (PLANNER, CODER, REVIEWER, "agent:critic"):
        story.turn(agent, "Perfect, thanks.")
    assert runaway(story.transcript) is None


def test_c21_background_counts_as_nothing_and_too_few_courtesies_are_none() -> None:
    story = Story()
    story.turn(PLANNER, "Thank you!")
    assert runaway(story.transcript) is None
    for number in range(7):
        story.turn((CODER, PLANNER)[number % 2], "Thank you!")
        story.says(BOB, "By the way", said=Said(text="", recalled="Bob"))
    assert runaway(story.transcript) == (
        "The agents (coder and planner) exchange nothing but courtesies; write something to let them go on."
    )
