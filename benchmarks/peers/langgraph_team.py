"""LangGraph 1.2: a node for each agent, as its guide to multi-agent graphs has it.

Only ``rooms`` has a checkpointer, because only these must be there to go on with.
"""

import asyncio
import itertools
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command

from benchmarks.peers.works import LATENCY, NAMES, ROLE, ROOM_TURNS, SAID, TASK, at_once, per_turn, run

SYSTEM = SystemMessage(ROLE)
BEGIN = {"messages": [{"role": "user", "content": TASK}]}


class Instant(BaseChatModel):
    """Answers with what ``answer`` makes of the messages."""

    answer: Any = lambda _: AIMessage(SAID)
    latency: float = 0.0

    @property
    def _llm_type(self):
        return "instant"

    def _generate(self, messages, stop=None, run_manager=None, **_):
        return ChatResult(generations=[ChatGeneration(message=self.answer(messages))])

    async def _agenerate(self, messages, stop=None, run_manager=None, **_):
        if self.latency:
            await asyncio.sleep(self.latency)
        return self._generate(messages)

    def bind_tools(self, tools, **options):
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **options)


def speaker(name, model):
    async def speak(state: MessagesState):
        reply = await model.ainvoke([SYSTEM, *state["messages"]])
        reply.name = name
        return {"messages": [reply]}

    return speak


def ring(turns, model, checkpointer=None):
    """Each agent's node leads to the next one's until there were enough turns."""
    graph = StateGraph(MessagesState)
    graph.add_edge(START, NAMES[0])
    for name, following in zip(NAMES, NAMES[1:] + NAMES[:1], strict=True):
        graph.add_node(name, speaker(name, model))
        graph.add_conditional_edges(
            name, lambda state, following=following: END if len(state["messages"]) > turns else following
        )
    return graph.compile(checkpointer=checkpointer)


async def talked(graph, steps, turns):
    result = await graph.ainvoke(BEGIN, {"recursion_limit": steps + 5})
    assert len(result["messages"]) == turns + 1, len(result["messages"])


async def round_robin(turns):
    return await per_turn(turns, talked(ring(turns, Instant()), turns, turns))


class Router(TypedDict):
    """Who speaks next."""

    next: Annotated[Literal["ana", "ben", "cid", "dot"], ..., "The agent that speaks next."]


async def selector(turns):
    """A supervisor's node asks a model with a schema and leads to the node that it names, which leads back."""
    names = itertools.cycle(NAMES)

    def choose(_):
        return AIMessage("", tool_calls=[{"id": "call", "name": "Router", "args": {"next": next(names)}}])

    chooser = Instant(answer=choose).with_structured_output(Router)

    async def supervisor(state: MessagesState) -> Command[Literal["ana", "ben", "cid", "dot", "__end__"]]:
        if len(state["messages"]) > turns:
            return Command(goto=END)
        return Command(goto=(await chooser.ainvoke([SYSTEM, *state["messages"]]))["next"])

    graph = StateGraph(MessagesState)
    graph.add_edge(START, "supervisor")
    graph.add_node("supervisor", supervisor)
    for name in NAMES:
        graph.add_node(name, speaker(name, Instant()))
        graph.add_edge(name, "supervisor")
    return await per_turn(turns, talked(graph.compile(), 2 * turns, turns))


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city."""
    return f"{city}: {days} days of sun"


async def tool_turn(turns):
    """The usual graph of a model and its tools, a conversation each."""
    numbers = itertools.count()

    def answer(messages):
        if isinstance(messages[-1], ToolMessage):
            return AIMessage(SAID)
        number = next(numbers)
        call = {"id": f"call-{number}", "name": "weather", "args": {"city": f"Madrid {number}"}}
        return AIMessage("", tool_calls=[call])

    graph = StateGraph(MessagesState)
    graph.add_node("agent", speaker("ana", Instant(answer=answer).bind_tools([weather])))
    graph.add_node("tools", ToolNode([weather]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    agent = graph.compile()

    async def work():
        for _ in range(turns):
            await talked(agent, 3, 3)

    return await per_turn(turns, work())


async def rooms(count):
    """One graph with a checkpointer; each room is a thread of it."""
    graph = ring(ROOM_TURNS, Instant(latency=LATENCY), InMemorySaver())

    async def room(number):
        result = await graph.ainvoke(BEGIN, {"configurable": {"thread_id": f"room-{number}"}})
        assert len(result["messages"]) == ROOM_TURNS + 1
        return graph

    return await at_once(count, room)


if __name__ == "__main__":
    run({"round_robin": round_robin, "selector": selector, "tool_turn": tool_turn, "rooms": rooms})
