"""What a prompt says about the conversation: who is asked, who else is there, which task is under way."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.scripted_model.tasks import Task, task_for
from agents.ports import ModelMessage

_ME = re.compile(r"You are ([\w-]+)")
_PARTICIPANT = re.compile(r"^(?:- )?([\w-]+): (.*)$", re.MULTILINE)
_RUN = re.compile(r"^exitcode: \S+ \(execution (succeeded|failed)\)", re.MULTILINE)
_REPLYING = re.compile(r"\A\(replying to .*\) ")
_END = re.compile(r"(?:Not d|D)one: |I am a script and know")


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something that was said. ``speaker`` is empty for the answer to a question that was asked with a tool."""

    speaker: str
    text: str
    by_person: bool = False

    @property
    def has_code(self) -> bool:
        """Whether it holds a block to run."""
        return "```python" in self.text

    @property
    def ran(self) -> str:
        """``succeeded`` or ``failed`` where it reports a run, else nothing."""
        found = _RUN.search(self.text)
        return found[1] if found else ""

    @property
    def ends(self) -> bool:
        """Whether it closes a task."""
        return bool(_END.match(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``lines`` are what agents said since the task was set (or since the last words that are no task).

    ``answer`` is what a person answered to the task's question. ``new``: the agent has not said anything yet.
    """

    me: str
    agents: frozenset[str]
    task: Task | None
    lines: tuple[Utterance, ...] = ()
    answer: str | None = None
    new: bool = True

    @property
    def attempts(self) -> int:
        """How often code was written."""
        return sum(line.has_code for line in self.lines)

    @property
    def run(self) -> Utterance | None:
        """The report on the newest code; None where it was not run."""
        for line in reversed(self.lines):
            if line.ran:
                return line
            if line.has_code:
                return None
        return None

    def said(self, *speakers: str) -> bool:
        """Whether one of these has spoken."""
        return any(line.speaker in speakers for line in self.lines)


def read(messages: Sequence[ModelMessage]) -> Scene:
    """The scene that these messages describe."""
    system = next((message.text for message in messages if message.role == "system"), "")
    me = _ME.search(system)
    agents = frozenset(name for name, role in _PARTICIPANT.findall(system) if role != "a person")
    return _followed(me[1] if me else "", agents, _lines(messages, me[1] if me else "", agents))


def _lines(messages: Iterable[ModelMessage], me: str, agents: frozenset[str]) -> list[Utterance]:
    lines: list[Utterance] = []
    for message in messages:
        match message.role:
            case "assistant" if message.text:
                lines.append(Utterance(speaker=me, text=message.text))
            case "tool":
                lines.append(Utterance(speaker="", text=message.text))
            case "user":
                name = message.name or ""
                text = _REPLYING.sub("", message.text)
                lines.append(Utterance(speaker=name, text=text, by_person=name not in agents))
            case _:
                pass
    return lines


def _followed(me: str, agents: frozenset[str], lines: Sequence[Utterance]) -> Scene:
    """The conversation told from its beginning: each task, and each other word of a person, begins anew."""
    task: Task | None = None
    since: list[Utterance] = []
    answer: str | None = None
    for line in lines:
        waits = task is not None and task.question is not None and answer is None
        found = task_for(line.text) if line.by_person else None
        if found is not None:
            task, since, answer = found, [], None
        elif waits and (line.by_person or not line.speaker):
            answer = line.text
        elif line.by_person:
            task, since = None, []
        elif line.speaker:
            since.append(line)
    new = all(line.speaker != me for line in lines)
    return Scene(me=me, agents=agents, task=task, lines=tuple(since), answer=answer, new=new)
