"""What the model that chooses a speaker and the one that judges read of a conversation: the same as agents do."""

import pytest

from agents.log.events import Joined, Said, TurnStarted
from agents.log.participants import Mention
from agents.team.attention import worth_an_answer
from agents.team.model_choice import model_chooses
from agents.testing import FakeModel
from tests.unit.situations import situation, thinking
from tests.unit.story import ANA, BOB, CODER, PLANNER, Story

CHOOSING, JUDGING = "choosing", "judging"
OTHER_ANA = "person:slack/T1/U0ANA"


async def read(story: Story, kind: str) -> list[tuple[str | None, str]]:
    """The conversation in that model's prompt, as (name, text)."""
    model = FakeModel(["coder"])
    if kind == CHOOSING:
        await model_chooses().choose(situation(story, think=thinking(model)))
    else:
        await worth_an_answer(story.transcript, thinking(model), "judge")
    return [(one.name, one.text) for one in model.requests[0].messages[1:-1]]


both = pytest.mark.parametrize("kind", [CHOOSING, JUDGING])


@both
async def test_c40_what_an_answer_had_not_read_comes_after_it_there_too(kind: str):
    story = Story()
    story.says(ANA, "one")
    start = story.happens(TurnStarted(speaker=PLANNER, upto=story.transcript.seq, rung="r"), by=PLANNER)
    story.says(BOB, "two")
    story.happens(Said(text="done"), by=PLANNER, turn=start)
    assert await read(story, kind) == [("ana", "one"), ("planner", "done"), ("bob", "two")]


@both
async def test_c50_people_are_read_by_the_rooms_names_there_too(kind: str):
    story = Story()
    story.happens(Joined(participant=OTHER_ANA, name="Ana"), by=OTHER_ANA)
    story.says(OTHER_ANA, "hello")
    mention = Mention(participant=OTHER_ANA, start=3, end=7)
    story.happens(Said(text="hi @Ana", mentions=(mention,)), by=ANA)
    assert await read(story, kind) == [("Ana (2)", "hello"), ("ana", "hi @Ana (2)")]


@both
async def test_i2_what_is_replied_to_is_quoted_there_too(kind: str):
    story = Story()
    target = story.says(BOB, "We should use MongoDB")
    story.happens(Said(text="is this right?", reply_to=target), by=ANA)
    assert (await read(story, kind))[-1] == ("ana", "(replying to bob: We should use MongoDB) is this right?")


@both
async def test_c46_private_words_are_in_no_such_prompt_not_even_quoted(kind: str):
    story = Story()
    secret = story.says(ANA, "my PIN is 4711", said=Said(text="", audience=(CODER,)))
    story.happens(Said(text="and this?", reply_to=secret), by=ANA)
    assert await read(story, kind) == [("ana", "and this?")]
