"""The model against a real small one (`make test-local-model`): latency, streaming and manners that no fake has.

SmolLM2-135M is too small to choose speakers or to call tools well, so what it says is not looked at.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator

import pytest

from adapters.openai_model import Endpoint, OpenAIModel
from agents.errors import ModelFailed
from agents.ports import ModelMessage, ModelRequest
from tests.adapters.openai_model.conftest import Heard, call

LOGGER = logging.getLogger(__name__)
pytestmark = pytest.mark.local_model

URL = os.environ.get("TERTULIA_LOCAL_MODEL", "")
ASK = ModelRequest(
    messages=[
        ModelMessage(role="system", text="You are coder, one participant of a group chat."),
        ModelMessage(role="user", text="Tell me about the moon.", name="ana"),
        ModelMessage(role="user", text="And about the sun, please.", name="ben"),
    ],
    settings={"temperature": 0.0, "max_tokens": 30},
)


@pytest.fixture
async def model() -> AsyncIterator[OpenAIModel]:
    if not URL:
        pytest.skip("no local model is served; run make test-local-model")
    async with Endpoint(URL) as endpoint:
        yield OpenAIModel(endpoint, "smollm2")


async def test_it_streams_an_answer_with_usage(model: OpenAIModel) -> None:
    begun = time.monotonic()
    heard = Heard()
    first = 0.0
    async for item in model.stream(ASK):
        first = first or time.monotonic() - begun
        heard.add(item)
    seconds = time.monotonic() - begun
    usage = heard.answer.usage
    assert heard.text == heard.answer.text != ""
    assert len(heard.deltas) > 5
    assert usage.input_tokens > 20
    assert 0 < usage.output_tokens <= 30
    assert usage.usd == 0.0
    LOGGER.info("first delta after %.2f s, %.0f tokens a second", first, usage.output_tokens / (seconds - first))


async def test_c10_a_schema_is_kept(model: OpenAIModel) -> None:
    names = ["coder", "planner", "nobody"]
    schema = {
        "type": "object",
        "properties": {"speaker": {"type": "string", "enum": names}},
        "required": ["speaker"],
        "additionalProperties": False,
    }
    answer = (await call(model, ModelRequest(messages=ASK.messages, schema=schema, settings={"max_tokens": 40}))).answer
    assert any(name in answer.text for name in names)


async def test_m3_a_cancelled_call_frees_the_server(model: OpenAIModel) -> None:
    long = ModelRequest(messages=ASK.messages, settings={"max_tokens": 2_000, "temperature": 1.0})
    stream = model.stream(long)
    await anext(stream)
    async with asyncio.timeout(0.3):
        await stream.aclose()
    async with asyncio.timeout(60):  # the model shares the cores with whatever else runs
        short = ModelRequest(messages=ASK.messages, settings={"max_tokens": 5})
        assert (await call(model, short)).answer.text


async def test_m1_more_than_it_can_read_is_told_apart(model: OpenAIModel) -> None:
    long = ModelRequest(messages=[ModelMessage(role="user", text="moon and sun " * 8_000)], settings={"max_tokens": 5})
    with pytest.raises(ModelFailed) as failed:
        await call(model, long)
    assert failed.value.kind == "too_long"
