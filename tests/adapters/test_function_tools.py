"""C22: typed functions as tools."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import pytest

from adapters.function_tools import FunctionTools
from agents.errors import WrongUse
from agents.ports import Tool, ToolContext, ToolResult, idempotent, risky, schema
from agents.testing import FakeClock, tool_context


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city, one line a day."""
    return f"{city}: {days} days of sun"


@pytest.fixture
def tool_of() -> Callable[..., Tool]:
    return FunctionTools().tool


async def test_c22_an_async_function_is_a_tool(tool_of: Callable[..., Tool]) -> None:
    tool = tool_of(weather)
    assert schema(tool).name == "weather"
    assert tool.description == "Daily forecast for a city, one line a day."
    assert tool.parameters == {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 3}},
        "required": ["city"],
        "additionalProperties": False,
    }
    assert await tool.call('{"city": "Madrid"}', tool_context()) == ToolResult(text="Madrid: 3 days of sun")
    assert (await tool.call('{"city": "Madrid", "days": "5"}', tool_context())).text == "Madrid: 5 days of sun"


def test_c22_the_same_function_gives_the_same_tool(tool_of: Callable[..., Tool]) -> None:
    assert tool_of(weather) is tool_of(weather)


async def test_c22_a_sync_function_runs_in_a_thread(tool_of: Callable[..., Tool]) -> None:
    def where() -> str:
        return threading.current_thread().name

    tool = tool_of(where)
    assert tool.parameters == {"type": "object", "properties": {}, "additionalProperties": False}
    assert (await tool.call("", tool_context())).text == "tool where"


async def test_c22_only_so_many_threads_run_at_once() -> None:
    tools, gate, running = FunctionTools(threads=2), threading.Event(), threading.Semaphore(0)

    def hold() -> int:
        running.release()
        assert gate.wait(10)
        return 1

    tool = tools.tool(hold)
    async with asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(tool.call("{}", tool_context())) for _ in range(6)]
        for _ in range(2):
            assert await asyncio.to_thread(running.acquire, timeout=10)
        assert not running.acquire(blocking=False)
        gate.set()
    assert [call.result().text for call in calls] == ["1"] * 6


async def test_c22_a_cancelled_call_keeps_its_place_until_its_thread_is_done() -> None:
    gate, started = threading.Event(), threading.Event()

    def hold() -> str:
        started.set()
        assert gate.wait(10)
        return "late"

    tool = FunctionTools(threads=1).tool(hold)
    first = asyncio.create_task(tool.call("{}", tool_context()))
    assert await asyncio.to_thread(started.wait, 10)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    started.clear()
    second = asyncio.create_task(tool.call("{}", tool_context()))
    await asyncio.sleep(0)
    assert not started.is_set()
    gate.set()
    assert (await second).text == "late"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("{}", "city: Field required"),
        ('{"city": "Rome", "days": "many"}', "days: Input should be a valid integer"),
        ('{"city": "Rome", "planet": 1}', "planet: Extra inputs are not permitted"),
        ('{"city": ', "Invalid JSON"),
        ("[1]", "object"),
    ],
)
async def test_c22_wrong_arguments_come_back_as_an_error_that_names_them(
    tool_of: Callable[..., Tool], arguments: str, words: str
) -> None:
    result = await tool_of(weather).call(arguments, tool_context())
    assert result.failed
    assert result.text.startswith("weather was not called, because its arguments are wrong: ")
    assert words in result.text


def in_thread() -> None:
    raise ValueError("no such city")


async def in_loop() -> None:
    raise ValueError("no such city")


def leaves() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("function", [in_thread, in_loop])
async def test_c22_a_failing_function_is_data_for_the_model(
    tool_of: Callable[..., Tool], function: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    result = await tool_of(function).call("{}", tool_context())
    assert result == ToolResult(text=f"{function.__name__} failed: ValueError: no such city", failed=True)
    assert "Traceback" in caplog.text


async def test_c22_a_function_cannot_end_the_process(tool_of: Callable[..., Tool]) -> None:
    assert (await tool_of(leaves).call("{}", tool_context())).text == "leaves failed: SystemExit: 3"


class Colour(Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    colour: Colour = Colour.RED


async def test_c22_rich_types_go_in_and_out_as_json(tool_of: Callable[..., Tool]) -> None:
    def moved(points: list[Point], by: Literal[1, 2] | None = None) -> list[Point]:
        return [Point(x=point.x + (by or 0)) for point in points]

    result = await tool_of(moved).call('{"points": [{"x": 1}], "by": 2}', tool_context())
    assert json.loads(result.text) == [{"x": 3, "colour": "red"}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ü", "ü"),
        (None, "Done; there is no result."),
        ({"a": "ü"}, '{"a":"ü"}'),
        (b"\xff", '"_w=="'),
        (float("nan"), '"NaN"'),
    ],
)
async def test_c22_results_become_text(tool_of: Callable[..., Tool], value: object, text: str) -> None:
    def give() -> object:
        return value

    assert (await tool_of(give).call("{}", tool_context())).text == text


async def test_c22_what_has_no_json_form_is_given_as_python_shows_it(tool_of: Callable[..., Tool]) -> None:
    async def give() -> object:
        return threading

    assert "module 'threading'" in (await tool_of(give).call("{}", tool_context())).text


async def test_c22_a_tool_result_is_passed_through(tool_of: Callable[..., Tool]) -> None:
    made = ToolResult(text="no", failed=True)

    async def give() -> ToolResult:
        return made

    assert await tool_of(give).call("{}", tool_context()) is made


async def test_c22_a_result_that_cannot_be_written_is_a_failure(tool_of: Callable[..., Tool]) -> None:
    class Odd:
        def __str__(self) -> str:
            raise ValueError("odd")

    async def give() -> object:
        return Odd()

    def give_in_thread() -> object:
        return Odd()

    for function in (give, give_in_thread):
        assert (await tool_of(function).call("{}", tool_context())).failed


GOOGLE = """Draw a curve
    over an interval.

    More about it.

    Args:
        start (float): Where it begins,
            in radians.
        end: Where it ends.

    Returns:
        The file: its name.
    """
SPHINX = """Draw a curve
    over an interval.
    :param float start: Where it begins,
        in radians.
    :param end: Where it ends.
    :returns: The file: its name.
    """
TIGHT = """Draw a curve over an interval.
    Args:
        start: Where it begins, in radians.
        end: Where it ends.
    """


@pytest.mark.parametrize("doc", [GOOGLE, SPHINX, TIGHT])
async def test_c22_parameters_are_documented_by_the_docstring(tool_of: Callable[..., Tool], doc: str) -> None:
    def draw(start: float, end: float) -> str:
        return ""

    draw.__doc__ = doc
    tool = tool_of(draw)
    assert tool.description == "Draw a curve over an interval."
    assert tool.parameters["properties"] == {
        "start": {"type": "number", "description": "Where it begins, in radians."},
        "end": {"type": "number", "description": "Where it ends."},
    }


def test_c22_without_a_docstring_the_name_describes_the_tool(tool_of: Callable[..., Tool]) -> None:
    def draw_curve() -> None: ...

    assert tool_of(draw_curve).description == "draw curve"


async def test_c22_parameters_may_have_any_name(tool_of: Callable[..., Tool]) -> None:
    def odd(schema: str, model_config: int, _x: int = 1, *, title: str = "t") -> str:
        """Odd names."""
        return f"{schema} {model_config} {_x} {title}"

    tool = tool_of(odd)
    properties = tool.parameters["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == ["schema", "model_config", "_x", "title"]
    assert (await tool.call('{"schema": "s", "model_config": 2, "title": "u"}', tool_context())).text == "s 2 1 u"


def test_c22_marks_on_a_function_are_read(tool_of: Callable[..., Tool]) -> None:
    @risky
    def pay() -> None: ...

    @idempotent
    def read() -> None: ...

    assert (tool_of(pay).risk, tool_of(pay).idempotent) == ("risky", False)
    assert (tool_of(read).risk, tool_of(read).idempotent) == ("safe", True)


def untyped(x) -> None: ...
def many(*x: int) -> None: ...
def by_place(x: int, /) -> None: ...
def unknown(x: "Nowhere") -> None: ...  # noqa: F821
def no_json(x: threading.Thread) -> None: ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (untyped, "annotate it"),
        (many, "name each parameter"),
        (by_place, "name each parameter"),
        (unknown, "correct its annotations"),
        (no_json, "no JSON form"),
        (lambda: None, "define it with def"),
    ],
)
def test_c22_a_function_that_cannot_be_a_tool_is_refused(
    tool_of: Callable[..., Tool], function: Callable[..., object], words: str
) -> None:
    with pytest.raises(WrongUse, match=words):
        tool_of(function)


def inquisitive(context: ToolContext, city: str, days: int = 3) -> str:
    """Tell about a city."""
    return f"{context.asker} for {context.person} in {context.room}: {city}, {days}"


async def later(city: str, *, context: "ToolContext") -> str:
    """Tell about a city later."""
    return f"{city} at {context.clock.now()}"


def optional(city: str, context: ToolContext | None = None) -> str:
    """Tell about a city, also without a room."""
    return city if context is None else f"{city} for {context.person}"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (inquisitive, "agent:helper for person:web/bob in web:lobby: Madrid, 3"),
        (later, "Madrid at 100.0"),
        (optional, "Madrid for person:web/bob"),
    ],
)
async def test_c58_a_parameter_that_is_a_context_is_given_and_not_shown_to_models(
    tool_of: Callable[..., Tool], function: Callable[..., object], said: str
) -> None:
    tool = tool_of(function)
    assert "context" not in json.dumps(schema(tool).parameters)
    context = tool_context(person="person:web/bob", clock=FakeClock(at=100.0))
    assert (await tool.call('{"city": "Madrid"}', context)).text == said
    refused = await tool.call('{"city": "Madrid", "context": {}}', context)
    assert refused.failed
    assert "context: Extra inputs are not permitted" in refused.text


async def test_c58_markers_of_a_tool_hold_with_a_context(tool_of: Callable[..., Tool]) -> None:
    @risky
    @idempotent
    def drop(context: ToolContext, table: str) -> str:
        """Drop a table."""
        return f"{table} is gone, {context.person}"

    tool = tool_of(drop)
    assert (tool.risk, tool.idempotent) == ("risky", True)
    assert (await tool.call('{"table": "t"}', tool_context())).text == "t is gone, person:web/ana"
