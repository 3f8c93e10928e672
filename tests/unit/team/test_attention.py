"""Requirement P41: whether the team should speak at all."""

from typing import get_args

import pytest

from agents.log.events import Deleted, Said, Stopped
from agents.log.participants import SYSTEM
from agents.team.attention import Attention, wants_floor
from tests.unit.story import ANA, BOB, CODER, PLANNER, REVIEWER, Story

ALL: tuple[Attention, ...] = get_args(Attention)


def test_p41_every_attention_has_its_test() -> None:
    assert ALL == ("mentioned", "thread", "always", "judged")


@pytest.mark.parametrize("attention", ALL)
def test_p41_in_an_empty_room_nobody_speaks(attention: Attention) -> None:
    assert wants_floor(Story().transcript, attention) is False


@pytest.mark.parametrize("attention", ALL)
def test_p41_whoever_addresses_an_agent_is_answered(attention: Attention) -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    assert wants_floor(story.transcript, attention) is True


@pytest.mark.parametrize("attention", ALL)
def test_p41_addressing_the_house_is_addressing_the_team(attention: Attention) -> None:
    story = Story()
    story.says(ANA, "@Tertulia hi", SYSTEM)
    assert wants_floor(story.transcript, attention) is True


@pytest.mark.parametrize(
    ("attention", "expected"), [("mentioned", False), ("thread", False), ("always", True), ("judged", None)]
)
def test_p41_a_message_to_nobody_before_the_team_was_addressed(attention: Attention, expected: bool | None) -> None:
    story = Story()
    story.says(ANA, "Who can plot this?")
    assert wants_floor(story.transcript, attention) is expected


@pytest.mark.parametrize(
    ("attention", "expected"), [("mentioned", False), ("thread", True), ("always", True), ("judged", None)]
)
def test_p41_a_message_to_nobody_once_the_team_was_addressed(attention: Attention, expected: bool | None) -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Hello")
    story.says(BOB, "And a plot, please")
    assert wants_floor(story.transcript, attention) is expected


@pytest.mark.parametrize("attention", ALL)
def test_p41_two_people_who_address_each_other_are_left_alone(attention: Attention) -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Hello")
    first = story.says(ANA, "@bob lunch?", BOB)
    assert wants_floor(story.transcript, attention) is False
    story.says(BOB, "sure", said=Said(text="", reply_to=first))
    assert wants_floor(story.transcript, attention) is False


def test_p41_a_message_to_a_person_and_an_agent_is_for_the_team() -> None:
    story = Story()
    story.says(ANA, "@bob @coder look", BOB, CODER)
    assert wants_floor(story.transcript, "mentioned") is True


def test_p41_a_reply_to_oneself_addresses_nobody() -> None:
    story = Story()
    first = story.says(ANA, "One")
    story.says(ANA, "Two", said=Said(text="", reply_to=first))
    assert wants_floor(story.transcript, "always") is True
    assert wants_floor(story.transcript, "mentioned") is False


def test_p41_one_message_for_the_team_outweighs_talk_after_it() -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.says(BOB, "@ana lunch?", ANA)
    assert wants_floor(story.transcript, "judged") is True


def test_p41_the_judge_is_asked_although_others_only_talk() -> None:
    story = Story()
    story.says(ANA, "What is the capital of Spain?")
    story.says(BOB, "@ana lunch?", ANA)
    assert wants_floor(story.transcript, "judged") is None


def test_p11_what_one_agent_let_pass_is_put_to_the_others_until_all_have_passed() -> None:
    story = Story()
    story.says(ANA, "Hi")
    for agent in (CODER, PLANNER):
        story.turn(agent)
        assert wants_floor(story.transcript, "always") is True
    story.turn(REVIEWER)
    assert wants_floor(story.transcript, "always") is False


def test_p41_what_an_addressed_agent_has_heard_wants_nothing_any_more() -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER)
    assert wants_floor(story.transcript, "always") is False


def test_p41_a_deleted_message_wants_nothing() -> None:
    story = Story()
    seq = story.says(ANA, "Hi")
    story.happens(Deleted(target=seq), by=ANA)
    assert wants_floor(story.transcript, "always") is False


@pytest.mark.parametrize("attention", ALL)
def test_c7_whom_an_agent_handed_over_to_answers_in_plain_text(attention: Attention) -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Your turn", said=Said(text="", handoff=ANA))
    story.says(ANA, "Madrid")
    assert wants_floor(story.transcript, attention) is True


def test_c7_a_handoff_to_one_person_is_none_to_another() -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Your turn", said=Said(text="", handoff=ANA))
    story.says(BOB, "Interesting")
    assert wants_floor(story.transcript, "mentioned") is False


@pytest.mark.parametrize("attention", ALL)
def test_p41_agents_go_on_among_themselves(attention: Attention) -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Reviewer, look")
    story.happens(Said(text="(a notice)"), by=SYSTEM)
    assert wants_floor(story.transcript, attention) is True


@pytest.mark.parametrize("attention", ALL)
def test_p41_talk_between_people_does_not_silence_agents_that_have_not_heard_each_other(attention: Attention) -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Who checks this?")
    story.turn(PLANNER)
    story.says(ANA, "@bob lunch?", BOB)
    assert wants_floor(story.transcript, attention) is True
    story.turn(REVIEWER)
    story.says(BOB, "@ana sure", ANA)
    assert wants_floor(story.transcript, attention) is False


def test_p41_after_a_stop_old_messages_start_nothing() -> None:
    story = Story()
    story.says(ANA, "@coder hi", CODER)
    story.turn(CODER, "Hello")
    story.says(ANA, "@planner and you?", PLANNER)
    story.happens(Stopped(reason="ana ended it.", kind="person"))
    story.says(ANA, "@bob lunch?", BOB)
    assert wants_floor(story.transcript, "always") is False
    story.says(ANA, "So, who plots?")
    assert wants_floor(story.transcript, "always") is True
