"""The model against an OpenAI-compatible server that others wrote."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.openai_model import Endpoint, OpenAIModel, with_fallback
from agents.errors import ModelFailed
from agents.ports import ModelMessage, ModelRequest, ToolCall, ToolSchema
from tests.adapters.openai_model.conftest import ask, call
from tests.fakes import aimock

USAGE = {"prompt_tokens": 120, "completion_tokens": 8, "total_tokens": 128}
SCHEMA = {"type": "object", "properties": {"speaker": {"enum": ["coder", "planner"]}}, "additionalProperties": False}
WEATHER = ToolSchema(
    name="weather",
    description="Daily forecast.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)


def failing(word: str, status: int, **error: Any) -> dict[str, Any]:
    retry = {"retryAfter": error.pop("retry_after")} if "retry_after" in error else {}
    return {
        "match": {"userMessage": word},
        "response": {"error": {"message": word, **error}, "status": status, **retry},
    }


FIXTURES: list[dict[str, Any]] = [
    {"match": {"userMessage": "hello"}, "response": {"content": "Hello from somebody else's server.", "usage": USAGE}},
    {
        "match": {"userMessage": "forecast", "hasToolResult": False},
        "response": {"toolCalls": [{"id": "call_1", "name": "weather", "arguments": {"city": "Madrid"}}]},
    },
    {"match": {"userMessage": "forecast", "hasToolResult": True}, "response": {"content": "Sun in Madrid."}},
    {"match": {"userMessage": "who", "responseFormat": "json_schema"}, "response": {"content": {"speaker": "coder"}}},
    {"match": {"userMessage": "think"}, "response": {"content": "Four.", "reasoning": "two and two"}},
    failing("key", 401, code="invalid_api_key"),
    failing("nowhere", 404, code="model_not_found"),
    failing("long", 400, code="context_length_exceeded"),
    failing("limit", 429, code="rate_limit_exceeded", retry_after=77),
    failing("broken", 500),
    {
        "match": {"userMessage": "cut"},
        "response": {"content": "This sentence is never going to reach its end, because the line is cut."},
        "truncateAfterChunks": 3,
    },
    {
        "match": {"userMessage": "slow"},
        "response": {"content": "word " * 200},
        "latency": 100,
        "chunkSize": 5,
    },
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[aimock.Aimock]:
    missing = aimock.unavailable()
    if missing:
        pytest.skip(missing)
    fixtures: Path = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}))
    with aimock.serving(fixtures) as running:
        yield running


@pytest.fixture
async def model(server: aimock.Aimock) -> AsyncIterator[OpenAIModel]:
    server.reset_journal()
    async with Endpoint(server.url, "key", retries=0) as endpoint:
        yield OpenAIModel(endpoint, "gpt-5-mini")


async def test_it_streams_and_counts(model: OpenAIModel, server: aimock.Aimock) -> None:
    heard = await call(model, ask("hello"))
    assert heard.text == heard.answer.text == "Hello from somebody else's server."
    assert len(heard.deltas) > 1
    assert heard.answer.usage.tokens == 128
    (entry,) = server.journal()
    assert entry["body"]["stream"] is True
    assert entry["body"]["messages"][0]["name"] == "ana"


async def test_it_calls_a_tool_and_goes_on_with_the_result(model: OpenAIModel, server: aimock.Aimock) -> None:
    question = ModelMessage(role="user", text="forecast?", name="ana")
    first = (await call(model, ModelRequest(messages=[question], tools=(WEATHER,)))).answer
    assert first.calls == (ToolCall(id="call_1", tool="weather", arguments='{"city":"Madrid"}'),)
    assert first.finish == "tools"
    messages = [
        question,
        ModelMessage(role="assistant", text="", calls=first.calls),
        ModelMessage(role="tool", text="sun", call="call_1"),
    ]
    second = (await call(model, ModelRequest(messages=messages, tools=(WEATHER,)))).answer
    assert second.text == "Sun in Madrid."
    assert len(server.journal()) == 2


async def test_it_asks_for_structured_output(model: OpenAIModel) -> None:
    assert json.loads((await call(model, ask("who?", schema=SCHEMA))).answer.text) == {"speaker": "coder"}


async def test_m6_reasoning_is_kept_apart(model: OpenAIModel) -> None:
    heard = await call(model, ask("think"))
    assert heard.answer.thoughts == "two and two"
    assert heard.text == "Four."


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("key", "credentials"),
        ("nowhere", "unknown_model"),
        ("long", "too_long"),
        ("limit", "rate_limited"),
        ("broken", "server"),
        ("cut", "disconnected"),
    ],
)
async def test_m1_its_errors_are_told_apart(model: OpenAIModel, word: str, kind: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        await call(model, ask(word))
    assert failed.value.kind == kind
    if kind == "rate_limited":
        assert failed.value.retry_after == 77


async def test_m4_another_model_stands_in(model: OpenAIModel, server: aimock.Aimock) -> None:
    async with Endpoint("http://127.0.0.1:9/v1", retries=0) as nobody:
        heard = await call(with_fallback(OpenAIModel(nobody, "gpt-5-mini"), model), ask("hello"))
    assert heard.text.startswith("Hello")
    assert len(server.journal()) == 1


async def test_m3_a_cancelled_call_ends_within_300_ms(model: OpenAIModel) -> None:
    stream = model.stream(ask("slow"))
    await anext(stream)
    async with asyncio.timeout(0.3):
        await stream.aclose()
    assert (await call(model, ask("hello"))).answer.text
