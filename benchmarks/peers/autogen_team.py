"""autogen-agentchat 0.7: its teams, with a model client that answers at once."""

import asyncio
import itertools
import warnings

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_core import FunctionCall
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResultMessage,
    ModelInfo,
    RequestUsage,
)

from benchmarks.peers.works import LATENCY, NAMES, ROLE, ROOM_TURNS, SAID, TASK, at_once, per_turn, run

USAGE = RequestUsage(10, 5)
ANSWER = CreateResult(finish_reason="stop", content=SAID, usage=USAGE, cached=False)


class Instant(ChatCompletionClient):
    """Answers with what ``answer`` makes of the messages."""

    component_type = "model"

    def __init__(self, answer=lambda _: ANSWER, latency=0.0):
        self._answer, self._latency = answer, latency

    async def create(self, messages, **_):
        if self._latency:
            await asyncio.sleep(self._latency)
        return self._answer(messages)

    async def create_stream(self, messages, **_):
        yield await self.create(messages)

    async def close(self):
        pass

    def actual_usage(self):
        return RequestUsage(0, 0)

    total_usage = actual_usage

    def count_tokens(self, messages, **_):
        return 0

    def remaining_tokens(self, messages, **_):
        return 100_000

    @property
    def model_info(self):
        return ModelInfo(
            vision=False, function_calling=True, json_output=True, family="unknown", structured_output=True
        )

    capabilities = model_info


def assistants(model):
    return [AssistantAgent(name, model, description=ROLE, system_message=ROLE) for name in NAMES]


async def talked(team, messages):
    result = await team.run(task=TASK)
    assert len(result.messages) == messages, (len(result.messages), messages)
    return team


async def round_robin(turns):
    team = RoundRobinGroupChat(assistants(Instant()), termination_condition=MaxMessageTermination(turns + 1))
    return await per_turn(turns, talked(team, turns + 1))


async def selector(turns):
    names = itertools.cycle(NAMES)

    def chosen(_):
        return CreateResult(finish_reason="stop", content=next(names), usage=USAGE, cached=False)

    ending = MaxMessageTermination(turns + 1)
    team = SelectorGroupChat(assistants(Instant()), Instant(chosen), termination_condition=ending)
    return await per_turn(turns, talked(team, turns + 1))


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city."""
    return f"{city}: {days} days of sun"


async def tool_turn(turns):
    """An agent each, because it remembers what was said to it. Four messages: task, call, result, answer."""
    numbers = itertools.count()

    def answer(messages):
        if isinstance(messages[-1], FunctionExecutionResultMessage):
            return ANSWER
        number = next(numbers)
        call = FunctionCall(id=f"call-{number}", name="weather", arguments=f'{{"city": "Madrid {number}"}}')
        return CreateResult(finish_reason="function_calls", content=[call], usage=USAGE, cached=False)

    model = Instant(answer)

    async def work():
        for _ in range(turns):
            agent = AssistantAgent("ana", model, tools=[weather], reflect_on_tool_use=True, system_message=ROLE)
            await talked(agent, 4)

    return await per_turn(turns, work())


async def rooms(count):
    """A team each."""
    model = Instant(latency=LATENCY)

    async def room(_):
        ending = MaxMessageTermination(ROOM_TURNS + 1)
        return await talked(RoundRobinGroupChat(assistants(model), termination_condition=ending), ROOM_TURNS + 1)

    return await at_once(count, room)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run({"round_robin": round_robin, "selector": selector, "tool_turn": tool_turn, "rooms": rooms})
