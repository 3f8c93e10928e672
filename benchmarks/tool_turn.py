"""A turn in which the model calls a tool, reads its result and answers: two model calls, one call of a function."""

from collections.abc import Callable, Iterator
from itertools import count

from msgspec.structs import replace

from adapters.function_tools import FunctionTools
from agents.ports import ModelAnswer, ModelRequest, ToolCall
from benchmarks.measuring import Size, samples
from benchmarks.stage import USAGE, InstantModel, in_memory, talk, team_of, turns_in, usual_words
from benchmarks.table import Row

TURNS = 100


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city."""
    return f"{city}: {days} days of sun"


def calls_tool() -> Callable[[ModelRequest], ModelAnswer]:
    """Answers for `InstantModel`: a call of `weather`, and after its result the usual words."""
    numbers = count()

    def answer(request: ModelRequest) -> ModelAnswer:
        if request.messages[-1].role == "tool":
            return usual_words(request)
        # Other arguments each time: the same call three times in a row would stop the team.
        number = next(numbers)
        call = ToolCall(id=f"call-{number}", tool="weather", arguments=f'{{"city": "Madrid {number}"}}')
        return ModelAnswer(text="", calls=(call,), usage=USAGE, finish="tools", model="instant")

    return answer


def measure(size: Size) -> Iterator[Row]:
    """CPU per turn; the tool is a typed function whose arguments are validated."""
    turns = size.of(TURNS)

    async def tools() -> float:
        ports = replace(in_memory(InstantModel(calls_tool())), tool_of=FunctionTools().tool)
        spent = await talk(ports, team_of(turns, tools=[weather]))
        assert await turns_in(ports) == turns
        return spent.cpu / turns * 1e3

    yield Row(what="tool turn, CPU per turn", samples=samples(size, tools), unit="ms", floor=0.002)
