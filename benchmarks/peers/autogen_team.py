"""autogen-agentchat 0.7: round robin, selector and a tool turn with a model client that answers at once."""

import itertools
import json
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

from benchmarks.measuring import FULL, cost, samples

NAMES = ("ana", "ben", "cid", "dot")
TASK = "Please begin, and take turns."
ANSWER = CreateResult(
    finish_reason="stop", content="All right, I am on it.", usage=RequestUsage(10, 5), cached=False
)  # fmt: skip
TURNS, TOOL_TURNS = 200, 100


class Instant(ChatCompletionClient):
    """Answers at once with what ``answer`` makes of the messages."""

    component_type = "model"

    def __init__(self, answer=lambda _: ANSWER):
        self._answer = answer

    async def create(self, messages, **_):
        return self._answer(messages)

    async def create_stream(self, messages, **_):
        yield self._answer(messages)

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


def assistants():
    return [AssistantAgent(name, Instant(), description="Takes part.", system_message="Takes part.") for name in NAMES]


async def spent(team, turns, messages):
    result = None

    async def run():
        nonlocal result
        result = await team.run(task=TASK)

    used = await cost(run())
    assert len(result.messages) == messages, (len(result.messages), messages)
    return used.cpu / turns * 1e3


async def round_robin():
    team = RoundRobinGroupChat(assistants(), termination_condition=MaxMessageTermination(TURNS + 1))
    return await spent(team, TURNS, TURNS + 1)


async def selector():
    names = itertools.cycle(NAMES)

    def chosen(_):
        return CreateResult(finish_reason="stop", content=next(names), usage=RequestUsage(10, 5), cached=False)

    ending = MaxMessageTermination(TURNS + 1)
    return await spent(SelectorGroupChat(assistants(), Instant(chosen), termination_condition=ending), TURNS, TURNS + 1)


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city."""
    return f"{city}: {days} days of sun"


async def tool_turn():
    numbers = itertools.count()

    def answer(messages):
        if isinstance(messages[-1], FunctionExecutionResultMessage):
            return ANSWER
        number = next(numbers)
        call = FunctionCall(id=f"call-{number}", name="weather", arguments=f'{{"city": "Madrid {number}"}}')
        return CreateResult(finish_reason="function_calls", content=[call], usage=RequestUsage(10, 5), cached=False)

    agents = [
        AssistantAgent(name, Instant(answer), tools=[weather], reflect_on_tool_use=True, system_message="Takes part.")
        for name in NAMES
    ]
    # A turn is three messages in the result: the call, its result, the answer. Only the answer counts for the ending.
    ending = MaxMessageTermination(TOOL_TURNS + 1)
    return await spent(RoundRobinGroupChat(agents, termination_condition=ending), TOOL_TURNS, 3 * TOOL_TURNS + 1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    works = {"round robin": round_robin, "selector": selector, "tool turn": tool_turn}
    print(json.dumps({name: samples(FULL, work) for name, work in works.items()}))
