"""P27: what the script answers follows from the prompt alone."""

import json

import pytest

from adapters.scripted_model import TASKS, ScriptedModel
from agents.log.events import Usage
from agents.ports import ModelAnswer, ModelMessage, ModelRequest, TextDelta, ToolSchema

SINE, PRIMES, AVERAGE, SALES, BARS = TASKS
TEAM = {"planner": "Plans.", "coder": "Writes Python.", "runner": "Runs code.", "reviewer": "Checks."}
ASK = ToolSchema(name="ask_person", description="Ask.", parameters={})
CODE = "```python\nprint(1)\n```"
RAN = "exitcode: 0 (execution succeeded)\nCode output: 2 3 61 67 71\n"
FAILED = "exitcode: 1 (execution failed)\nCode output: Traceback\nValueError: no\n"


async def at_once(seconds: float) -> None:
    return


def prompt(me: str, *said: tuple[str, str], without: str = "", tools: tuple[ToolSchema, ...] = ()) -> ModelRequest:
    others = "\n".join(f"- {name}: {role}" for name, role in TEAM.items() if name not in (me, without))
    system = f"You are {me}, one participant of a group chat.\nThe others:\n{others}\n- ana: a person\nBe brief."
    messages = [ModelMessage(role="system", text=system)]
    for name, text in said:
        if name == me:
            messages.append(ModelMessage(role="assistant", text=text))
        elif name == "tool":
            messages.append(ModelMessage(role="tool", text=text, call="c1"))
        else:
            messages.append(ModelMessage(role="user", text=text, name=name))
    return ModelRequest(messages=messages, tools=tools)


async def answer(request: ModelRequest) -> ModelAnswer:
    items = [item async for item in ScriptedModel(sleep=at_once).stream(request)]
    last = items[-1]
    assert isinstance(last, ModelAnswer)
    assert "".join(item.text for item in items[:-1] if isinstance(item, TextDelta)) == last.text
    return last


async def said(me: str, *lines: tuple[str, str], without: str = "") -> str:
    return (await answer(prompt(me, *lines, without=without))).text


async def chosen(
    *lines: tuple[str, str], names: tuple[str, ...] = ("planner", "coder", "runner", "reviewer", "nobody")
) -> str:
    system = "You are in a role play game. The following roles are available:\n" + "\n".join(
        f"{name}: {role}" for name, role in TEAM.items()
    )
    messages = [
        ModelMessage(role="system", text=system),
        *(ModelMessage(role="user", text=text, name=name) for name, text in lines),
        ModelMessage(role="user", text="Read the conversation above. Then select the next role."),
    ]
    schema = {"type": "object", "properties": {"speaker": {"type": "string", "enum": list(names)}}}
    return json.loads((await answer(ModelRequest(messages=messages, schema=schema))).text)["speaker"]


PLAN = ("planner", "The plan:\n1. @coder finds the primes.\n2. The runner runs it.\n3. The reviewer counts them.")


async def test_p27_it_costs_nothing_and_says_what_it_is() -> None:
    model = ScriptedModel()
    assert model.price(Usage(input_tokens=1_000_000)) == 0.0
    assert "script" in model.name
    made = await answer(prompt("planner", ("ana", PRIMES)))
    assert made.usage == Usage(usd=0.0)
    assert "I am a script" in made.text


async def test_p27_it_looks_alive() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async for _ in ScriptedModel(delay=0.5, sleep=pause).stream(prompt("planner", ("ana", PRIMES))):
        pass
    assert set(pauses) == {0.5}
    assert len(pauses) > 5


@pytest.mark.parametrize(
    "words", [PRIMES, f" {PRIMES.upper()}! ", f"@planner {PRIMES}.", f"(correcting an earlier message) {PRIMES}"]
)
async def test_p27_a_task_is_known_however_it_is_written(words: str) -> None:
    assert "The plan:" in await said("planner", ("ana", words))


async def test_p27_the_greeting_is_said_once() -> None:
    lines = [
        ("ana", PRIMES),
        PLAN,
        ("coder", CODE),
        ("runner", RAN),
        ("reviewer", "APPROVED"),
        ("planner", "Done: yes"),
    ]
    assert "I am a script" not in await said("planner", *lines, ("ana", SINE))


async def test_p27_nobody_speaks_out_of_turn() -> None:
    assert await said("planner", ("ana", PRIMES), PLAN, ("coder", CODE)) == ""
    assert await said("coder", ("ana", PRIMES), PLAN, ("coder", CODE)) == ""
    assert await said("reviewer", ("ana", PRIMES), PLAN) == ""
    assert await said("coder", ("ana", PRIMES), ("planner", "Done: 20 primes.")) == ""
    assert await said("coder", ("ana", "hello"), ("planner", "I am a script and know these five")) == ""


async def test_p27_without_messages_it_says_what_it_knows() -> None:
    assert "know these five" in await said("planner")
    assert "know these five" in (await answer(ModelRequest(messages=[ModelMessage(role="user", text="hi")]))).text


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("coder", CODE)], "nobody has run it"),
        ([("coder", CODE), ("runner", RAN)], "APPROVED. The output has what the task asked for: 2 3 61 67 71"),
        (
            [("coder", CODE), ("runner", FAILED)],
            "Not approved. The output does not have what the task asked for: ValueError",
        ),
    ],
)
async def test_p27_the_reviewer_looks_at_the_result(lines: list[tuple[str, str]], words: str) -> None:
    assert words in await said("reviewer", ("ana", PRIMES), PLAN, *lines)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("coder", CODE), ("reviewer", "APPROVED as it is written")], "Not done: the code is above"),
        ([("coder", CODE), ("runner", FAILED), ("reviewer", "Not approved.")], "Not done: the program ended with"),
        ([("coder", CODE), ("runner", RAN), ("reviewer", "APPROVED.")], "Done: the first 20 primes"),
    ],
)
async def test_p27_the_planner_closes_as_it_went(lines: list[tuple[str, str]], words: str) -> None:
    text = await said("planner", ("ana", PRIMES), PLAN, *lines)
    assert words in text
    assert text.endswith("TERMINATE")


async def test_p27_without_a_reviewer_the_planner_closes_after_the_run() -> None:
    lines = [("ana", PRIMES), PLAN, ("coder", CODE)]
    assert await said("planner", *lines[:2], without="reviewer") == ""
    assert await said("planner", *lines, without="reviewer") == ""
    assert (await said("planner", *lines, ("runner", RAN), without="reviewer")).startswith("Done: ")


async def test_p27_a_person_is_asked_with_a_tool_where_there_is_one() -> None:
    made = await answer(prompt("planner", ("ana", BARS), tools=(ASK,)))
    (call,) = made.calls
    assert call.tool == "ask_person"
    assert json.loads(call.arguments)["options"] == ["teal", "tomato", "gold"]
    assert made.finish == "tools"


async def test_p27_without_the_tool_it_asks_in_words_once() -> None:
    text = await said("planner", ("ana", BARS))
    assert "teal, tomato, gold" in text
    assert await said("planner", ("ana", BARS), ("planner", text)) == ""
    assert await said("coder", ("ana", BARS), ("planner", text), ("ana", "gold")) != ""


@pytest.mark.parametrize(
    ("reply", "colour"), [("ana: gold", "gold"), ("Nobody answered in time.", "teal"), ("ana: mauve", "teal")]
)
async def test_p27_the_choice_goes_into_the_code(reply: str, colour: str) -> None:
    assert f"bars in {colour}" in await said("planner", ("ana", BARS), ("tool", reply))
    assert f'color="{colour}"' in await said("coder", ("ana", BARS), ("planner", "Which?"), ("ana", reply))


@pytest.mark.parametrize(
    ("lines", "speaker"),
    [
        ([], "planner"),
        ([("ana", PRIMES)], "planner"),
        ([("ana", "hello")], "planner"),
        ([("ana", "hello"), ("planner", "I am a script and know these five")], "nobody"),
        ([("ana", PRIMES), PLAN], "coder"),
        ([("ana", PRIMES), PLAN, ("coder", CODE)], "runner"),
        ([("ana", PRIMES), PLAN, ("coder", CODE), ("runner", RAN)], "reviewer"),
        ([("ana", AVERAGE), PLAN, ("coder", CODE), ("runner", FAILED)], "coder"),
        ([("ana", PRIMES), PLAN, ("coder", CODE), ("runner", FAILED)], "reviewer"),
        ([("ana", PRIMES), PLAN, ("coder", CODE), ("runner", RAN), ("reviewer", "APPROVED")], "planner"),
        ([("ana", PRIMES), ("planner", "Done: 20 primes.")], "nobody"),
        ([("ana", PRIMES), ("coder", "I think")], "planner"),
        ([("ana", BARS)], "planner"),
        ([("ana", BARS), ("planner", "Which colour?")], "nobody"),
        ([("ana", BARS), ("planner", "The plan:\n1. @coder draws the bars in teal.")], "coder"),
        ([("ana", BARS), ("planner", "Which colour?"), ("ana", "gold")], "coder"),
    ],
)
async def test_p27_speakers_are_chosen_by_the_script(lines: list[tuple[str, str]], speaker: str) -> None:
    assert await chosen(*lines) == speaker


async def test_p27_nobody_goes_on_while_the_visitor_chooses() -> None:
    assert await chosen(("ana", BARS), names=("coder", "runner", "nobody")) == "nobody"
    assert await said("coder", ("ana", BARS), ("planner", "Which colour shall the bars have?")) == ""
    plan = ("planner", "The plan:\n1. @coder draws the bars in teal.")
    assert "bars.png" in await said("coder", ("ana", BARS), plan), "nobody answered in time"


async def test_p27_only_those_who_may_speak_are_chosen() -> None:
    assert await chosen(("ana", PRIMES), PLAN, ("coder", CODE), names=("reviewer", "planner", "nobody")) == "reviewer"
    assert await chosen(("ana", PRIMES), names=("chess", "nobody")) == "chess"
    assert await chosen(("ana", PRIMES), PLAN, names=("chess", "nobody")) == "nobody"
    assert await chosen(("ana", PRIMES), PLAN, names=("chess", "go")) == "chess"


@pytest.mark.parametrize(
    "schema", [{"type": "object"}, {"properties": {"speaker": {"type": "string"}}}, {"properties": 1}]
)
async def test_p27_another_schema_gets_an_empty_object(schema: dict[str, object]) -> None:
    assert (await answer(ModelRequest(messages=[], schema=schema))).text == "{}"
