"""The driver of Tertulia: its public interface, in a house over ports in memory."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from agents import (
    Conversable,
    Team,
    Termination,
    Transcript,
    WrongUse,
    along,
    answering_with,
    assistant,
    code_runner,
    first,
    handed_over,
    max_messages,
    max_turns,
    model_chooses,
    round_robin,
    said,
    two_agent_chat,
    user_proxy,
    when,
)
from agents.log.code_blocks import CodeBlock
from agents.log.events import Answered, Asked
from agents.log.participants import short_name
from agents.log.transcript import Message, Question
from agents.ports import ModelAnswer, RunResult
from agents.team.policies import Speakers
from agents.team.termination import handed_to, last_speaker_is, never
from agents.testing import FakeModel, FakeSandbox
from agents.turn.conversable import Trigger
from tests.conformance.case import PERSON, Agent, Case, Chat, Chosen, End, Flow, Graph, Handoffs, Reply, Round, Table
from tests.conformance.observed import Observed, heard
from tests.unit.house import House, calls

CHOOSING = "default"
"""The name of the model that chooses speakers."""

PLACES = {"first": 0, "after check": 1, "last": 9}
BUTTONS = {"": "Go on", "exit": "End"}
"""What a person presses who has nothing to say, or enough."""

STOPS = {
    "The limit of": "limit",
    " said ": "text",
    "ended the conversation": "text",
    "handed over": "handoff",
    "has spoken": "speaker",
}


class Session:
    """One run of a case, and what is counted meanwhile."""

    def __init__(self, case: Case):
        self.case = case
        self.ran: list[tuple[str, str]] = []
        self.people = {one.name: iter(one.people) for one in case.agents}
        self.models = {one.name: scripted(one) for one in case.agents}
        self.chooser = FakeModel(answers_of(case))
        models = {**self.models, CHOOSING: self.chooser}
        self.house = House(team(case), models=models, sandbox=FakeSandbox(self.ends))

    def ends(self, block: CodeBlock) -> RunResult:
        """How a program ends."""
        self.ran.append((block.language, block.code.strip()))
        code, output = self.case.exits.get(block.code.strip(), (0, ""))
        return RunResult(status="error" if code else "ok", exit_code=code, output=output)

    async def run(self) -> None:
        """Do what the case says."""
        for number, task in enumerate(self.case.tasks):
            if number and self.case.restarts:
                self.house.restart()
            await self.house.says(task)
            await self.house.run()
            while (answer := await self.answer()) is not None:
                await self.house.enter(answer)
                await self.house.run()

    async def answer(self) -> Answered | None:
        """What a person answers to the newest question of an agent; None where none is open, or nobody answers."""
        asking = [one for one in (await self.house.transcript()).open_questions if one.by in self.agents]
        words = next(self.people[short_name(asking[-1].by)], None) if asking else None
        return None if words is None else answered(asking[-1], words)

    @property
    def agents(self) -> set[str]:
        """The ids of the case's agents."""
        return {f"agent:{one.name}" for one in self.case.agents}

    async def stop(self) -> str:
        """Why it ended."""
        room = await self.house.transcript()
        if room.open_questions:
            return "waits" if room.open_questions[-1].by in self.agents else "limit"
        if room.stopped is None:
            return "rests"
        if room.stopped.kind in ("graph", "person", "limit", "error"):
            return room.stopped.kind
        return "+".join(sorted({kind for words, kind in STOPS.items() if words in room.stopped.reason}))

    async def observed(self) -> Observed:
        """What came of it."""
        room = await self.house.transcript()
        spoken = [(one.name, words(one)) for one in room.messages if not one.deleted]
        prompts = {
            name: [[m.text for m in one.messages if m.role != "system"] for one in self.models[name].requests]
            for name in self.case.reads
        }
        return Observed(
            said=spoken,
            stop=await self.stop(),
            asked=len([one for one in room.questions if one.by in self.agents]),
            choosing=len(self.chooser.requests),
            ran=self.ran,
            reads={name: [heard(prompt, spoken) for prompt in each] for name, each in prompts.items()},
        )


def words(message: Message) -> str:
    """What was said; of a handoff only to whom."""
    return message.text if message.handoff is None else f"-> {short_name(message.handoff)}"


def answered(question: Question, text: str) -> Answered:
    """A person's answer: for nothing, and for the end, the button, where there is one."""
    asked: Asked = question.asked
    option = BUTTONS.get(text)
    if option in asked.options:
        return Answered(question=question.seq, option=option)
    return Answered(question=question.seq, text=text)


def answers_of(case: Case) -> Sequence[str]:
    """What the choosing model answers."""
    return case.speakers.answers if isinstance(case.speakers, Chosen | Table) else ()


def scripted(one: Agent) -> FakeModel:
    """An agent's model."""

    def answers() -> Iterator[ModelAnswer | str]:
        for turn in range(1000):
            text = one.word(turn)
            names = text.removeprefix("-> ").split(" & ") if text.startswith("-> ") else ()
            yield calls(*((f"transfer_to_{name}", "{}") for name in names), prefix=str(turn)) if names else text

    return FakeModel(answers())


def team(case: Case) -> Team:
    """The team, as a user writes it."""
    agents = [agent(one) for one in case.agents]
    ends = ending(case.ends) if case.ends else never
    if isinstance(case.speakers, Chat):
        return two_agent_chat(agents[0], agents[1], termination=ends)
    return Team(agents=agents, speakers=policy(case), termination=ends)


def agent(one: Agent) -> Conversable:
    """An agent, as a user writes it."""
    match one.kind:
        case "proxy":
            made = user_proxy(one.name, human_input_mode=one.mode, max_consecutive_auto_reply=one.limit)
        case "runner":
            made = code_runner(one.name)
        case "model":
            made = assistant(
                one.name,
                model=one.name,
                hands_over_to=one.hands_to,
                human_input_mode=one.mode,
                max_consecutive_auto_reply=one.limit,
            )
        case _:
            assert_never(one.kind)
    for reply in one.replies:
        made = made.with_reply(when(trigger(reply), said_always(reply)), position=PLACES[reply.place])
    return made


def trigger(reply: Reply) -> Trigger:
    """When a reply is tried."""
    return reply.on if reply.on not in ("always", "never") else lambda message: reply.on == "always"


def said_always(reply: Reply):
    """A reply function that says one text, or passes on."""
    return answering_with(lambda transcript: reply.text)


def ending(end: End) -> Termination:
    """The condition."""
    match end.kind, end.of:
        case "and", (one, other):
            return ending(one) & ending(other)
        case "or", (one, other):
            return ending(one) | ending(other)
        case "turns", int(n):
            return max_turns(n)
        case "messages", int(n):
            return max_messages(n)
        case "text", str(text):
            return said(text, by=end.by or None)
        case "speaker", str(name):
            return last_speaker_is(name)
        case _:
            return handed_to(f"person:web/{PERSON}" if end.of == PERSON else str(end.of))


def policy(case: Case) -> Speakers:
    """Who speaks next."""
    speakers = case.speakers
    match speakers:
        case Round() | Chat():
            return round_robin
        case Graph():
            return first(along(transitions(speakers, case)), round_robin)
        case Chosen():
            chooses = model_chooses(allow_repeated_speaker=speakers.repeats)
            return first(along(transitions(speakers.graph, case)), chooses) if speakers.graph else chooses
        case Table():
            return picker(speakers)
        case Handoffs():
            return first(handed_over, lambda room: case.agents[0].name if room.last.name == PERSON else None)
        case Flow():
            after = {
                one.source: [two.target for two in speakers.edges if two.source == one.source] for one in speakers.edges
            }
            return first(along(after), walker(speakers, case.agents[0].name))
        case _:
            assert_never(speakers)


def picker(table: Table) -> Speakers:
    """The custom speaker function."""

    def pick(room: Transcript) -> str | None:
        return table.after.get(room.last.name)

    async def awaited(room: Transcript) -> str | None:
        return pick(room)

    return awaited if table.awaited else pick


def walker(flow: Flow, begins: str) -> Speakers:
    """Along the edge whose word was said; a flow without branches that run at once."""

    def walk(room: Transcript) -> str | None:
        spoken = room.last
        fits = (one.target for one in flow.edges if one.source == spoken.name and (one.when or "") in spoken.text)
        return begins if spoken.name == PERSON else next(fits, None)

    return walk


def transitions(graph: Graph, case: Case) -> Mapping[str, Sequence[str]]:
    """Who may speak after whom; of forbidden transitions all others."""
    names = [one.name for one in case.agents]
    if not graph.disallowed:
        return graph.after
    return {one: [other for other in names if other not in graph.after.get(one, ())] for one in names}


async def _drive(case: Case) -> Observed:
    try:
        session = Session(case)
    except WrongUse:
        return Observed(said=[], stop="refused")
    await session.run()
    return await session.observed()


def drive(case: Case) -> Observed:
    """Run one case in a loop of its own."""
    return asyncio.run(_drive(case))
