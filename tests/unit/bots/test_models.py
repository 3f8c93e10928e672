"""M4, M7: the models of a config, made of the adapters that speak to them."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from agents.errors import WrongUse
from agents.log.events import Usage
from agents.ports import Model, ModelAnswer, ModelMessage, ModelRequest
from agents.testing import FakeModel, MemoryFiles
from bots.config import load
from bots.config.tables import ModelTable, Prices
from bots.models import Priced, make_models
from tests.fakes.model_endpoint import STOP, answer, model_endpoint, said, status
from tests.unit.bots.test_config_loader import written

HELLO = ModelRequest(messages=[ModelMessage(role="user", text="hello", name="ana")])
USAGE = {"prompt_tokens": 2_000_000, "completion_tokens": 1_000_000, "total_tokens": 3_000_000}


async def answer_of(model: Model) -> ModelAnswer:
    *_, last = [part async for part in model.stream(HELLO)]
    assert isinstance(last, ModelAnswer)
    return last


async def test_models_of_one_address_and_key_share_their_line_and_their_connection(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            model_endpoint(*[answer(said(f"{number}"), STOP) for number in range(3)])
        )
        table = f'base_url = "{server.url}"\napi_key = "env:KEY"\n'
        loaded = load(written(tmp_path, f'[models.small]\nmodel = "s"\n{table}[models.large]\nmodel = "l"\n{table}'))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KEY", "k-1")
            models = await make_models(loaded, loaded.config.models["small"], MemoryFiles(), stack)
        assert set(models) == {"small", "large", "default"}
        assert [(await answer_of(models[name])).text for name in ("small", "large", "default")] == ["0", "1", "2"]
        assert server.connections == 1
        assert [request["model"] for request in server.requests] == ["s", "l", "s"]
        assert all("authorization: bearer k-1" in head.lower() for head in server.heads)


async def test_m4_the_fallback_that_the_config_names_stands_in(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        down = await stack.enter_async_context(model_endpoint(status(401, {"message": "no"})))
        up = await stack.enter_async_context(model_endpoint(answer(said("Here I am."), STOP)))
        loaded = load(written(tmp_path, f'[models.spare]\nmodel = "s"\nbase_url = "{up.url}"\n'))
        default = ModelTable(model="d", base_url=down.url, fallback=("spare",))
        models = await make_models(loaded, default, MemoryFiles(), stack)
        assert (await answer_of(models["default"])).text == "Here I am."
        assert models["default"].name.startswith("d")
        assert "else s" in models["default"].name


async def test_m7_prices_of_ones_own_count_in_every_answer(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(model_endpoint(answer(said("Hi."), STOP, usage=USAGE)))
        loaded = load(written(tmp_path, ""))
        default = ModelTable(model="d", base_url=server.url, prices=Prices(input=1.0, output=2.0))
        models = await make_models(loaded, default, MemoryFiles(), stack)
        assert (await answer_of(models["default"])).usage.usd == pytest.approx(4.0)


@pytest.mark.parametrize(("cached", "usd"), [(None, 3.0), (0.5, 2.5)])
def test_m7_cached_tokens_cost_what_is_said_or_what_all_cost(cached: float | None, usd: float) -> None:
    model = Priced(FakeModel(["Hi."]), Prices(input=1.0, output=1.0, cached=cached))
    usage = Usage(input_tokens=2_000_000, cached_tokens=1_000_000, output_tokens=1_000_000)
    assert model.price(usage) == pytest.approx(usd)
    assert model.name == FakeModel(["Hi."]).name


async def test_a_key_that_is_not_there_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    loaded = load(written(tmp_path, '[models.large]\nmodel = "l"\napi_key = "env:NO_SUCH_KEY"\n'))
    async with AsyncExitStack() as stack:
        with pytest.raises(WrongUse, match=r"\[models\.large\] api_key .* NO_SUCH_KEY is not set"):
            await make_models(loaded, ModelTable(model="d", base_url="http://127.0.0.1:9/v1"), MemoryFiles(), stack)
