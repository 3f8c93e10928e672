"""M11, M12, M13, M21: the endpoint's own reason is told, without secrets, and what it cannot take is learned."""

import json
import logging
from typing import Any

import pytest

from adapters.openai_model import failures
from adapters.openai_model.habits import Habits
from agents.errors import ModelFailed
from agents.ports import ModelMessage, ModelRequest, ToolCall
from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.adapters.openai_model.test_requests import TOOL
from tests.fakes.model_endpoint import STOP, answer, plain, said, status

KEY = "field-key-verysecret-123456"


def failed(code: int, body: object) -> ModelFailed:
    return failures.from_status(code, body, {}, name="m at host", model="m", redact=lambda text: text)


REASONS: list[tuple[int, object, str, str]] = [
    (400, "Number of input tokens has to lie within [1, 32768]", "too_long", "longer than"),
    (400, "Please reduce the length of the messages or completion.", "too_long", "longer than"),
    (400, "prompt is too long: 208310 tokens > 200000 maximum", "too_long", "longer than"),
    (400, "The input token count (1200000) exceeds the maximum number of tokens (1048576).", "too_long", "longer"),
    (500, {"message": "the request exceeds the available context size", "n_ctx": 4096}, "too_long", "longer than"),
    (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096", "invalid", "settings"),
    (400, "max_tokens is too large: 100000. This model supports at most 4096 completion tokens", "invalid", "settings"),
    (429, "Rate limit reached: limit 30000 tokens per min", "rate_limited", "rate limit"),
    (402, "Insufficient Balance", "rate_limited", "top it up"),
    (402, "", "rate_limited", "top it up"),
    (403, "You have run out of credits", "rate_limited", "top it up"),
    (403, {"code": "unsupported_country_region_territory"}, "refused", "another"),
    (400, "User location is not supported for the API use.", "refused", "another"),
    (404, "No endpoints found matching your data policy (Free model training)", "refused", "policy"),
    (403, "Your input was flagged by the moderation", "filtered", "other words"),
    (400, {"code": "data_inspection_failed"}, "filtered", "other words"),
    (500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)", "server", "smaller model"),
    (404, "model 'llama9' not found, try pulling it first", "unknown_model", "name of the model"),
    (400, "Model Not Exist", "unknown_model", "name of the model"),
    (400, {"error": {"code": "model_not_found"}}, "unknown_model", "base_url"),
    (400, "registry/m does not support tools", "invalid", "takes no tools"),
    (404, "No endpoints found that support tool use.", "invalid", "takes no tools"),
    (401, "invalid x-api-key", "credentials", "api_key"),
    (403, "", "credentials", "api_key"),
    (418, "teapot", "invalid", "teapot"),
    (400, [{"error": {"message": "API key not valid", "status": "INVALID_ARGUMENT"}}], "invalid", "API key not valid"),
    (502, "<html><style>x{}</style><h1>Bad&nbsp;gateway</h1></html>", "server", "(502: Bad gateway)"),
    (400, {"detail": [{"loc": ["body"], "msg": "Field required"}]}, "invalid", "Field required"),
    (400, {"error": {"message": "Provider failed", "metadata": {"raw": "top_k is odd"}}}, "invalid", "top_k is odd"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "body", "kind", "words"), REASONS, ids=lambda value: str(value)[:40])
def test_m12_the_advice_follows_the_reason_and_the_reason_is_told(code: int, body: object, kind: str, words: str):
    failure = failed(code, body)
    assert (failure.kind, words in str(failure)) == (kind, True), str(failure)
    assert str(code) in str(failure)
    assert str(failure).endswith(".")


def test_m12_a_long_reason_is_shortened_for_people_and_whole_in_the_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "adapters.openai_model")
    assert len(str(failed(500, f"so it is\n{'x' * 5_000}"))) < 500
    assert "x" * 5_000 in caplog.text


async def test_m12_an_error_in_an_answer_of_200_is_told(serve: Serve) -> None:
    house = await serve(plain(json.dumps({"error": {"message": "out of GPUs"}}).encode()), retries=0)
    with pytest.raises(ModelFailed, match="out of GPUs"):
        await call(house.model)


async def test_m11_a_key_that_an_endpoint_repeats_is_in_no_failure_and_no_answer(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spoken = answer(said(f"Your key is {KEY}."), said(tool_calls=[_echo()]), STOP)
    plays = [status(400, {"message": f"Invalid key {KEY}"}), answer(said("I"), {"error": f"{KEY} is bad"}), spoken]
    house = await serve(*plays, retries=0, api_key=KEY)
    for _ in range(2):
        with pytest.raises(ModelFailed) as refused:
            await call(house.model)
        assert "verysecret" not in str(refused.value)
        assert "[redacted]" in str(refused.value)
    answered = (await call(house.model)).answer
    assert answered.text == "Your key is [redacted]."
    assert "verysecret" not in answered.calls[0].arguments
    assert "verysecret" not in caplog.text


def _echo() -> dict[str, Any]:
    return {"index": 0, "id": "a", "function": {"name": "t", "arguments": json.dumps({"key": KEY})}}


def test_m11_the_beginning_of_a_key_that_is_shown_starred_is_not_told_either() -> None:
    assert "sk-12" not in str(failed(401, "Incorrect API key provided: sk-12ab****wxyz."))


HABITS: list[tuple[str, int, object]] = [
    ("tools", 400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    ("tools", 500, "tools param requires --jinja flag"),
    ("tools", 404, "No endpoints found that support tool use."),
    ("tools", 400, "m does not support tools"),
    ("tools", 422, "Function calling is not enabled for this model"),
    ("system", 400, "System role not supported"),
    ("system", 500, "Jinja Exception: only user, assistant and tool roles are supported, got role system"),
    ("system", 400, "Developer instruction is not enabled; the system instruction is not supported"),
    ("null_content", 400, "messages.2.content: Input should be a valid string"),
    ("null_content", 400, "Invalid value for 'content': expected a string, got null."),
    ("null_content", 422, "content field is required"),
    ("alternate", 400, "Conversation roles must alternate user/assistant/user/assistant/..."),
    ("alternate", 400, "roles must not have consecutive user messages"),
    ("stream_options", 400, "Unrecognized request argument supplied: stream_options"),
    ("stream_options", 422, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}),
    ("temperature", 400, "Unsupported value: 'temperature' does not support 0.2 with this model."),
]


@pytest.mark.parametrize(("what", "code", "complaint"), HABITS, ids=lambda value: str(value)[:40])
async def test_m13_what_a_refusal_names_is_left_out_and_asked_again_without(
    serve: Serve, what: str, code: int, complaint: object
) -> None:
    house = await serve(status(code, complaint), answer(said("hi"), STOP), answer(said("ho"), STOP), retries=0)
    request = ModelRequest(
        messages=[
            ModelMessage(role="system", text="You are coder."),
            ModelMessage(role="user", text="weather?"),
            ModelMessage(role="assistant", text="", calls=(ToolCall(id="c1", tool="weather", arguments="{}"),)),
            ModelMessage(role="tool", text="sun", call="c1"),
            ModelMessage(role="user", text="and?"),
            ModelMessage(role="user", text="well?"),
        ],
        tools=(TOOL,),
        settings={"temperature": 0.2},
    )
    assert (await call(house.model, request)).text == "hi"
    assert (await call(house.model, request)).text == "ho"
    refused, again, later = house.server.requests
    assert _has(what, refused)
    assert not _has(what, again)
    assert not _has(what, later)


def _has(what: str, request: dict[str, Any]) -> bool:
    messages: list[dict[str, Any]] = request["messages"]
    match what:
        case "system":
            texts = [one["content"] for one in messages if one["role"] == "user"]
            assert any("You are coder." in text for text in texts) or messages[0]["role"] == "system"
            return messages[0]["role"] == "system"
        case "null_content":
            return any(one["content"] is None for one in messages)
        case "alternate":
            return len([one for one in messages if one["role"] == "user"]) == 3
        case _:
            return what in request


@pytest.mark.parametrize(
    "complaint",
    [
        "Invalid schema for function 'weather': parameters must be an object",
        "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
        "tools[0].function.name: string does not match pattern",
    ],
)
def test_m13_a_tool_that_is_wrong_does_not_take_all_tools_away(complaint: str) -> None:
    habits = Habits()
    habits.learn(complaint, {"model": "m", "messages": [], "tools": [{}]})
    assert "tools" not in habits.refused


async def test_m13_instructions_alone_become_the_words_of_a_user(serve: Serve) -> None:
    house = await serve(status(400, "no system role here"), answer(said("hi"), STOP))
    await call(house.model, ModelRequest(messages=[ModelMessage(role="system", text="Say hi.")]))
    assert [(one["role"], one["content"]) for one in house.server.requests[1]["messages"]] == [("user", "Say hi.")]


async def test_m13_instructions_come_before_words_of_an_assistant(serve: Serve) -> None:
    house = await serve(status(400, "no system role here"), answer(said("hi"), STOP))
    messages = [ModelMessage(role="system", text="Be brief."), ModelMessage(role="assistant", text="Hello.")]
    await call(house.model, ModelRequest(messages=messages))
    assert [one["role"] for one in house.server.requests[1]["messages"]] == ["user", "assistant"]


async def test_m13_what_a_model_does_without_can_be_said_from_the_start(serve: Serve) -> None:
    house = await serve(
        answer(said("hi"), STOP), without=["tools", "system_messages", "json_schema", "names", "images"]
    )
    messages = [ModelMessage(role="system", text="Be brief."), ModelMessage(role="user", text="weather?", name="ana")]
    await call(house.model, ModelRequest(messages=messages, tools=(TOOL,), schema={"type": "object"}))
    sent = house.server.requests[0]
    assert not {"tools", "response_format"} & set(sent)
    assert sent["messages"] == [{"role": "user", "content": "Be brief.\n\nana: weather?"}]


async def test_m21_a_model_that_is_loading_is_waited_for_and_people_see_that(serve: Serve) -> None:
    loading = status(503, {"code": 503, "message": "Loading model", "type": "unavailable_error"})
    house = await serve(*[loading] * 6, answer(said("hello"), STOP), retries=2)
    heard = await call(house.model, ask("hi"))
    assert heard.answer.text == "hello"
    assert "still loading" in heard.thoughts
    assert heard.thoughts.count("still loading") == 1
    assert heard.answer.thoughts == ""
    assert len(house.pauses) == 6
    assert max(house.pauses) <= 5.0


async def test_m21_it_is_waited_for_no_longer_than_the_call_may_take(serve: Serve) -> None:
    house = await serve(*[status(503, "Loading model")] * 3, timeout=0.3)
    with pytest.raises(ModelFailed, match="still loading"):
        await call(house.model)
