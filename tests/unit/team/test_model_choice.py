"""The model chooses who speaks next (C10, C32)."""

from collections.abc import Sequence

import pytest

from agents.errors import ModelFailed
from agents.log.events import Answered, Asked, Joined, Said, Usage
from agents.ports import ModelAnswer, ModelRequest
from agents.team.model_choice import ATTEMPTS, NOBODY, auto, model_chooses, names_in
from agents.team.policies import first
from agents.team.situation import Choice, Nobody, Policy, Situation, Wait
from agents.team.transitions import along
from agents.testing import FakeModel
from tests.unit.situations import answered, situation, thinking
from tests.unit.story import ANA, CODER, PLANNER, REVIEWER, Story

NAMES = ("planner", "coder", "reviewer")


def spoken(*turns: str) -> Story:
    story = Story()
    story.says(ANA, "go")
    for agent in turns:
        story.turn(f"agent:{agent}", "said")
    return story


async def ask(
    *answers: object, story: Story | None = None, policy: Policy | None = None, flow: str = ""
) -> tuple[Choice | None, Sequence[ModelRequest]]:
    model = FakeModel(answers)  # type: ignore[arg-type]
    decision = await (policy or model_chooses()).choose(situation(story or spoken(), think=thinking(model), flow=flow))
    assert decision is None or isinstance(decision, Choice)
    return decision, model.requests


def text_of(request: ModelRequest) -> str:
    return "\n".join(message.text for message in request.messages)


async def test_c10_exactly_one_name_is_the_choice_and_its_cost_is_told():
    choice, _ = await ask("coder")
    assert choice == Choice(
        speaker=CODER, rung="auto", reason="chosen by the model", usage=Usage(input_tokens=10, output_tokens=5, usd=0.0)
    )


async def test_c10_the_model_is_asked_in_these_words():
    _, (request,) = await ask("coder")
    assert request.messages[-1].text == (
        "Read the conversation above. Then select the next role from [planner, coder, reviewer] to play, or nobody if "
        'nothing is left to be said. Answer with a JSON object: {"speaker": "..."}.'
    )


async def test_c5_nobody_is_chosen_while_an_agent_waits_for_an_answer():
    story, model = spoken("planner"), FakeModel(["reviewer", "reviewer"])
    story.happens(Asked(text="May I run this?", kind="approval"), by=CODER)

    async def decision():
        return await model_chooses().choose(situation(story, think=thinking(model)))

    assert await decision() == Wait(reason="coder waits for an answer")
    story.says(ANA, "While we wait: what else is there?")
    assert isinstance(await decision(), Choice)
    question = story.happens(Asked(text="Which city?"), by=CODER)
    assert await decision() == Wait(reason="coder waits for an answer")
    story.happens(Answered(question=question, text="Madrid"), by=ANA)
    assert isinstance(await decision(), Choice)


async def test_c10_the_model_sees_roles_the_conversation_and_the_candidates():
    story = spoken("planner")
    story.happens(Joined(participant=CODER, name="coder", role="Writes Python."))
    _, (request,) = await ask("coder", story=story, policy=model_chooses("The coder codes."), flow="Be quick.")
    system, task, said, asked = request.messages
    assert "coder: Writes Python." in system.text
    assert "role play" in system.text
    assert "How they work together: The coder codes.\nBe quick." in system.text
    assert [(one.role, one.name, one.text) for one in (task, said)] == [
        ("user", "ana", "go"),
        ("user", "planner", "said"),
    ]
    assert "[coder, reviewer]" in asked.text
    assert request.settings == {"temperature": 0}


async def test_c10_the_answer_is_structured_where_the_endpoint_can():
    _, (request,) = await ask("coder")
    assert request.schema is not None
    properties = request.schema["properties"]
    assert isinstance(properties, dict)
    assert properties["speaker"]["enum"] == [*NAMES, NOBODY]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [("Either coder or reviewer.", "You named several: coder, reviewer."), ("Hm.", "You named none of the roles.")],
)
async def test_c10_several_or_none_are_asked_again_saying_so(wrong: str, told: str):
    choice, (_, again) = await ask(wrong, '{"speaker": "coder"}')
    assert choice is not None
    assert choice.speaker == CODER
    assert choice.usage == Usage(input_tokens=20, output_tokens=10, usd=0.0)
    assert text_of(again).endswith(told)


async def test_c10_after_three_attempts_the_order_decides_and_honours_what_is_forbidden():
    choice, requests = await ask(*["Hm."] * ATTEMPTS, story=spoken("planner", "coder"))
    assert choice is not None
    assert (choice.speaker, choice.rung) == (REVIEWER, "auto")
    assert choice.reason == f"next in order, because the model named nobody in {ATTEMPTS} attempts"
    assert len(requests) == ATTEMPTS == 3
    assert text_of(requests[2]).count("You named none") == 1


async def test_c10_a_failing_model_falls_back_to_the_order():
    choice, requests = await ask(ModelFailed("The endpoint is down.", kind="server"), story=spoken("coder"))
    assert choice is not None
    assert choice.speaker == REVIEWER
    assert "the model could not choose (The endpoint is down.)" in choice.reason
    assert len(requests) == 1


async def test_c10_the_fallback_keeps_the_order_though_somebody_passed():
    story = Story()
    story.happens(Joined(participant="agent:writer", name="writer"))
    story.says(ANA, "go")
    story.turn(PLANNER, "said")
    story.turn(CODER, "said")
    story.turn(REVIEWER)
    story.happens(Said(text="hm"), by=ANA)
    story.turn(REVIEWER)
    choice, _ = await ask(*["?"] * ATTEMPTS, story=story)
    assert choice is not None
    assert choice.speaker == "agent:writer"


async def test_c10_the_fallback_honours_the_graph():
    policy = first(along({"planner": ["coder", "reviewer"]}), model_chooses())
    choice, (request, *_) = await ask(*["planner"] * ATTEMPTS, story=spoken("planner"), policy=policy)
    assert choice is not None
    assert choice.speaker == CODER
    assert "[coder, reviewer]" in text_of(request)


async def test_c10_one_eligible_needs_no_call():
    story = spoken()
    story.turn(PLANNER)
    story.turn(REVIEWER)
    choice, requests = await ask(story=story)
    assert choice == Choice(speaker=CODER, rung="auto", reason="the only one who can speak")
    assert requests == []


async def test_c10_nobody_is_an_answer_and_so_is_nobody_eligible():
    nobody = await model_chooses().choose(situation(spoken(), think=thinking(FakeModel(['{"speaker": "nobody"}']))))
    assert nobody == Nobody(rung="auto", reason="The model that chooses who speaks named nobody.")
    story = spoken()
    for agent in NAMES:
        story.turn(f"agent:{agent}")
    assert await ask(story=story) == (None, [])


@pytest.mark.parametrize(
    ("repeats", "eligible"),
    [(False, "[coder, reviewer]"), (True, "[planner, coder, reviewer]"), (("planner",), "[planner, coder, reviewer]")],
)
async def test_c10_whether_the_last_speaker_may_go_on(repeats: bool | tuple[str, ...], eligible: str):
    _, (request,) = await ask("coder", story=spoken("planner"), policy=model_chooses(allow_repeated_speaker=repeats))
    assert eligible in text_of(request)
    only_coder = model_chooses(allow_repeated_speaker=["coder"])
    _, (request,) = await ask("coder", story=spoken("planner"), policy=only_coder)
    assert "[coder, reviewer]" in text_of(request)


async def test_c10_the_prompt_grows_with_the_conversation_only():
    for turns in range(0, 40, 7):
        story = spoken(*(NAMES[number % 3] for number in range(turns)))
        _, requests = await ask("Hm.", "Hm?", "coder", story=story)
        assert max(len(request.messages) for request in requests) <= len(story.transcript.messages) + 2


async def test_c10_a_long_conversation_is_read_from_its_end_and_long_texts_shortened():
    story = Story()
    for number in range(30):
        story.says(ANA, f"{number} " + "x" * 5_000)
    _, (request,) = await ask("coder", story=story)
    assert "29 x" in text_of(request)
    assert "\n0 x" not in text_of(request)
    assert "[…]" in request.messages[-2].text
    assert len(request.messages[-2].text) < 4_100


async def test_c18_the_choosing_model_reads_nothing_that_was_for_some_only():
    story = spoken()
    story.says(ANA, "psst", said=Said(text="", audience=(CODER,)))
    _, (request,) = await ask("coder", story=story)
    assert "psst" not in text_of(request)


async def test_c10_the_chooser_has_its_own_model():
    asked: list[str] = []
    model = FakeModel(["coder"])

    async def think(name: str, request: ModelRequest) -> ModelAnswer:
        asked.append(name)
        return await answered(model, request)

    await model_chooses(model="cheap").choose(situation(spoken(), think=think))
    assert asked == ["cheap"]


async def test_auto_is_the_ladder_of_mentions_handoffs_and_the_model():
    story = spoken()
    story.says(ANA, "@reviewer", REVIEWER)
    choice, requests = await ask(story=story, policy=auto())
    assert choice is not None
    assert (choice.rung, requests) == ("mentioned", [])
    choice, requests = await ask("coder", policy=auto("The coder begins."))
    assert choice is not None
    assert choice.speaker == CODER
    assert "The coder begins." in text_of(requests[0])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("coder", ["coder"]),
        ("Coder.", ["coder"]),
        ("**coder**", ["coder"]),
        ('{"speaker": "coder"}', ["coder"]),
        ('```json\n{"speaker": " CODER "}\n```', ["coder"]),
        ('Not planner. {"speaker": "coder"}', ["coder"]),
        ('{"speaker": "somebody"} coder', ["coder"]),
        ('{"speaker": 3} coder', ["coder"]),
        ("{coder}", ["coder"]),
        ("} coder {", ["coder"]),
        ("coder, coder and coder", ["coder"]),
        ("planner or coder", ["planner", "coder"]),
        ("the decoder-ring or a coder_2", []),
        ("coder-reviewer", ["coder-reviewer"]),
        ("nobody", ["nobody"]),
        ("Nobody but coder", ["nobody", "coder"]),
        ("<think>planner? no, reviewer</think>coder", ["coder"]),
        ("<think>planner, or", []),
        ("", []),
    ],
)
def test_c10_names_are_found_in_any_answer_but_not_in_thoughts_or_inside_names(text: str, found: list[str]):
    assert names_in(text, ["planner", "coder", "coder-reviewer"]) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Story writer", ["Story_writer"]),
        ("Story\\_writer", ["Story_writer"]),
        ("story-writer", ["Story_writer"]),
        ("STORY  WRITER should go on.", ["Story_writer"]),
        ("_Story_writer_", ["Story_writer"]),
        ("@Story_writer", ["Story_writer"]),
        ('{"speaker": "story writer"}', ["Story_writer"]),
        ('{"speaker": "the writer"}', ["writer"]),
        ("writer", ["writer"]),
        ("ghost writer", ["writer"]),
        ("ghostwriter or writers", []),
        ("Story editor", []),
        ("story\\_editor-writer", []),
        ("writer, then story writer", ["writer", "Story_writer"]),
        ("选择writer吧", ["writer"]),
        ("writerさんです", ["writer"]),
        ("<thinking>bob or writer</thinking>\nStory writer", ["Story_writer"]),
        ("[THINK]bob [think]writer[/think]?[/THINK]bob", ["bob"]),
        ("◁think▷writer◁/think▷bob", ["bob"]),
        ("bob or writer... </think> bob", ["bob"]),
        ("<reasoning>bob, or writer", []),
    ],
)
def test_c47_names_match_as_wholes_however_their_words_are_parted(text: str, found: list[str]):
    assert names_in(text, ["Story_writer", "writer", "bob"], ["Story_editor", "Story_editor-writer"]) == found


def test_c47_a_name_that_differs_by_its_sign_alone_is_meant_as_written():
    for name in ("a-b", "a_b"):
        assert names_in(name, ["a-b", "a_b"]) == [name]


async def test_c47_part_of_a_name_that_may_not_speak_now_is_not_chosen():
    story = spoken()
    for name in ("Story_writer", "writer"):
        story.happens(Joined(participant=f"agent:{name}", name=name))
    story.turn("agent:Story_writer", "Once upon a time.")
    choice, requests = await ask("Story writer", "Story\\_writer", "coder", story=story)
    assert choice is not None
    assert (choice.speaker, len(requests)) == (CODER, 3)


async def test_c10_thoughts_beside_the_text_are_never_read_as_a_choice():
    choice, requests = await ask(
        ModelAnswer(text="", thoughts="I think planner"), ModelAnswer(text="coder", thoughts="planner!")
    )
    assert choice is not None
    assert choice.speaker == CODER
    assert len(requests) == 2
    assert isinstance(situation(spoken()), Situation)
