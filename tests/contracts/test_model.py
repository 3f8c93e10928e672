"""What every `Model` keeps, whatever is behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from adapters.openai_model import Endpoint, OpenAIModel, with_fallback
from adapters.scripted_model import ScriptedModel
from agents.errors import ModelFailed
from agents.log.events import Usage
from agents.ports import Model, ModelAnswer, ModelMessage, ModelRequest, TextDelta, ThoughtDelta
from agents.testing import FakeModel, Gate, Partway
from tests.fakes.model_endpoint import STOP, broken, model_endpoint, said, silence
from tests.fakes.model_endpoint import answer as answered

REQUEST = ModelRequest(
    messages=[
        ModelMessage(role="system", text="You are planner."),
        ModelMessage(role="user", text="list the first 20 primes", name="ana"),
    ]
)


@dataclass(frozen=True, slots=True)
class Implementation:
    """A model that answers, one that fails (the script cannot), and one that never gets to its end."""

    answers: Model
    fails: Model | None
    hangs: Model


async def fake(stack: AsyncExitStack) -> Implementation:
    failure = ModelFailed("It failed; ask again.", kind="server", usage=Usage(input_tokens=1))
    return Implementation(
        FakeModel(lambda _: ModelAnswer(text="Hello there", thoughts="hm"), chunk=4),
        FakeModel([failure]),
        FakeModel([Partway(first="He", then=Gate())]),
    )


async def scripted(stack: AsyncExitStack) -> Implementation:
    async def never(seconds: float) -> None:
        await asyncio.Event().wait()

    async def at_once(seconds: float) -> None:
        return

    return Implementation(ScriptedModel(sleep=at_once), None, ScriptedModel(sleep=never))


async def openai(stack: AsyncExitStack) -> Implementation:
    async def model(*plays: object) -> OpenAIModel:
        server = await stack.enter_async_context(model_endpoint(*plays))
        return OpenAIModel(await stack.enter_async_context(Endpoint(server.url, "key", retries=0)), "m")

    good = answered(said(reasoning="hm"), said("Hello "), said("there"), STOP)
    return Implementation(await model(*[good] * 20), await model(broken(said("He"), how="close")), await model(silence))


async def fallback(stack: AsyncExitStack) -> Implementation:
    failure = ModelFailed("It failed; ask again.", kind="server")
    real = await openai(stack)
    assert real.fails is not None
    return Implementation(
        with_fallback(FakeModel(lambda _: failure), real.answers),
        with_fallback(FakeModel([failure]), real.fails),
        with_fallback(FakeModel([failure]), real.hangs),
    )


@pytest.fixture(params=[fake, scripted, openai, fallback], ids=lambda make: make.__name__)
async def made(request: pytest.FixtureRequest) -> AsyncIterator[Implementation]:
    async with AsyncExitStack() as stack:
        make: Callable[[AsyncExitStack], object] = request.param
        yield await make(stack)


async def heard(model: Model, request: ModelRequest = REQUEST) -> list[TextDelta | ThoughtDelta | ModelAnswer]:
    return [item async for item in model.stream(request)]


async def test_a_stream_ends_with_exactly_one_answer_that_is_the_sum_of_its_deltas(made: Implementation) -> None:
    *deltas, last = await heard(made.answers)
    assert isinstance(last, ModelAnswer)
    assert not any(isinstance(delta, ModelAnswer) for delta in deltas)
    assert "".join(one.text for one in deltas if isinstance(one, TextDelta)) == last.text != ""
    assert "".join(one.text for one in deltas if isinstance(one, ThoughtDelta)) == last.thoughts
    assert last.model
    assert all(one.text for one in deltas if not isinstance(one, ModelAnswer))


async def test_a_model_serves_many_rooms_at_once_and_mixes_nothing_up(made: Implementation) -> None:
    async with asyncio.TaskGroup() as rooms:
        calls = [rooms.create_task(heard(made.answers)) for _ in range(8)]
    texts = {call.result()[-1].text for call in calls}
    assert len(texts) == 1


async def test_a_request_is_left_as_it_is(made: Implementation) -> None:
    before = ModelRequest(messages=list(REQUEST.messages), settings=dict(REQUEST.settings))
    await heard(made.answers)
    await heard(made.answers)
    assert before == REQUEST


async def test_a_stream_may_be_left_early(made: Implementation) -> None:
    stream = made.answers.stream(REQUEST)
    await anext(stream)
    await stream.aclose()
    assert (await heard(made.answers))[-1].text


@pytest.mark.parametrize("made", [fake, openai, fallback], indirect=True, ids=lambda make: make.__name__)
async def test_m1_a_failure_is_one_sentence_for_people(made: Implementation) -> None:
    assert made.fails is not None
    with pytest.raises(ModelFailed) as failed:
        await heard(made.fails)
    assert str(failed.value).endswith(".")
    assert failed.value.kind


async def test_m3_a_call_can_be_cancelled_while_it_waits(made: Implementation) -> None:
    calling = asyncio.create_task(heard(made.hangs))
    for _ in range(20):
        await asyncio.sleep(0)
    calling.cancel()
    async with asyncio.timeout(0.3):
        with pytest.raises(asyncio.CancelledError):
            await calling


async def test_a_model_has_a_name_and_a_price(made: Implementation) -> None:
    assert made.answers.name
    assert made.answers.price(Usage(input_tokens=1_000)) == 0.0
