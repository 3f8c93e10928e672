"""The driver of autogen-agentchat 0.7.5; it runs in an environment that has that package, and autogen-ext."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from operator import and_, or_
from typing import Any

from autogen_agentchat.agents import AssistantAgent, CodeExecutorAgent, UserProxyAgent
from autogen_agentchat.base import TaskResult, TerminationCondition
from autogen_agentchat.conditions import (
    HandoffTermination,
    MaxMessageTermination,
    SourceMatchTermination,
    TextMentionTermination,
)
from autogen_agentchat.messages import BaseChatMessage, HandoffMessage
from autogen_agentchat.teams import (
    DiGraphBuilder,
    GraphFlow,
    RoundRobinGroupChat,
    SelectorGroupChat,
    Swarm,
)
from autogen_core import CancellationToken, FunctionCall
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from autogen_core.models import CreateResult, ModelInfo, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient

from tests.conformance.case import PERSON, Agent, Case, Chat, Chosen, End, Flow, Graph, Handoffs, Round, Table
from tests.conformance.observed import NobodyAnswers, Observed, answer, heard

ENDLESS = 60
"""So many turns no case needs."""

INFO = ModelInfo(
    vision=False, function_calling=True, json_output=False, family="unknown", structured_output=False,
    multiple_system_messages=True,
)  # fmt: skip

STOPS = {
    "Maximum number of": "limit",
    "Text ": "text",
    "Handoff to": "handoff",
    "answered": "speaker",
    "Digraph execution": "graph",
}


class Session:
    """One run of a case, and what is counted meanwhile."""

    def __init__(self, case: Case):
        self.case, self.asked = case, 0
        self.ran: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []
        self.people = {one.name: iter(one.people) for one in case.agents}
        self.models = {one.name: model(one.word(turn) for turn in range(ENDLESS)) for one in case.agents}
        self.chooser = model(getattr(case.speakers, "answers", ()))

    def agent(self, one: Agent) -> AssistantAgent | UserProxyAgent | CodeExecutorAgent:
        """An agent, as a user of the reference writes it."""
        if one.kind == "proxy":
            return UserProxyAgent(one.name, input_func=partial(self.ask, one.name))
        if one.kind == "runner":
            return CodeExecutorAgent(one.name, Sandbox(self))
        return AssistantAgent(one.name, self.models[one.name], handoffs=list(one.hands_to) or None)

    def ask(self, name: str, prompt: str) -> str:
        self.asked += 1
        for words in self.people[name]:
            return words
        raise NobodyAnswers

    def team(self) -> RoundRobinGroupChat | SelectorGroupChat | GraphFlow | Swarm:
        """The team, made anew after each restart."""
        agents = [self.agent(one) for one in self.case.agents]
        ends, speakers = self.case.ends, self.case.speakers
        most = min((int(str(one.of)) for one in ends.leaves if one.kind == "turns"), default=None) if ends else None
        rules: dict[str, Any] = {"termination_condition": condition(ends) if ends else None, "max_turns": most}
        match speakers:
            case Round():
                return RoundRobinGroupChat(agents, **rules)
            case Chat():
                return RoundRobinGroupChat(agents[::-1], **rules)
            case Handoffs():
                return Swarm(agents, **rules)
            case Flow():
                return GraphFlow(agents, graph(speakers, agents), **rules)
            case Chosen(repeats=repeats):
                allowed = candidates(speakers.graph, self.case) if speakers.graph else None
                return SelectorGroupChat(
                    agents, self.chooser, allow_repeated_speaker=repeats, candidate_func=allowed, **rules
                )
            case Graph():
                return SelectorGroupChat(agents, self.chooser, candidate_func=candidates(speakers, self.case), **rules)
            case Table():
                return SelectorGroupChat(agents, self.chooser, selector_func=picker(speakers), **rules)

    async def run(self) -> str | None:
        """Do what the case says; why it ended."""
        stop, team = None, self.team()
        for number, task in enumerate(self.case.tasks):
            if number and self.case.restarts:
                state, team = await team.save_state(), self.team()
                await team.load_state(state)
            async for message in team.run_stream(task=task):
                if isinstance(message, TaskResult):
                    stop = message.stop_reason
                elif isinstance(message, BaseChatMessage):
                    handed = isinstance(message, HandoffMessage)
                    text = f"-> {message.target}" if handed else message.to_text()
                    self.said.append((PERSON if message.source == "user" else message.source, text))
        return "+".join(sorted({kind for words, kind in STOPS.items() if words in (stop or "")}))

    def observed(self, stop: str | None) -> Observed:
        reads = {}
        for name in self.case.reads:
            prompts = [call["messages"] for call in self.models[name].create_calls]
            texts = [[str(one.content) for one in prompt if one.type != "SystemMessage"] for prompt in prompts]
            reads[name] = [heard(prompt, self.said) for prompt in texts]
        chosen = len(self.chooser.create_calls)
        return Observed(said=self.said, stop=stop, asked=self.asked, choosing=chosen, ran=self.ran, reads=reads)


class Sandbox(CodeExecutor):
    """Runs nothing; its programs end as the case says, up to the first that fails."""

    def __init__(self, session: Session):
        self.session = session

    async def execute_code_blocks(
        self, code_blocks: list[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        code, output = 0, ""
        for block in code_blocks:
            self.session.ran.append((block.language, block.code.strip()))
            code, printed = self.session.case.exits.get(block.code.strip(), (0, ""))
            output += printed
            if code:
                break
        return CodeResult(exit_code=code, output=output)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def restart(self) -> None: ...


def model(words: Sequence[str] | Iterator[str]) -> ReplayChatCompletionClient:
    """A scripted model."""
    return ReplayChatCompletionClient([result(text) for text in words], model_info=INFO)


def result(text: str) -> str | CreateResult:
    """An answer; ``-> bob`` is the call that hands over."""
    if not text.startswith("-> "):
        return text
    names = text.removeprefix("-> ").split(" & ")
    calls = [FunctionCall(id=name, name=f"transfer_to_{name}", arguments="{}") for name in names]
    usage = RequestUsage(prompt_tokens=1, completion_tokens=1)
    return CreateResult(finish_reason="function_calls", content=calls, usage=usage, cached=False)


def condition(end: End) -> TerminationCondition | None:
    """The ending without its turns, which a team counts by itself."""
    if isinstance(end.of, tuple):
        found = [made for made in map(condition, end.of) if made is not None]
        return reduce(and_ if end.kind == "and" else or_, found) if found else None
    match end.kind:
        case "messages":
            return MaxMessageTermination(int(end.of))
        case "text":
            return TextMentionTermination(str(end.of), sources=[end.by] if end.by else None)
        case "speaker":
            return SourceMatchTermination([str(end.of)])
        case "handoff":
            return HandoffTermination(str(end.of))
        case _:
            return None


def last_speaker(messages: Sequence[Any]) -> str:
    """By whom the newest message is."""
    spoken = [one.source for one in messages if isinstance(one, BaseChatMessage)]
    return PERSON if spoken[-1] == "user" else spoken[-1]


def candidates(transitions: Graph, case: Case) -> Callable[[Sequence[Any]], list[str]]:
    """The transitions as the function that narrows a selector's choice; after the person anybody may speak."""
    names = [one.name for one in case.agents]

    def allowed(messages: Sequence[Any]) -> list[str]:
        last = last_speaker(messages)
        after = names if last == PERSON else transitions.after.get(last, ())
        return [one for one in names if one not in after] if transitions.disallowed and last != PERSON else list(after)

    return allowed


def picker(table: Table) -> Callable[[Sequence[Any]], Any]:
    """The custom speaker function."""

    def pick(messages: Sequence[Any]) -> str | None:
        return table.after.get(last_speaker(messages))

    async def awaited(messages: Sequence[Any]) -> str | None:
        return pick(messages)

    return awaited if table.awaited else pick


def graph(flow: Flow, agents: Sequence[Any]) -> Any:
    """The directed graph."""
    named = {agent.name: agent for agent in agents}
    builder = DiGraphBuilder()
    for agent in agents:
        builder.add_node(agent, activation="any" if agent.name in flow.any_of else "all")
    for edge in flow.edges:
        builder.add_edge(named[edge.source], named[edge.target], condition=edge.when)
    builder.set_entry_point(agents[0])
    return builder.build()


async def session_of(case: Case) -> Observed:
    """Run one case."""
    session = Session(case)
    try:
        stop = await session.run()
    except Exception as error:
        # A team tells of an agent's error in the words of one of its own.
        return session.observed("waits" if NobodyAnswers.__name__ in str(error) else "error")
    return session.observed(stop)


def drive(case: Case) -> Observed:
    """Run one case in a loop of its own."""
    return asyncio.run(asyncio.wait_for(session_of(case), 20))


if __name__ == "__main__":
    answer(drive)
