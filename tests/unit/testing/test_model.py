"""The fake model does what a test tells it to."""

import asyncio

import pytest

from agents.errors import ModelFailed, WrongUse
from agents.log.events import Usage
from agents.ports import ModelAnswer, ModelMessage, ModelRequest, TextDelta, ThoughtDelta
from agents.testing import FakeModel, Gate, Partway

REQUEST = ModelRequest(messages=[ModelMessage(role="user", text="hello")])


async def heard(model: FakeModel, request: ModelRequest = REQUEST) -> list[TextDelta | ThoughtDelta | ModelAnswer]:
    return [item async for item in model.stream(request)]


async def test_answers_come_in_order_and_requests_are_kept() -> None:
    model = FakeModel(["one", "two"])
    assert [(await heard(model))[-1].text for _ in range(2)] == ["one", "two"]
    assert model.requests == [REQUEST, REQUEST]


async def test_answers_may_follow_from_the_request() -> None:
    model = FakeModel(lambda request: request.messages[-1].text.upper())
    assert (await heard(model))[-1].text == "HELLO"


async def test_a_question_too_many_is_a_mistake_of_the_test() -> None:
    with pytest.raises(WrongUse, match="'fake' was asked more often than it has answers"):
        await heard(FakeModel())


async def test_text_comes_in_one_delta_or_in_chunks() -> None:
    assert [item.text for item in await heard(FakeModel(["hello"]))] == ["hello", "hello"]
    assert [item.text for item in await heard(FakeModel(["hello"], chunk=2))] == ["he", "ll", "o", "hello"]
    assert [item.text for item in await heard(FakeModel([""]))] == [""]


async def test_an_answer_is_given_as_it_is() -> None:
    answer = ModelAnswer(text="yes", thoughts="hm", usage=Usage(input_tokens=3), model="m")
    assert await heard(FakeModel([answer])) == [ThoughtDelta(text="hm"), TextDelta(text="yes"), answer]


async def test_an_answer_without_a_model_gets_its_name() -> None:
    (*_, answer) = await heard(FakeModel([ModelAnswer(text="yes")], name="small"))
    assert isinstance(answer, ModelAnswer)
    assert answer.model == "small"


async def test_usage_and_price_are_what_was_set() -> None:
    usage = Usage(input_tokens=7, usd=0.5)
    model = FakeModel(["yes"], usage=usage, price=0.5)
    (*_, answer) = await heard(model)
    assert isinstance(answer, ModelAnswer)
    assert answer.usage == usage
    assert model.price(Usage()) == 0.5


async def test_it_fails_at_once_or_partway() -> None:
    failure = ModelFailed("It failed.", kind="server")
    with pytest.raises(ModelFailed):
        await heard(FakeModel([failure]))
    stream = FakeModel([Partway(first="I", then=failure)]).stream(REQUEST)
    assert await anext(stream) == TextDelta(text="I")
    with pytest.raises(ModelFailed):
        await anext(stream)


async def test_it_waits_at_a_gate_until_that_is_opened() -> None:
    gate = Gate()
    calling = asyncio.create_task(heard(FakeModel([Partway(first="I ", then=gate, rest="was here")])))
    await gate.reached.wait()
    assert not calling.done()
    gate.open()
    assert [item.text for item in await calling] == ["I ", "was here", "I was here"]
