"""What an endpoint streams becomes deltas and one answer (M5, M6, C27)."""

import json

import pytest

from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.fakes.model_endpoint import STOP, Play, answer, plain, said

USAGE = {"prompt_tokens": 1200, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 1024}}


async def test_text_is_streamed_and_then_given_whole(serve: Serve) -> None:
    house = await serve(answer(said("Good "), said("day"), STOP, usage=USAGE))
    heard = await call(house.model)
    assert [delta.text for delta in heard.deltas] == ["Good ", "day"]
    assert heard.answer.text == "Good day"
    assert heard.answer.finish == "stop"
    assert heard.answer.model == f"m-1 at {house.endpoint.host}"


async def test_m10_cached_tokens_are_counted(serve: Serve) -> None:
    house = await serve(answer(said("hi"), STOP, usage=USAGE))
    usage = (await call(house.model)).answer.usage
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (1200, 1024, 30)
    assert usage.usd == 0.0, "calls to this machine are free"


async def test_usage_is_asked_for_in_the_stream(serve: Serve) -> None:
    house = await serve(answer(said("hi"), STOP))
    await call(house.model)
    assert house.server.requests[0]["stream"] is True
    assert house.server.requests[0]["stream_options"] == {"include_usage": True}


async def test_an_endpoint_that_does_not_stream_is_understood(serve: Serve) -> None:
    whole = {
        "model": "m-2",
        "choices": [
            {
                "message": {
                    "content": "Hello",
                    "tool_calls": [{"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    house = await serve(plain(json.dumps(whole).encode()))
    heard = await call(house.model)
    assert heard.text == heard.answer.text == "Hello"
    assert heard.answer.calls[0].tool == "t"
    assert heard.answer.usage.tokens == 7


async def test_tool_calls_are_put_together_from_their_deltas(serve: Serve) -> None:
    def part(index: int, arguments: str, **rest: str) -> dict[str, object]:
        name = {"name": rest["name"]} if "name" in rest else {}
        return {
            "index": index,
            **({"id": rest["id"]} if "id" in rest else {}),
            "function": {**name, "arguments": arguments},
        }

    house = await serve(
        answer(
            said(tool_calls=[part(0, "", id="a", name="weather")]),
            said(tool_calls=[part(0, '{"city":')]),
            said(tool_calls=[part(1, '{"x": 1}', id="b", name="plot")]),
            said(tool_calls=[part(0, ' "Madrid"}', name="weather")]),
            said(finish="tool_calls"),
        )
    )
    result = (await call(house.model)).answer
    assert [(one.id, one.tool, one.arguments) for one in result.calls] == [
        ("a", "weather", '{"city": "Madrid"}'),
        ("b", "plot", '{"x": 1}'),
    ]
    assert result.finish == "tools"


async def test_calls_are_told_apart_by_id_where_all_have_one_index(serve: Serve) -> None:
    one = {"index": 0, "id": "a", "function": {"name": "t", "arguments": "{}"}}
    two = {"index": 0, "id": "b", "function": {"name": "t", "arguments": "["}}
    more = {"index": 0, "function": {"arguments": "]"}}
    house = await serve(answer(said(tool_calls=[one, two]), said(tool_calls=[more]), STOP))
    assert [call.arguments for call in (await call(house.model)).answer.calls] == ["{}", "[]"]


async def test_calls_without_index_and_id_get_ids_of_their_own(serve: Serve) -> None:
    calls = [{"function": {"name": "t", "arguments": "{}"}}, {"function": {"name": "t", "arguments": "[]"}}]
    house = await serve(answer(said(tool_calls=calls), STOP))
    first, second = (await call(house.model)).answer.calls
    assert (first.arguments, second.arguments) == ("{}", "[]")
    assert first.id
    assert first.id != second.id


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_m6_reasoning_fields_are_thoughts(serve: Serve, field: str) -> None:
    house = await serve(answer(said(**{field: "hm"}), said(**{field: ", yes"}), said("Four."), STOP))
    heard = await call(house.model)
    assert heard.thoughts == heard.answer.thoughts == "hm, yes"
    assert heard.text == heard.answer.text == "Four."


async def test_m6_think_tags_split_over_chunks_are_thoughts(serve: Serve) -> None:
    house = await serve(answer(*map(said, ["<th", "ink>two and", " two</th", "ink>\n\nFo", "ur."]), STOP))
    heard = await call(house.model)
    assert heard.thoughts == heard.answer.thoughts == "two and two"
    assert heard.text == heard.answer.text == "Four."


async def test_m6_what_only_began_like_a_tag_is_said(serve: Serve) -> None:
    house = await serve(answer(said("1 <"), said("th"), STOP))
    heard = await call(house.model)
    assert heard.text == heard.answer.text == "1 <th"


async def test_content_in_parts_is_joined(serve: Serve) -> None:
    parts = {"choices": [{"delta": {"content": [{"type": "text", "text": "Good "}, {"text": "day"}]}}]}
    house = await serve(answer(parts, STOP))
    assert (await call(house.model)).text == "Good day"


async def test_other_choices_are_left_out(serve: Serve) -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "other"}}]}
    house = await serve(answer(said("Hello"), other, STOP))
    assert (await call(house.model)).text == "Hello"


async def test_an_answer_cut_by_its_length_says_so(serve: Serve) -> None:
    house = await serve(answer(said("I wanted to"), said(finish="length")))
    assert (await call(house.model)).answer.finish == "length"


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_is_complete_by_its_finish_or_by_done(serve: Serve, done: bool) -> None:
    house = await serve(answer(said("hi"), *([] if done else [STOP]), done=done))
    assert (await call(house.model)).answer.text == "hi"


async def test_comments_line_ends_and_split_events_do_not_matter(serve: Serve) -> None:
    chunk = json.dumps(said("hi")).encode()
    house = await serve(
        answer(
            b": ping\r\n\r\n",
            b"event: message\r\nda",
            b"ta:" + chunk + b"\r\n\r",
            b"\n",
            b"data: " + json.dumps(STOP).encode(),
            done=False,
        )
    )
    assert (await call(house.model)).text == "hi"


async def test_connections_are_used_again(serve: Serve) -> None:
    house = await serve(*[answer(said("hi"), STOP)] * 3)
    for _ in range(3):
        await call(house.model)
    assert house.server.connections == 1


async def test_a_character_whose_halves_come_in_two_chunks_is_put_together(serve: Serve) -> None:
    house = await serve(answer(said("Hi \ud83d"), said("\ude00!"), STOP))
    heard = await call(house.model)
    assert [delta.text for delta in heard.deltas] == ["Hi ", "\U0001f600!"]
    assert heard.answer.text == "Hi \U0001f600!"


async def test_half_a_character_alone_is_replaced_in_whatever_the_model_writes(serve: Serve) -> None:
    function = {"name": "t", "arguments": '{"a": "\ud83d"}'}
    house = await serve(
        answer(
            said(None, reasoning="\ude00 thinks"),
            said("x \ud83d"),
            said(None, tool_calls=[{"index": 0, "id": "a", "type": "function", "function": function}]),
            STOP,
        )
    )
    heard = (await call(house.model)).answer
    assert (heard.text, heard.thoughts) == ("x \ufffd", "\ufffd thinks")
    assert heard.calls[0].arguments == '{"a": "\ufffd"}'


async def test_half_a_character_in_the_room_does_not_keep_the_model_from_being_asked(serve: Serve) -> None:
    house = await serve(answer(said("Fine."), STOP))
    await call(house.model, ask("half an emoji: \ud83d"))
    assert "half an emoji: \ufffd" in str(house.server.requests[0]["messages"])


@pytest.mark.parametrize("play", [answer(), answer(said(""), STOP), answer(said(reasoning="hm"), STOP)], ids=range(3))
async def test_m19_an_answer_without_words_is_an_answer(serve: Serve, play: Play) -> None:
    house = await serve(play)
    heard = await call(house.model)
    assert (heard.answer.text, heard.answer.calls) == ("", ())


@pytest.mark.parametrize("finish", ["length", "max_tokens", "MAX_TOKENS", "model_length"])
async def test_m18_an_answer_that_became_too_long_says_so_with_calls_too(serve: Serve, finish: str) -> None:
    call_ = {"index": 0, "id": "a1", "function": {"name": "weather", "arguments": '{"city": "Mad"}'}}
    house = await serve(answer(said(tool_calls=[call_]), said(finish=finish)))
    heard = await call(house.model)
    assert (heard.answer.finish, len(heard.answer.calls)) == ("length", 1)
