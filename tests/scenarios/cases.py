"""A case of the core: a team in Python of the public interface, and what people do there; played in one room."""

import asyncio
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from agents import Conversable, Profile, Team
from agents.log.code_blocks import CodeBlock
from agents.log.events import Said, TurnStarted
from agents.log.participants import short_name
from agents.log.records import Entry
from agents.log.transcript import Question
from agents.ports import ModelRequest, RunResult
from agents.team.binding import Binding
from agents.testing import FakeModel, FakeSandbox, Gate, Partway, calling
from agents.turn.turn import Brief
from tests.unit.house import LOBBY, PEOPLE, House

SAYS = re.compile(r"(?P<who>\w+)(?:, to (?P<to>[\w, ]+) only)?: (?P<text>.*)", re.DOTALL)
PRESSES = re.compile(r"(?P<who>\w+) presses '?(?P<option>[^']+?)'?(?: on the card that is open)?$")
ANSWERS = re.compile(r"(?P<who>\w+) answers the card: (?P<text>.*)", re.DOTALL)
MEANWHILE = re.compile(r"while (?:the last turn|\w+) (?:speaks|runs), (?P<step>.*)", re.DOTALL)
CALLS = re.compile(r"calls (?P<tool>\w+)(?:\((?P<quoted>.*)\)|, '(?P<reason>.*)')?$")
BEATS = 50
"""How often the house's heart beats while a function of a case sleeps, if that does not stop it."""

PARAMETERS = {"ask_person": ("question", "person")}


class Played:
    """One case in a house: ``house`` is where it was played, ``sandbox`` what ran there."""

    def __init__(self, given: Mapping[str, Any]):
        self.names = {key: value for key, value in given.items() if key.isupper()}
        team = team_of(given["team"], self.names)
        self.steps: Sequence[Any] = given["steps"]
        self.gate, self.heartbeats, self._beaten = Gate(), 0, threading.Event()
        self.cards: Sequence[Question] = ()
        self.sandbox = FakeSandbox(_ended)
        self.texts = iter(given.get("model", ()))
        self.model = FakeModel(self._answer)
        brief = Brief(approval=given["approval"]) if "approval" in given else Brief()
        models = dict.fromkeys(("default", *_models(team)), self.model)
        self.house = House(models=models, sandbox=self.sandbox)
        self.house.permissions_of = lambda room: _everybody()
        self.house.bind(LOBBY, Binding(team=team, brief=brief))
        self.waits = any(isinstance(step, str) and MEANWHILE.match(step) for step in self.steps)

    def _answer(self, request: ModelRequest) -> Any:
        text = next(self.texts, None)
        if text is None:
            return ""  # the case does not say any more
        if self.waits:
            self.waits = False
            half = len(text) // 2
            return Partway(first=text[:half], then=self.gate, rest=text[half:])
        return answer_of(text)

    async def play(self) -> "Played":
        """All steps, each until the room sleeps; meanwhile the house's heart beats."""
        beating = asyncio.create_task(self._beat())
        await self._play()
        await asyncio.sleep(0)
        beating.cancel()
        return self

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            self.heartbeats += 1
            if self.heartbeats == BEATS:
                self._beaten.set()

    def sleep(self, seconds: float) -> None:
        """Stands for `time.sleep` in a case's functions: it lasts until the house has beaten, however slow that is."""
        self.heartbeats = 0
        self._beaten.clear()
        self._beaten.wait(timeout=10)

    async def _play(self) -> None:
        steps = list(self.steps)
        while steps:
            step = steps.pop(0)
            following = steps[0] if steps else None
            meanwhile = MEANWHILE.match(following) if isinstance(following, str) else None
            if meanwhile is None:
                await self._do(step)
                await self.house.run()
                continue
            steps.pop(0)
            await self._do(step)
            async with self.house.running():
                await self.gate.reached.wait()
                await self._do(meanwhile["step"])
                self.gate.open()

    async def _do(self, step: Any) -> None:
        if isinstance(step, dict):
            said = [Entry(event=Said(text=step["text"]), by=person(step["by"]).id) for _ in range(step["append"])]
            await self.house.ports.store.log.append(LOBBY, said)
        elif pressed := PRESSES.match(step):
            self.cards = (await self.house.transcript()).open_questions
            question, option = await self._card(), pressed["option"]
            known = {one.casefold(): one for one in question.asked.options}
            await self.house.answers(question.seq, option=known[option.casefold()], by=person(pressed["who"]))
        elif answered := ANSWERS.match(step):
            await self.house.answers((await self._card()).seq, answered["text"], by=person(answered["who"]))
        elif said := SAYS.match(step):
            audience = [f"agent:{one.strip()}" for one in (said["to"] or "").split(",") if one.strip()]
            await self.house.says(said["text"], person(said["who"]), audience=tuple(audience))
        else:
            raise AssertionError(f"nobody knows how to do {step!r}")

    async def _card(self) -> Question:
        return (await self.house.transcript()).open_questions[-1]

    async def speakers(self) -> list[str]:
        """Whoever had the floor, and agents in whose name people spoke, in order."""
        started = [one for one in await self.house.log() if isinstance(one.event, TurnStarted)]
        return [short_name(one.event.speaker) for one in started if isinstance(one.event, TurnStarted)]

    @property
    def ran(self) -> list[list[str]]:
        return [[block.code.strip() for block in run.blocks] for run in self.sandbox.runs]

    def prompts(self, agent: str = "") -> list[ModelRequest]:
        """What models were asked, all or one agent's."""
        begin = f"You are {agent}," if agent else ""
        return [one for one in self.model.requests if one.messages and begin in one.messages[0].text]

    async def check(self, expect: Mapping[str, Any]) -> None:
        """Hold what came of it against each expectation."""
        for key, value in expect.items():
            await self._check(key, value)

    async def _check(self, key: str, value: Any) -> None:
        said = await self.house.talk()
        match key:
            case "text":
                pass
            case "speakers":
                assert (await self.speakers())[: len(value)] == value
            case "stops":
                assert len(await self.house.stops()) == value
            case "runs" | "ran":
                assert self.ran == value
            case "cards":
                # Those that were open before the last press; the press itself closes one.
                shown = [one.asked.pending.arguments if one.asked.pending else one.asked.text for one in self.cards]
                assert len(shown) == len(value)
                assert all(word in text for word, text in zip(value, shown, strict=True))
            case "prompt":
                last = [[one.role, one.text] for one in self.prompts()[-1].messages if one.role != "system"]
                assert last == value
            case "prompt_has" | "prompt_lacks":
                last_prompt = _texts(self.prompts()[-1:])
                for word in [value] if isinstance(value, str) else value:
                    assert (word in last_prompt) == (key == "prompt_has")
            case "heartbeats_of_50_at_least":
                assert self.heartbeats >= value
            case "model_requests_at_least":
                assert len(self.model.requests) >= value
            case "posted_has_not":
                assert all(value not in text for _, text in said)
            case _ if matched := re.fullmatch(r"(\w+)_prompt_has(_not)?", key):
                assert (value in _texts(self.prompts(matched[1]))) == (not matched[2])
            case _ if matched := re.fullmatch(r"(\w+)_says_has(_not)?", key):
                own = [text for name, text in said if name == matched[1]]
                assert any(value in text for text in own) == (not matched[2])
            case _:
                raise AssertionError(f"nobody checks {key}")


def team_of(source: str, names: Mapping[str, Any]) -> Any:
    """What ``team`` is after this Python has run."""
    space: dict[str, Any] = dict(names)
    exec(compile(source, "<case>", "exec"), space)
    team = space.get("team")  # without one of the case's own, it is the package of that name
    return team if isinstance(team, Team) else space


def answer_of(text: str) -> Any:
    """A scripted answer: a text, or a call of a tool as the case writes it, ``calls tool('a', 'b')``."""
    called = CALLS.match(text)
    if called is None:
        return text
    if called["tool"].startswith("transfer_to_"):
        return replace(calling(called["tool"]), text=called["reason"] or "")
    values = re.findall(r"'([^']*)'", called["quoted"] or "")
    return calling(called["tool"], **dict(zip(PARAMETERS[called["tool"]], values, strict=False)))


def person(name: str) -> Profile:
    """A person as people call them."""
    return Profile(id=f"person:web/{name.casefold()}", name=name)


def _everybody() -> Any:
    everyone = frozenset({person(name).id for name in ("Ana", "Ben", "Bob", "Eva", "Cid")})
    return replace(PEOPLE, users=everyone, approvers=everyone)


def _models(team: Team) -> set[str]:
    return {one.model for one in team.agents if isinstance(one, Conversable) and one.model}


def _texts(requests: Iterable[ModelRequest]) -> str:
    return "\n".join(message.text for one in requests for message in one.messages if message.role != "system")


def _ended(block: CodeBlock) -> RunResult:
    return RunResult(status="ok", exit_code=0, output="")
