"""M5: tokens and money are recorded for streamed and failed calls too; C27: prices."""

import pytest

from adapters.openai_model import Endpoint, OpenAIModel
from agents.errors import ModelFailed
from agents.log.events import Usage
from agents.log.files import FileRef
from agents.ports import ModelMessage, ModelRequest, ToolSchema
from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.fakes.model_endpoint import STOP, answer, broken, said, silence, status

LONG = "x" * 4_000


async def usage_of_failure(model: OpenAIModel, request: ModelRequest | None = None) -> Usage | None:
    with pytest.raises(ModelFailed) as failed:
        await call(model, request)
    return failed.value.usage


async def test_m5_an_answer_without_usage_is_estimated(serve: Serve) -> None:
    house = await serve(answer(said("y" * 400), STOP))
    usage = (await call(house.model, ask(LONG))).answer.usage
    assert usage.input_tokens == pytest.approx(1_000, abs=10)
    assert usage.output_tokens == 100


async def test_m5_a_call_that_breaks_off_is_charged_by_estimate(serve: Serve) -> None:
    house = await serve(broken(said("y" * 400), how="close"))
    usage = await usage_of_failure(house.model, ask(LONG))
    assert usage is not None
    assert usage.input_tokens == pytest.approx(1_000, abs=10)
    assert usage.output_tokens == 100
    assert usage.usd == 0.0


async def test_m5_the_estimate_learns_from_answers(serve: Serve) -> None:
    shown = answer(said("hi"), STOP, usage={"prompt_tokens": 2_000, "completion_tokens": 1})
    house = await serve(*[shown] * 12, broken(said("y" * 400), how="close"))
    for _ in range(12):
        await call(house.model, ask(LONG))
    usage = await usage_of_failure(house.model, ask(LONG))
    assert usage is not None
    assert usage.input_tokens == pytest.approx(2_000, rel=0.1)
    assert usage.output_tokens == pytest.approx(200, rel=0.1)


async def test_m5_a_timeout_is_charged_because_the_endpoint_was_working(serve: Serve) -> None:
    house = await serve(silence, timeout=0.05)
    usage = await usage_of_failure(house.model, ask(LONG))
    assert usage is not None
    assert usage.input_tokens == pytest.approx(1_000, abs=10)
    assert usage.output_tokens == 0


async def test_m5_a_refusal_is_charged_as_the_endpoint_says(serve: Serve) -> None:
    told = {"prompt_tokens": 50, "completion_tokens": 5}
    house = await serve(answer(said(refusal="No."), STOP, usage=told))
    usage = await usage_of_failure(house.model)
    assert usage is not None
    assert usage.tokens == 55


async def test_m5_what_was_never_worked_on_costs_nothing(serve: Serve) -> None:
    house = await serve(status(401))
    assert await usage_of_failure(house.model) is None


async def test_m5_tools_and_images_are_part_of_the_estimate(serve: Serve) -> None:
    house = await serve(broken(said("y"), how="close"))
    image = FileRef(sha256="0" * 64, name="a.png", media_type="image/png", size=4)
    tool = ToolSchema(name="t", description="d" * 400, parameters={})
    message = ModelMessage(role="user", text="look", images=(image,))
    usage = await usage_of_failure(house.model, ModelRequest(messages=[message], tools=(tool,)))
    assert usage is not None
    assert 900 < usage.input_tokens < 920


async def test_c27_a_known_model_at_a_known_host_has_a_price() -> None:
    async with Endpoint("https://api.openai.com/v1", "key") as endpoint:
        price = OpenAIModel(endpoint, "gpt-5-mini").price
        fresh = price(Usage(input_tokens=1_000_000))
        assert fresh is not None
        assert 0 < fresh < 10
        cached = price(Usage(input_tokens=1_000_000, cached_tokens=1_000_000))
        assert cached is not None
        assert cached < fresh


@pytest.mark.parametrize(
    ("base_url", "model"),
    [("https://api.openai.com/v1", "no-such-model"), ("https://llm.example.com/v1", "gpt-5-mini")],
)
async def test_c27_an_unknown_host_or_model_has_no_price(base_url: str, model: str) -> None:
    assert OpenAIModel(Endpoint(base_url, "key"), model).price(Usage(input_tokens=1)) is None


@pytest.mark.parametrize("host", ["127.0.0.1:11434", "localhost:8000", "[::1]:8000", "ollama.localhost"])
async def test_c27_calls_to_this_machine_are_free(host: str) -> None:
    assert OpenAIModel(Endpoint(f"http://{host}/v1"), "llama").price(Usage(input_tokens=1)) == 0.0
