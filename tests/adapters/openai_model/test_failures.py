"""M1: every class of error ends as one clear sentence, and is retried only where that doubles nothing."""

import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from adapters.openai_model import Endpoint, OpenAIModel, failures
from agents.errors import ModelFailed
from tests.adapters.openai_model.conftest import Heard, Serve, ask, call
from tests.fakes.model_endpoint import STOP, Play, answer, broken, plain, said, silence, status

ERRORS: list[tuple[str, Play, str, str]] = [
    ("wrong key", status(401, {"message": "Incorrect API key provided: sk-12"}), "credentials", "api_key"),
    ("key may not", status(403, {"message": "no access"}), "credentials", "api_key"),
    ("no such model", status(404, {"message": "The model `m` does not exist"}), "unknown_model", "base_url"),
    (
        "too long, by code",
        status(400, {"code": "context_length_exceeded", "message": "too big"}),
        "too_long",
        "longer than m at",
    ),
    (
        "too long, by words",
        status(400, {"message": "the request exceeds the available context size"}),
        "too_long",
        "summarise",
    ),
    ("too large", status(413), "too_long", "longer"),
    ("no quota", status(429, {"code": "insufficient_quota"}), "rate_limited", "top it up"),
    ("filter", status(400, {"code": "content_filter"}), "filtered", "other words"),
    ("malformed", status(400, {"message": "messages: field\nrequired"}), "invalid", "messages: field required"),
    ("malformed, no reason", status(422), "invalid", "no reason given"),
    ("cut off by the filter", answer(said("I "), said(finish="content_filter")), "filtered", "other words"),
    ("refusal", answer(said(refusal="I will not."), STOP), "refused", "I will not."),
    ("a filter by another name", answer(said("I "), said(finish="SAFETY")), "filtered", "other words"),
    ("an end that is an error", answer(said("The first half of"), said(finish="error")), "disconnected", "broke off"),
    ("an end that is an abort", answer(said("The"), said(finish="abort")), "disconnected", "broke off"),
    ("no more room on their side", answer(said(finish="insufficient_system_resource")), "disconnected", "broke off"),
    ("only thoughts", answer(said(reasoning="hm"), said(finish="length")), "empty", "max_tokens"),
    ("not JSON", answer(b"data: {oops\n\n"), "invalid", "OpenAI-compatible"),
    ("not a completion", answer(["a", "list"]), "invalid", "OpenAI-compatible"),
    ("choices that are none", answer({"choices": [5]}), "invalid", "OpenAI-compatible"),
    ("a web page", plain(b"<html>hi</html>", "text/html"), "invalid", "OpenAI-compatible"),
    ("an empty answer of JSON", plain(b""), "invalid", "OpenAI-compatible"),
    ("an error in mid-stream", answer(said("I"), {"error": {"message": "overloaded"}}), "server", "(500: overloaded)"),
    ("a limit in mid-stream", answer(said("I"), {"error": {"code": 429, "message": "slow"}}), "rate_limited", "429"),
    ("an error of words", answer(said("I"), {"error": "dead"}), "server", "(500: dead)"),
    ("closed in mid-stream", broken(said("I "), how="close"), "disconnected", "broke off"),
    ("reset in mid-stream", broken(said("I "), how="reset"), "disconnected", "broke off"),
    ("ended without an end", answer(said("I "), done=False), "disconnected", "broke off"),
]


@pytest.mark.parametrize(("play", "kind", "words"), [pytest.param(*rest, id=name) for name, *rest in ERRORS])
async def test_m1_every_error_is_one_sentence_that_says_what_to_do(
    serve: Serve, play: Play, kind: str, words: str
) -> None:
    house = await serve(play, retries=0)
    with pytest.raises(ModelFailed) as failed:
        await call(house.model)
    sentence = str(failed.value)
    assert failed.value.kind == kind
    assert words in sentence
    assert house.model.name in sentence
    assert sentence.endswith(".")
    assert sentence.count("\n") == 0
    assert "sk-12" not in sentence


async def test_m1_broken_compression_is_an_unreadable_answer(serve: Serve) -> None:
    async def play(connection: Any) -> None:
        head = (
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n"
        )
        await connection.write(head + b"oops")

    house = await serve(play, retries=0)
    with pytest.raises(ModelFailed, match="OpenAI-compatible") as failed:
        await call(house.model)
    assert failed.value.kind == "invalid"


async def test_m1_an_answer_without_end_is_not_kept_in_memory(serve: Serve) -> None:
    async def flood(connection: Any) -> None:
        await connection.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        for _ in range(40):
            await connection.write(b"x" * 500_000)

    house = await serve(flood, retries=0)
    with pytest.raises(ModelFailed) as failed:
        await call(house.model)
    assert failed.value.kind == "invalid"


async def test_m1_nobody_listening_is_said_with_the_address() -> None:
    async with Endpoint("http://127.0.0.1:9/v1", retries=0) as endpoint:
        with pytest.raises(ModelFailed, match=r"m at 127\.0\.0\.1:9 cannot be reached") as failed:
            await call(OpenAIModel(endpoint, "m"))
    assert failed.value.kind == "disconnected"
    assert failed.value.usage is None


async def test_m1_a_host_that_takes_no_connection_is_given_up_after_the_connect_timeout() -> None:
    with ExitStack() as sockets:
        full = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # until its queue is full and the kernel answers no more
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        async with Endpoint(url, retries=0, connect_timeout=0.05) as endpoint:
            with pytest.raises(ModelFailed, match="cannot be reached") as failed:
                await call(OpenAIModel(endpoint, "m"))
    assert failed.value.kind == "disconnected"


async def test_m1_a_silent_endpoint_is_given_up_after_the_timeout(serve: Serve) -> None:
    house = await serve(silence, timeout=0.05)
    with pytest.raises(ModelFailed, match=r"within 0\.05 seconds") as failed:
        await call(house.model)
    assert failed.value.kind == "timeout"
    assert len(house.server.requests) == 1


async def test_m1_an_answer_that_takes_too_long_in_all_is_given_up(serve: Serve) -> None:
    house = await serve(broken(said("I "), how="stall"), timeout=0.05, idle_timeout=10)
    with pytest.raises(ModelFailed, match=r"within 0\.05 seconds"):
        await call(house.model)


async def test_m1_an_answer_that_stalls_is_given_up(serve: Serve) -> None:
    house = await serve(broken(said("I "), how="stall"), idle_timeout=0.05)
    with pytest.raises(ModelFailed, match=r"silent for 0\.05 seconds") as failed:
        await call(house.model)
    assert failed.value.kind == "timeout"


@pytest.mark.parametrize(
    "play",
    [
        status(500),
        status(503),
        status(429),
        broken(how="close"),
        broken(how="reset"),
        answer({"error": {"message": "overloaded"}}),
    ],
)
async def test_m1_what_may_pass_is_tried_again_and_said_and_charged_once(serve: Serve, play: Play) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    house = await serve(play, play, answer(said("hi"), STOP, usage=usage))
    heard = await call(house.model)
    assert heard.text == heard.answer.text == "hi"
    assert heard.answer.usage.tokens == 9
    assert len(house.pauses) == 2
    assert 0.3 < house.pauses[0] < house.pauses[1] < 1.5


async def test_m1_retries_are_bounded(serve: Serve) -> None:
    house = await serve(*[status(500)] * 5, retries=2)
    with pytest.raises(ModelFailed):
        await call(house.model)
    assert len(house.server.requests) == 3


async def test_m1_nothing_is_repeated_once_something_was_said(serve: Serve) -> None:
    house = await serve(broken(said("I was"), how="close"), answer(said("I was here"), STOP))
    heard = Heard()
    with pytest.raises(ModelFailed):
        await call(house.model, heard=heard)
    assert heard.text == "I was"
    assert len(house.server.requests) == 1


async def test_m1_nothing_is_repeated_once_a_tool_call_was_seen(serve: Serve) -> None:
    half = said(tool_calls=[{"index": 0, "id": "a", "function": {"name": "t", "arguments": '{"x'}}])
    house = await serve(broken(half, how="close"), answer(said("hi"), STOP))
    with pytest.raises(ModelFailed):
        await call(house.model)
    assert len(house.server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"retry_after": "2"}, 2.0), ({"retry_after_ms": "1500"}, 1.5), ({"retry_after": "0"}, 0.0)],
)
async def test_m1_retry_after_is_honoured(serve: Serve, headers: dict[str, str], wait: float) -> None:
    house = await serve(status(429, {"message": "slow down"}, **headers), answer(said("hi"), STOP))
    assert (await call(house.model)).text == "hi"
    assert house.pauses == [wait]


def test_m1_retry_after_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    assert failures.retry_after({"retry-after": soon}) == pytest.approx(30, abs=2)
    assert failures.retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert failures.retry_after({"retry-after": "soon"}) is None


async def test_m1_a_long_retry_after_is_told_instead_of_waited_for(serve: Serve) -> None:
    house = await serve(status(429, {"message": "slow down"}, retry_after="90"))
    with pytest.raises(ModelFailed, match="try again in 90 seconds") as failed:
        await call(house.model)
    assert failed.value.kind == "rate_limited"
    assert failed.value.retry_after == 90
    assert house.pauses == []


async def test_m1_a_limit_without_a_time_says_later(serve: Serve) -> None:
    house = await serve(status(429), retries=0)
    with pytest.raises(ModelFailed, match="try again later"):
        await call(house.model)


async def test_m1_tool_arguments_that_are_no_json_are_passed_on_as_text(serve: Serve) -> None:
    calls = [{"index": 0, "id": "a", "function": {"name": "weather", "arguments": '{"city": '}}]
    house = await serve(answer(said(tool_calls=calls), said(finish="tool_calls")))
    (tool_call,) = (await call(house.model, ask("weather?"))).answer.calls
    assert tool_call.arguments == '{"city": '
