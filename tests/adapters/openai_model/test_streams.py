"""M17, M20, Z5, Z6: whatever a stream looks like, and however it is cut into pieces, it comes to the same answer."""

import gzip
import itertools
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai_model.answers import Assembly
from adapters.openai_model.bodies import MOST_OF_A_REFUSAL
from adapters.openai_model.calls import UNNAMED, Calls
from adapters.openai_model.events import Body, Event
from adapters.openai_model.marked_calls import calls_in, mark_in
from agents.errors import ModelFailed
from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.adapters.openai_model.test_requests import TOOL
from tests.fakes.model_endpoint import STOP, Connection, answer, plain, said


def cut(body: bytes, *places: int) -> list[Event]:
    """The events of a body that arrives in pieces."""
    reader = Body()
    bounds = [0, *sorted(places), len(body)]
    pieces = [body[begin:end] for begin, end in itertools.pairwise(bounds)]
    return [event for piece in pieces for event in reader.feed(piece)] + reader.end()


STREAMS = {
    "LF": b'data: {"a": 1}\n\ndata: [DONE]\n\n',
    "CRLF": b'data: {"a": 1}\r\n\r\ndata: [DONE]\r\n\r\n',
    "CR": b'data: {"a": 1}\r\rdata: [DONE]\r\r',
    "no blank after the colon": b'data:{"a": 1}\n\ndata:[DONE]\n\n',
    "a byte order mark": b'\xef\xbb\xbfdata: {"a": 1}\n\ndata: [DONE]\n\n',
    "comments and other fields": b': ping\n\nid: 7\nretry: 10\ndata: {"a": 1}\n\n: ping\n\ndata: [DONE]\n\n',
    "empty data": b'data:\n\ndata: {"a": 1}\n\ndata: \n\ndata: [DONE]\n\n',
    "data in two lines": b'data: {"a":\ndata: 1}\n\ndata: [DONE]\n\n',
    "no last empty line": b'data: {"a": 1}\n\ndata: [DONE]',
    "line breaks before it": b'\n\n\ndata: {"a": 1}\n\ndata: [DONE]\n\n',
}


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
def test_m20_events_are_the_same_however_they_end_and_wherever_they_are_cut(body: bytes) -> None:
    def read(*places: int) -> list[object]:
        return [json.loads(event.data) if event.data != b"[DONE]" else "done" for event in cut(body, *places)]

    assert read() == [{"a": 1}, "done"]
    for places in itertools.combinations(range(len(body) + 1), 2):
        assert read(*places) == [{"a": 1}, "done"]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/event-stream", b'{"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'),
        ("text/plain", b'\n {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'),
        ("application/json", b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\ndata: [DONE]\n\n'),
        ("", b'data: {"choices": [{"delta": {"content": "hi"}}]}\r\rdata: [DONE]\r\r'),
    ],
)
async def test_m20_the_body_is_believed_and_not_its_label(serve: Serve, media_type: str, body: bytes) -> None:
    house = await serve(plain(body, media_type))
    assert (await call(house.model)).answer.text == "hi"


async def test_m20_words_that_keep_a_connection_alive_are_nothing(serve: Serve) -> None:
    house = await serve(answer(b"data: ping\n\n", b"data: null\n\n", said("hi"), b": OPEN\n\n", STOP))
    assert (await call(house.model)).text == "hi"


@pytest.mark.parametrize(
    "event",
    [b"event: error\ndata: out of GPUs\n\n", b'event: error\ndata: {"message": "out of GPUs"}\n\n',
     b'data: {"error": "out of GPUs"}\n\n', b'data: {"error": {"code": 503, "message": "out of GPUs"}}\n\n'],
)  # fmt: skip
async def test_m12_an_error_in_mid_stream_is_told_with_its_reason(serve: Serve, event: bytes) -> None:
    house = await serve(answer(said("I "), event), retries=0)
    with pytest.raises(ModelFailed, match="out of GPUs"):
        await call(house.model)


MADRID, OSLO = '{"city": "Madrid"}', '{"city": "Oslo"}'


def piece(arguments: object = "", *, index: int | None = None, id: str = "", name: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"function": {"arguments": arguments, **({"name": name} if name else {})}}
    return {**found, **({} if index is None else {"index": index}), **({"id": id} if id else {})}


SHAPES: dict[str, list[dict[str, Any]]] = {
    "as OpenAI sends them": [
        piece(index=0, id="a", name="weather"), piece(MADRID, index=0),
        piece(index=1, id="b", name="weather"), piece(OSLO, index=1),
    ],
    "a tail without an index": [
        piece(index=0, id="a", name="weather"), piece(MADRID[:6]), piece(MADRID[6:]),
        piece(index=1, id="b", name="weather"), piece(OSLO),
    ],
    "a second head under one index": [
        piece(index=0, id="a", name="weather"), piece(MADRID, index=0),
        piece(index=0, id="b", name="weather"), piece(OSLO, index=1),
    ],
    "all under one index, told apart by id": [
        piece(MADRID, index=0, id="a", name="weather"), piece(OSLO, index=0, id="b", name="weather"),
    ],
    "no index and no id": [piece(MADRID, name="weather"), piece(OSLO, name="weather")],
    "an id that comes late": [
        piece(index=0, name="weather"), piece(MADRID, index=0, id="a"),
        piece(index=1, name="weather"), piece(OSLO, index=1, id="b"),
    ],
    "the name with every piece": [
        piece(MADRID[:4], index=0, id="a", name="weather"), piece(MADRID[4:], index=0, id="a", name="weather"),
        piece(OSLO[:4], index=1, id="b", name="weather"), piece(OSLO[4:], index=1, id="b", name="weather"),
    ],
    "the name in parts": [
        piece(index=0, id="a", name="wea"), piece(MADRID, index=0, name="ther"),
        piece(index=1, id="b", name="wea"), piece(OSLO, index=1, name="ther"),
    ],
    "arguments as an object": [
        piece({"city": "Madrid"}, index=0, id="a", name="weather"),
        piece({"city": "Oslo"}, index=1, id="b", name="weather"),
    ],
    "the whole arguments once more": [
        piece(MADRID, index=0, id="a", name="weather"), piece(MADRID, index=0, id="a"),
        piece(OSLO, index=1, id="b", name="weather"), piece(OSLO, index=1, id="b"),
    ],
    "nulls": [
        {"index": 0, "id": "a", "function": {"name": "weather", "arguments": None}}, piece(MADRID, index=0),
        {"index": 1, "id": "b", "function": {"name": "weather", "arguments": None}}, piece(OSLO, index=1),
    ],
}  # fmt: skip


def made(pieces: list[dict[str, Any]]) -> list[tuple[str, object]]:
    calls = Calls()
    for one in pieces:
        calls.add(one)
    found = calls.made()
    assert len({one.id for one in found}) == len(found)
    return [(one.tool, json.loads(one.arguments)) for one in found]


@pytest.mark.parametrize("pieces", SHAPES.values(), ids=SHAPES)
def test_m17_pieces_of_calls_are_joined_by_what_they_mean(pieces: list[dict[str, Any]]) -> None:
    assert made(pieces) == [("weather", {"city": "Madrid"}), ("weather", {"city": "Oslo"})]


@given(st.data())
def test_m17_arguments_may_be_cut_anywhere(data: st.DataObject) -> None:
    pieces: list[dict[str, Any]] = []
    with_index, with_id = data.draw(st.booleans()), data.draw(st.booleans())
    for number, text in enumerate((MADRID, OSLO)):
        head = {"index": number} if with_index else {}
        pieces.append({**head, **piece(id="ab"[number] if with_id else "", name="weather")})
        places = sorted(data.draw(st.sets(st.integers(1, len(text) - 1))))
        for begin, end in itertools.pairwise([0, *places, len(text)]):
            pieces.append({**head, **piece(text[begin:end])})
    assert made(pieces) == [("weather", {"city": "Madrid"}), ("weather", {"city": "Oslo"})]


def test_m17_a_call_without_a_name_gets_one_that_no_tool_has() -> None:
    assert made([piece(MADRID, index=0, id="a")]) == [(UNNAMED, {"city": "Madrid"})]


def test_m17_the_function_call_of_older_endpoints_is_a_call() -> None:
    assembly = Assembly()
    assembly.feed(said(function_call={"name": "weather", "arguments": MADRID[:5]}))
    assembly.feed(said(function_call={"arguments": MADRID[5:]}))
    assert [(one.tool, one.arguments) for one in assembly.calls] == [("weather", MADRID)]


MARKED = [
    f'<tool_call>\n{{"name": "weather", "arguments": {MADRID}}}\n</tool_call>',
    f'I look.\n<tool_call>{{"name": "weather", "arguments": {MADRID}}}',
    f"<function=weather>{MADRID}</function>",
    f'[TOOL_CALLS] [{{"name": "weather", "arguments": {MADRID}}}]',
    f"[TOOL_CALLS]weather[ARGS]{MADRID}",
    f'<|python_tag|>{{"name": "weather", "parameters": {MADRID}}}',
    f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{MADRID}\n```<｜tool▁call▁end｜>",
    f"<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{MADRID}",
]


@pytest.mark.parametrize("text", MARKED)
def test_m17_a_call_that_comes_as_text_is_made_and_never_said(text: str) -> None:
    assembly = Assembly({"weather"})
    shown = [delta.text for part in text.partition("{") for delta in assembly.feed(said(part))]
    shown += [delta.text for delta in assembly.end()]
    (found,) = assembly.calls
    assert (found.tool, json.loads(found.arguments)) == ("weather", {"city": "Madrid"})
    assert assembly.finished == "tools"
    assert assembly.text in ("", "I look.")
    assert "Madrid" not in "".join(shown)


def test_m17_two_marked_calls_are_two() -> None:
    text = "".join(f'<tool_call>{{"name": "weather", "arguments": {one}}}</tool_call>' for one in (MADRID, OSLO))
    assert [json.loads(one.arguments)["city"] for one in calls_in(text, {"weather"})] == ["Madrid", "Oslo"]
    assert calls_in(text, {"other"}) == ()


def test_m17_marks_in_code_are_words() -> None:
    assert mark_in("Look:\n```\n<tool_call>{}\n```") is None
    assembly = Assembly()
    assembly.feed(said("<tool_call> is how it is written"))
    assembly.end()
    assert assembly.text == "<tool_call> is how it is written"


async def test_m17_marks_that_make_no_sense_are_said_to_be_handed_through(serve: Serve) -> None:
    house = await serve(answer(said("<tool_call>{oops"), STOP), retries=0)
    with pytest.raises(ModelFailed, match="tool parser"):
        await call(house.model, ask("weather?", tools=(TOOL,)))


USAGES = [
    {"prompt_tokens": -5, "completion_tokens": 3},
    {"prompt_tokens": 1.5, "completion_tokens": 3},
    {"prompt_tokens": 10**30, "completion_tokens": 3},
    {"prompt_tokens": "many", "completion_tokens": 3},
    {"prompt_tokens": True, "completion_tokens": 3},
    {"prompt_tokens": float("inf"), "completion_tokens": 3},
]


@pytest.mark.parametrize("usage", USAGES, ids=str)
async def test_z6_a_usage_that_cannot_be_is_not_booked(serve: Serve, usage: dict[str, object]) -> None:
    house = await serve(answer(said("hello there"), STOP, usage=usage))
    booked = (await call(house.model)).answer.usage
    assert 0 < booked.input_tokens < 1_000
    assert 0 < booked.output_tokens < 100


async def test_z6_more_cached_tokens_than_were_read_are_as_many_as_were_read(serve: Serve) -> None:
    usage = {"prompt_tokens": 10.0, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 99}}
    house = await serve(answer(said("hi"), STOP, usage=usage))
    booked = (await call(house.model)).answer.usage
    assert (booked.input_tokens, booked.cached_tokens, booked.output_tokens) == (10, 10, 3)


def refusing(*pieces: bytes, status: int = 500, **headers: str) -> Any:
    """A refusal with a body in these pieces, whose length nobody tells; ``sent`` counts what was taken."""

    async def play(connection: Connection) -> None:
        lines = [f"HTTP/1.1 {status} No", "content-type: application/json", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await connection.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        for one in pieces:
            await connection.write(one)

    return play


async def test_z5_no_more_than_the_beginning_of_a_refusal_is_read(serve: Serve) -> None:
    taken = 0

    async def endless(connection: Connection) -> None:
        nonlocal taken
        await connection.write(b'HTTP/1.1 500 No\r\ncontent-type: application/json\r\n\r\n{"error": "')
        for _ in range(4_000):
            await connection.write(b"x" * 10_000)
            taken += 10_000

    house = await serve(endless, retries=0)
    with pytest.raises(ModelFailed) as failed:
        await call(house.model)
    assert len(str(failed.value)) < 600
    assert taken < 40_000_000, "the connection was closed long before all of it was sent"


async def test_z5_a_compressed_refusal_is_opened_no_further_than_its_beginning(serve: Serve) -> None:
    bomb = gzip.compress(b'{"error": "too much ' + b"x" * 50_000_000)
    house = await serve(refusing(bomb, content_encoding="gzip"), retries=0)
    with pytest.raises(ModelFailed, match=r"\(500: .*too much"):
        await call(house.model)
    assert MOST_OF_A_REFUSAL < 100_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_z5_a_compressed_answer_is_read(serve: Serve, encoding: str) -> None:
    body = b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\ndata: [DONE]\n\n'
    sent = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    house = await serve(refusing(sent, status=200, content_encoding=encoding))
    assert (await call(house.model)).answer.text == "hi"


async def test_z5_a_compression_that_was_not_asked_for_is_no_answer(serve: Serve) -> None:
    house = await serve(refusing(b"....", status=200, content_encoding="br"), retries=0)
    with pytest.raises(ModelFailed, match="OpenAI-compatible"):
        await call(house.model)


async def test_z5_nobody_is_followed_to_another_address(serve: Serve) -> None:
    elsewhere = "http://127.0.0.1:9/v1/chat/completions"
    house = await serve(refusing(status=307, location=elsewhere), retries=0)
    with pytest.raises(ModelFailed, match="base_url") as failed:
        await call(house.model)
    assert elsewhere in str(failed.value)
    assert len(house.server.requests) == 1
