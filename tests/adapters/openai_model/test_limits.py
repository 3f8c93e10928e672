"""M2: calls at once are limited, in order of arrival. M3: a cancelled call closes its connection."""

import asyncio
import time

import pytest

from adapters.openai_model import OpenAIModel
from agents.ports import TextDelta
from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.fakes.model_endpoint import STOP, answer, broken, held, said, silence


async def test_m2_no_more_calls_run_at_once_than_the_endpoint_allows(serve: Serve) -> None:
    gate = asyncio.Event()
    house = await serve(*[held(gate, answer(said("hi"), STOP))] * 6, concurrency=2)
    other = OpenAIModel(house.endpoint, "another")
    async with asyncio.TaskGroup() as tasks:
        for model in (house.model, other) * 3:
            tasks.create_task(call(model))
        await house.server.has_been_asked(2)
        gate.set()
    assert house.server.most_at_once == 2
    assert len(house.server.requests) == 6


async def test_m2_waiting_calls_are_served_in_order_of_arrival_whatever_their_model(serve: Serve) -> None:
    house = await serve(*[answer(said("hi"), STOP)] * 8, concurrency=1)
    rooms = [OpenAIModel(house.endpoint, f"of-room-{number % 4}") for number in range(8)]
    async with asyncio.TaskGroup() as tasks:
        for number, model in enumerate(rooms):
            tasks.create_task(call(model, ask(str(number))))
    asked = [request["messages"][0]["content"][-1] for request in house.server.requests]
    assert asked == [str(number) for number in range(8)]


async def test_m2_a_cancelled_or_failed_call_gives_its_place_back(serve: Serve) -> None:
    house = await serve(silence, answer(said("hi"), STOP), concurrency=1)
    waiting = asyncio.create_task(call(house.model))
    await house.server.has_been_asked()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await call(house.model)).text == "hi"


@pytest.mark.parametrize("play", [silence, broken(said("I "), how="stall")], ids=["before a word", "in mid-stream"])
async def test_m3_a_cancelled_call_closes_its_connection_within_300_ms(serve: Serve, play: object) -> None:
    house = await serve(play)
    calling = asyncio.create_task(call(house.model))
    await house.server.has_been_asked()
    begun = time.monotonic()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    async with asyncio.timeout(5):
        await house.server.closed.wait()
    assert time.monotonic() - begun < 0.3


async def test_m3_leaving_the_stream_closes_the_connection(serve: Serve) -> None:
    house = await serve(broken(said("I "), how="stall"))
    stream = house.model.stream(ask("hello"))
    assert await anext(stream) == TextDelta(text="I ")
    await stream.aclose()
    async with asyncio.timeout(0.3):
        await house.server.closed.wait()


async def test_an_endpoint_that_keeps_the_stream_open_after_the_end_does_not_hold_the_answer(serve: Serve) -> None:
    house = await serve(broken(said("hi"), STOP, b"data: [DONE]\n\n", how="stall"))
    async with asyncio.timeout(2):
        assert (await call(house.model)).answer.text == "hi"
        await house.server.closed.wait()
