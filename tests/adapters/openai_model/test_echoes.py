"""M14: what an endpoint wants back with a call goes back to it, and to no other."""

import json
from typing import Any

from agents.ports import ModelMessage, ModelRequest, ToolCall
from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.adapters.openai_model.test_requests import TOOL
from tests.fakes.model_endpoint import STOP, answer, said, status

SIGNED = {"google": {"thought_signature": "c2lnbmVk"}}


def piece(**extra: object) -> dict[str, Any]:
    return {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}, **extra}


def after(made: ToolCall) -> ModelRequest:
    """The request with the result of a call."""
    return ModelRequest(
        messages=[
            ModelMessage(role="user", text="weather?"),
            ModelMessage(role="assistant", text="", calls=(made,)),
            ModelMessage(role="tool", text="sun", call=made.id),
        ],
        tools=(TOOL,),
    )


async def test_m14_fields_of_a_call_and_reasoning_beside_it_go_back_as_they_came(serve: Serve) -> None:
    first = answer(
        said(reasoning_content="let me "),
        said(reasoning_content="look", reasoning_details=[{"type": "reasoning.text", "text": "let me"}]),
        said(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}]),
        said(tool_calls=[piece(extra_content=SIGNED)]),
        STOP,
    )
    house = await serve(first, answer(said("Sun."), STOP))
    (made,) = (await call(house.model, ask("weather?", tools=(TOOL,)))).answer.calls
    await call(house.model, after(made))
    sent = house.server.requests[1]["messages"][1]
    assert sent["reasoning_content"] == "let me look"
    assert [one["type"] for one in sent["reasoning_details"]] == ["reasoning.text", "reasoning.encrypted"]
    assert sent["tool_calls"][0]["extra_content"] == SIGNED


async def test_m14_another_model_is_not_shown_them(serve: Serve) -> None:
    house = await serve(answer(said(reasoning_content="hm"), said(tool_calls=[piece(extra_content=SIGNED)]), STOP))
    (made,) = (await call(house.model, ask("weather?", tools=(TOOL,)))).answer.calls
    other = await serve(answer(said("Sun."), STOP))
    await call(other.model, after(made))
    assert set(other.server.requests[0]["messages"][1]) == {"role", "content", "tool_calls"}
    assert set(other.server.requests[0]["messages"][1]["tool_calls"][0]) == {"id", "type", "function"}


async def test_m14_an_endpoint_that_does_not_take_its_own_thoughts_back_is_spared_them(serve: Serve) -> None:
    first = answer(said(reasoning_content="hm"), said(tool_calls=[piece()]), STOP)
    refusal = status(400, {"message": "reasoning_content is not allowed in the input messages"})
    house = await serve(first, refusal, answer(said("Sun."), STOP))
    (made,) = (await call(house.model, ask("weather?", tools=(TOOL,)))).answer.calls
    assert (await call(house.model, after(made))).text == "Sun."
    assert "reasoning_content" in house.server.requests[1]["messages"][1]
    assert "reasoning_content" not in house.server.requests[2]["messages"][1]


async def test_m14_what_would_be_too_much_to_keep_is_not_kept(serve: Serve) -> None:
    house = await serve(answer(said(reasoning_content="x" * 70_000), said(tool_calls=[piece()]), STOP))
    (made,) = (await call(house.model, ask("weather?", tools=(TOOL,)))).answer.calls
    assert made.echo == ""


async def test_m14_half_a_character_in_it_is_replaced(serve: Serve) -> None:
    house = await serve(answer(said(reasoning_content="hm \ud83d"), said(tool_calls=[piece()]), STOP))
    (made,) = (await call(house.model, ask("weather?", tools=(TOOL,)))).answer.calls
    assert json.loads(made.echo)["message"] == {"reasoning_content": "hm \ufffd"}
