"""What policies and agents may ask a transcript."""

import pytest

from agents.log.events import Deleted, Left, Said
from agents.log.transcript import Answer, Message, Transcript
from tests.unit.story import ANA, BOB, CODER, PLANNER, REVIEWER, Story


def test_participants_are_agents_or_people_in_the_order_in_which_they_came():
    transcript = Story().transcript
    assert [profile.id for profile in transcript.agents] == [PLANNER, CODER, REVIEWER]
    assert [profile.id for profile in transcript.people] == [ANA, BOB]


def test_names_are_known_after_people_left_and_read_from_the_id_where_nobody_was_introduced():
    story = Story()
    story.happens(Left(participant=ANA))
    assert story.transcript.name_of(ANA) == "ana"
    assert story.transcript.name_of("person:slack/T1/U1") == "U1"
    assert story.transcript.name_of("agent:ghost") == "ghost"


def test_the_last_message_is_the_newest_that_was_not_deleted():
    story = Story()
    with pytest.raises(LookupError):
        _ = story.transcript.last
    story.says(ANA, "one")
    seq = story.says(ANA, "two")
    story.happens(Deleted(target=seq), by=ANA)
    assert story.transcript.last.text == "one"


def test_a_message_is_found_by_its_seq_while_it_is_held():
    story = Story()
    seq = story.says(ANA, "one")
    story.happens(Left(participant=BOB))
    story.says(ANA, "two")
    message = story.transcript.message(seq)
    assert message is not None
    assert message.text == "one"
    assert story.transcript.message(seq + 1) is None
    assert story.transcript.message(1) is None
    assert Transcript(room="r").message(1) is None


def test_c18_an_audience_and_the_author_see_a_message_and_nobody_else():
    message = Message(seq=1, at=0.0, by=ANA, text="psst", audience=(CODER,))
    assert message.visible_to(CODER)
    assert message.visible_to(ANA)
    assert not message.visible_to(PLANNER)
    assert Message(seq=1, at=0.0, by=ANA, text="all").visible_to(PLANNER)


def test_a_message_knows_whether_it_holds_code():
    assert Message(seq=1, at=0.0, by=ANA, text="```python\nprint(1)\n```").code
    assert not Message(seq=1, at=0.0, by=ANA, text="print(1)").code


def test_what_an_agent_has_not_heard_leaves_out_its_own_words_and_what_it_may_not_see():
    story = Story()
    story.says(ANA, "psst", said=Said(text="", audience=(PLANNER,)))
    story.turn(CODER, "mine")
    story.says(ANA, "all")
    assert [one.text for one in story.transcript.unheard(CODER)] == ["all"]
    assert [one.text for one in story.transcript.since(0, ears=PLANNER)] == ["psst", "mine", "all"]


def test_an_answer_is_its_text_or_else_its_option():
    assert Answer(seq=1, by=ANA, text="why", option="Reject", expired=False).words == "why"
    assert Answer(seq=1, by=ANA, text="", option="Reject", expired=False).words == "Reject"
    assert Answer(seq=1, by=ANA, text="", option=None, expired=True).words == ""


def test_a_transcript_is_a_value():
    transcript = Story().transcript
    with pytest.raises(AttributeError):
        transcript.seq = 3  # type: ignore[misc]
