"""Attention by judgement (P41)."""

import pytest

from agents.errors import ModelFailed
from agents.log.events import Deleted, Reset, Said
from agents.team.attention import JUDGE_READS, worth_an_answer
from agents.testing import FakeModel
from tests.unit.situations import thinking
from tests.unit.story import ANA, CODER, Story


def asked(text: str = "Does anybody know?") -> Story:
    story = Story()
    story.says(ANA, text)
    return story


async def judged(answer: object, story: Story | None = None) -> tuple[bool, FakeModel]:
    model = FakeModel([answer])  # type: ignore[list-item]
    return await worth_an_answer((story or asked()).transcript, thinking(model), "judge"), model


async def test_p41_the_judge_is_asked_in_these_words():
    _, model = await judged('{"answer": "no"}')
    assert model.requests[0].messages[-1].text == (
        "Should one of the agents speak now, because it is asked something or could help at once? "
        'If in doubt, no. Answer with a JSON object: {"answer": "yes"} or {"answer": "no"}.'
    )


@pytest.mark.parametrize(
    ("answer", "worth"),
    [
        ('{"answer": "yes"}', True),
        ('{"answer": " Yes "}', True),
        ('```json\n{"answer": "yes"}\n```', True),
        ('{"answer": "no"}', False),
        ('{"answer": 1}', False),
        ('{"reply": "yes"}', False),
        ("{yes}", False),
        ("Yes, somebody should.", True),
        ("no", False),
        ("} yes {", False),
        ("", False),
        (ModelFailed("Down.", kind="server"), False),
    ],
)
async def test_p41_only_a_clear_yes_is_one(answer: object, worth: bool):
    assert (await judged(answer))[0] is worth


async def test_p41_the_judge_reads_who_listens_and_the_newest_messages_that_are_for_all():
    story = asked("old")
    gone = story.says(ANA, "gone")
    story.happens(Deleted(target=gone), by=ANA)
    story.says(ANA, "psst", said=Said(text="", audience=(CODER,)))
    for number in range(JUDGE_READS - 1):
        story.says(ANA, f"{number}")
    _, model = await judged("no", story)
    (request,) = model.requests
    assert "coder:" in request.messages[0].text
    assert [one.text for one in request.messages[1:-1]] == [f"{number}" for number in range(JUDGE_READS - 1)]
    assert request.schema is not None


async def test_p41_the_judge_reads_nothing_from_before_a_reset():
    story = asked("The old topic.")
    story.happens(Reset(), by=ANA)
    story.says(ANA, "A new one.")
    _, model = await judged("no", story)
    assert [one.text for one in model.requests[0].messages[1:-1]] == ["A new one."]
