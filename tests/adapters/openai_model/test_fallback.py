"""M4: models that stand in for one another."""

import pytest

from adapters.openai_model import with_fallback
from agents.errors import ModelFailed, ModelFailure
from agents.log.events import Usage
from agents.ports import ModelAnswer
from agents.testing import FakeModel, Partway
from tests.adapters.openai_model.conftest import Heard, call

COST = Usage(input_tokens=10, output_tokens=5, usd=1.0)


def failing(kind: ModelFailure = "server", usage: Usage | None = None) -> ModelFailed:
    return ModelFailed(f"It failed ({kind}).", kind=kind, usage=usage)


async def test_m4_the_primary_answers_while_it_can() -> None:
    primary, other = FakeModel(["one"]), FakeModel(["two"])
    assert (await call(with_fallback(primary, other))).text == "one"
    assert not other.requests


@pytest.mark.parametrize(
    "kind",
    [
        "credentials",
        "unknown_model",
        "too_long",
        "rate_limited",
        "server",
        "disconnected",
        "timeout",
        "invalid",
        "empty",
    ],
)
async def test_m4_the_next_one_answers_where_it_cannot(kind: ModelFailure) -> None:
    model = with_fallback(FakeModel([failing(kind)]), FakeModel([failing(kind)]), FakeModel(["three"], usage=COST))
    heard = await call(model)
    assert heard.text == heard.answer.text == "three"
    assert heard.answer.usage == COST


async def test_m19_the_next_one_answers_where_the_first_has_nothing_to_say() -> None:
    empty, other = ModelAnswer(text="", usage=COST), FakeModel([ModelAnswer(text="two", usage=COST)])
    heard = await call(with_fallback(FakeModel([empty]), other))
    assert (heard.text, heard.answer.text, heard.answer.usage) == ("two", "two", COST + COST)
    last = await call(with_fallback(FakeModel([empty]), FakeModel([ModelAnswer(text="")])))
    assert last.answer.text == ""


@pytest.mark.parametrize("kind", ["refused", "filtered"])
async def test_m4_a_refusal_is_an_answer(kind: ModelFailure) -> None:
    other = FakeModel(["two"])
    with pytest.raises(ModelFailed, match="It failed") as failed:
        await call(with_fallback(FakeModel([failing(kind)]), other))
    assert failed.value.kind == kind
    assert not other.requests


async def test_m4_nobody_takes_over_in_mid_sentence() -> None:
    other, heard = FakeModel(["two"]), Heard()
    with pytest.raises(ModelFailed):
        await call(with_fallback(FakeModel([Partway(first="I", then=failing())]), other), heard=heard)
    assert heard.text == "I"
    assert not other.requests


async def test_m4_when_all_fail_the_last_failure_is_told_with_all_that_it_cost() -> None:
    model = with_fallback(
        FakeModel([failing("timeout", COST)]), FakeModel([failing("server", COST)]), FakeModel([failing("server")])
    )
    with pytest.raises(ModelFailed, match="3 models failed, the last one so: It failed") as failed:
        await call(model)
    assert failed.value.kind == "server"
    assert failed.value.usage == COST + COST


async def test_m4_m5_what_the_failed_call_cost_is_part_of_the_answer() -> None:
    model = with_fallback(FakeModel([failing("timeout", COST)]), FakeModel(["two"], usage=COST))
    assert (await call(model)).answer.usage == COST + COST


def test_m4_a_fallback_has_a_name_and_the_highest_price() -> None:
    model = with_fallback(
        FakeModel(name="a", price=1.0), FakeModel(name="b", price=3.0), FakeModel(name="c", price=2.0)
    )
    assert model.name == "a (else b, else c)"
    assert model.price(COST) == 3.0
    assert with_fallback(FakeModel(price=1.0), FakeModel(price=None)).price(COST) is None


def test_m4_without_others_it_is_the_model_itself() -> None:
    primary = FakeModel()
    assert with_fallback(primary) is primary
