"""Teams without a model for whole conversations on the fake Discord. What happens when is up to the test (`Stage`)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from agents import Team, Transcript, first, function_agent, mentioned, round_robin
from agents.log.events import Said
from agents.log.participants import is_person
from agents.ports import Draft
from agents.turn.turn import Acts, Turn
from tests.unit.house import Plain


@dataclass(slots=True)
class Stage:
    """What a running test and its agents share; each test makes its own (`begin`)."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    draft: str = ""
    final: str = "The end."
    prompts: list[list[str]] = field(default_factory=list[list[str]])


_stage = Stage()


def begin() -> Stage:
    """The stage of the test that begins."""
    global _stage
    _stage = Stage()
    return _stage


async def _tells(turn: Turn) -> Acts:
    _stage.prompts.append([one.text for one in turn.prompt()])
    if not is_person(turn.transcript.last.by):
        return
    while _stage.draft and not _stage.go_on.is_set():
        yield Draft(text=_stage.draft)
        with suppress(TimeoutError):
            await asyncio.wait_for(_stage.go_on.wait(), 0.05)
    await _stage.go_on.wait()
    yield Said(text=_stage.final)


def _short(transcript: Transcript) -> str | None:
    asked = any("agent:planner" in one.addressed for one in transcript.unheard("agent:planner"))
    return "Right away." if asked else None


telling = Team(
    name="telling",
    agents=[Plain("coder", _tells), function_agent("planner", _short)],
    speakers=first(mentioned, round_robin),
)
"""The coder shows a draft, waits until it may go on, and ends; the planner answers at once."""


def _calls(name: str, other: str) -> Callable[[Transcript], str | None]:
    def say(transcript: Transcript) -> str | None:
        return f"@{other} {name} asks back" if is_person(transcript.last.by) else None

    return say


calling_planner = Team(agents=[function_agent("coder", _calls("coder", "planner"))], speakers=round_robin)
calling_coder = Team(agents=[function_agent("planner", _calls("planner", "coder"))], speakers=round_robin)
"""Two teams each of which asks the other one something for each thing that it hears."""

CROWD = 20


def _here(name: str) -> Callable[[Transcript], str | None]:
    def say(transcript: Transcript) -> str | None:
        asked = any(f"agent:{name}" in one.addressed for one in transcript.unheard(f"agent:{name}"))
        return f"{name} is here" if asked else None

    return say


crowd = Team(
    name="crowd",
    agents=[function_agent(f"a{number}", _here(f"a{number}")) for number in range(CROWD)],
    speakers=first(mentioned),
)
"""Twenty agents, each of which says that it is here when it is asked by name."""
