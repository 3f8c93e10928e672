"""Model calls within budgets: reserved before, charged after, always counted (C27, P8, M5)."""

import asyncio

import pytest

from agents.budget.meter import EXPECTED_OUTPUT, Meter
from agents.errors import BudgetExceeded, ModelFailed, StoreFailed, WrongUse
from agents.log.events import Usage
from agents.ports import Cap, ModelAnswer, ModelMessage, ModelRequest, Ports, TextDelta, ToolSchema, estimated_tokens
from agents.testing import FakeModel, Gate, Partway, memory_ports

ROOM = "room:web:lobby/2026-05-28"
REQUEST = ModelRequest(messages=[ModelMessage(role="user", text="x" * 396)])
"""About 103 tokens."""


def ports_with(model: FakeModel) -> Ports:
    return memory_ports(models={"default": model})


class Linear(FakeModel):
    """One tenth of a cent for every token."""

    def price(self, usage: Usage) -> float:
        return usage.tokens / 1_000


def linear(*answers: object) -> Linear:
    return Linear(answers, usage=Usage(input_tokens=100, output_tokens=200))  # type: ignore[arg-type]


async def ask(meter: Meter, request: ModelRequest = REQUEST) -> ModelAnswer:
    return await meter.ask("default", request)


async def test_a_call_shows_what_comes_and_returns_the_answer_and_is_counted():
    meter = Meter(ports_with(FakeModel(["Hello."])), dict)
    shown: list[object] = []

    async def show(delta: object) -> None:
        shown.append(delta)

    answer = await meter.ask("default", REQUEST, show)
    assert (shown, answer.text) == ([TextDelta(text="Hello.")], "Hello.")
    assert (meter.model, meter.usage) == ("fake", Usage(input_tokens=10, output_tokens=5, usd=0.0))


async def test_c27_several_calls_are_added_up():
    meter = Meter(ports_with(FakeModel(["One.", "Two."])), dict)
    await ask(meter)
    await ask(meter)
    assert meter.usage == Usage(input_tokens=20, output_tokens=10, usd=0.0)


async def test_c27_a_price_is_asked_for_where_the_endpoint_names_none_and_may_be_unknown():
    meter = Meter(ports_with(linear("Hello.")), dict)
    await ask(meter)
    assert meter.usage == Usage(input_tokens=100, output_tokens=200, usd=0.3)
    meter = Meter(ports_with(FakeModel(["Hello."], usage=Usage(input_tokens=1), price=None)), dict)
    await ask(meter)
    assert meter.usage == Usage(input_tokens=1, usd=None)


async def test_an_unknown_model_is_refused_with_the_known_names():
    with pytest.raises(WrongUse, match=r"There is no model 'default'; the configured ones are: none\."):
        await ask(Meter(memory_ports(), dict))


async def test_p8_a_call_is_reserved_before_and_charged_what_it_cost():
    gate = Gate()
    ports = ports_with(linear(Partway(first="He", then=gate, rest="llo.")))
    meter = Meter(ports, lambda: {ROOM: Cap(usd=5.0)})
    async with asyncio.TaskGroup() as group:
        group.create_task(ask(meter))
        await gate.reached.wait()
        reserved = await ports.store.ledger.spent(ROOM)
        gate.open()
    assert reserved.tokens == estimated_tokens("x" * 396) + EXPECTED_OUTPUT
    assert reserved.usd == pytest.approx(reserved.tokens / 1_000)
    spent = await ports.store.ledger.spent(ROOM)
    assert (spent.usd, spent.tokens) == (pytest.approx(0.3), 300)


async def test_p8_what_does_not_fit_is_not_called():
    model = linear("never")
    with pytest.raises(BudgetExceeded):
        await ask(Meter(ports_with(model), lambda: {ROOM: Cap(usd=1.0)}))
    assert model.requests == []


async def test_p8_the_answers_own_limit_is_what_is_expected_of_it():
    ports = ports_with(linear("Hello."))
    request = ModelRequest(messages=REQUEST.messages, settings={"max_tokens": 10})
    await ask(Meter(ports, lambda: {ROOM: Cap(usd=0.2)}), request)
    unread = ModelRequest(messages=REQUEST.messages, settings={"max_tokens": "10"})
    with pytest.raises(BudgetExceeded):
        await ask(Meter(ports_with(linear("x")), lambda: {ROOM: Cap(usd=0.2)}), unread)


async def test_c26_tool_schemas_count_in_what_is_expected():
    schema = ToolSchema(name="search", description="d" * 4_000, parameters={})
    request = ModelRequest(messages=REQUEST.messages, tools=(schema,))
    with pytest.raises(BudgetExceeded):
        await ask(Meter(ports_with(linear("x")), lambda: {ROOM: Cap(usd=2.0)}), request)


@pytest.mark.parametrize("price", [None, 0.0])
async def test_p8_a_budget_in_dollars_does_not_bind_a_model_that_is_free_or_of_unknown_price(price: float | None):
    model = FakeModel(["Hello."], usage=Usage(input_tokens=7), price=price)
    ports = ports_with(model)
    caps = {ROOM: Cap(usd=0.0), "person:ana": Cap(usd=0.0, tokens=5_000)}
    await ask(Meter(ports, lambda: caps))
    assert (await ports.store.ledger.spent(ROOM)).tokens == 0
    assert (await ports.store.ledger.spent("person:ana")).tokens == 7


async def test_c27_a_failed_call_is_charged_what_it_cost():
    failure = ModelFailed("Down.", kind="server", usage=Usage(input_tokens=50, output_tokens=0))
    for error, spent in ((failure, 50), (ModelFailed("Down.", kind="server"), 0)):
        ports = ports_with(linear(error))
        meter = Meter(ports, lambda: {ROOM: Cap(usd=5.0)})
        with pytest.raises(ModelFailed):
            await ask(meter)
        assert (await ports.store.ledger.spent(ROOM)).tokens == spent
        assert meter.usage is not None
        assert meter.usage.tokens == spent


async def test_c27_an_interrupted_call_is_charged_an_estimate_of_what_had_come():
    gate = Gate()
    ports = ports_with(linear(Partway(first="y" * 80, then=gate)))
    meter = Meter(ports, lambda: {ROOM: Cap(usd=5.0)})
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(ask(meter))
        await gate.reached.wait()
        asking.cancel()
    assert meter.usage == Usage(input_tokens=103, output_tokens=20, usd=pytest.approx(0.123))
    assert (await ports.store.ledger.spent(ROOM)).tokens == 123


async def test_c27_an_answer_that_cannot_be_shown_is_charged_too():
    ports = ports_with(linear("Hello."))
    meter = Meter(ports, lambda: {ROOM: Cap(usd=5.0)})

    async def fail(delta: object) -> None:
        raise StoreFailed("The disk is full; free some space.")

    with pytest.raises(StoreFailed):
        await meter.ask("default", REQUEST, fail)
    assert (await ports.store.ledger.spent(ROOM)).tokens == 103 + len("Hello.") // 4


def test_the_window_of_a_model_is_what_the_model_says_of_itself() -> None:
    meter = Meter(ports_with(FakeModel(window=8_000)), dict)
    assert (meter.window("default"), meter.window("unknown")) == (8_000, None)
