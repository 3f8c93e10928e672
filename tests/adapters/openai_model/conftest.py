"""What every test of the model needs: an endpoint that it tells what to do, and a model that asks it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest

from adapters.openai_model import Endpoint, OpenAIModel
from adapters.openai_model.habits import Lacking
from agents.ports import Files, Model, ModelAnswer, ModelMessage, ModelRequest, TextDelta, ThoughtDelta
from tests.fakes.model_endpoint import ModelEndpoint, Play, model_endpoint


@dataclass
class Heard:
    """What came out of one call."""

    deltas: list[TextDelta | ThoughtDelta] = field(default_factory=list[TextDelta | ThoughtDelta])
    answers: list[ModelAnswer] = field(default_factory=list[ModelAnswer])

    def add(self, item: TextDelta | ThoughtDelta | ModelAnswer) -> None:
        if isinstance(item, ModelAnswer):
            self.answers.append(item)
        else:
            self.deltas.append(item)

    @property
    def answer(self) -> ModelAnswer:
        (answer,) = self.answers
        return answer

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, TextDelta))

    @property
    def thoughts(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, ThoughtDelta))


async def call(model: Model, request: ModelRequest | None = None, heard: Heard | None = None) -> Heard:
    """Ask; give a ``heard`` to see what came before a failure."""
    heard = heard or Heard()
    async for item in model.stream(request or ask("hello")):
        heard.add(item)
    return heard


def ask(*texts: str, **fields: Any) -> ModelRequest:
    """A request with these messages from ana."""
    return ModelRequest(messages=[ModelMessage(role="user", text=text, name="ana") for text in texts], **fields)


Serve: TypeAlias = Callable[..., Any]


@dataclass
class House:
    """A served endpoint with a model at it, and the pauses the model took before it asked again."""

    server: ModelEndpoint
    endpoint: Endpoint
    model: OpenAIModel
    pauses: list[float]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve(play, ..., model=..., settings=..., files=..., **limits of the endpoint)``."""
    async with AsyncExitStack() as stack:

        async def start(
            *plays: Play,
            model: str = "m",
            settings: dict[str, object] | None = None,
            files: Files | None = None,
            api_key: str = "key",
            without: Sequence[Lacking] = (),
            **limits: Any,
        ) -> House:
            server = await stack.enter_async_context(model_endpoint(*plays))
            pauses: list[float] = []

            async def pause(seconds: float) -> None:
                pauses.append(seconds)

            endpoint = await stack.enter_async_context(Endpoint(server.url, api_key, **{"sleep": pause, **limits}))
            return House(
                server, endpoint, OpenAIModel(endpoint, model, settings=settings, files=files, without=without), pauses
            )

        yield start
