"""Small teams without a model, for channels of the fake Discord."""

import asyncio
from contextlib import suppress

from agents import Team, Transcript, first, function_agent, mentioned, round_robin
from agents.log.events import Asked, Said
from agents.log.participants import is_person
from agents.log.transcript import is_news
from agents.ports import Draft
from agents.turn.turn import Acts, Turn
from tests.unit.house import Plain


def _answering(name: str):
    def act(transcript: Transcript) -> str | None:
        said = (one for one in reversed(transcript.messages) if is_news(one))
        since: list[str] = []
        for message in said:
            if is_person(message.by):
                answer = f"heard: {message.text}"
                return None if any(one.endswith(answer) for one in since) else f"{name} {answer}"
            since.append(message.text)
        return None

    return act


echo = Team(
    name="echo",
    agents=[function_agent("coder", _answering("coder")), function_agent("planner", _answering("planner"))],
    speakers=first(mentioned, round_robin),
)
"""Whoever is asked repeats what a person said last, unless that was done already; the others pass."""


async def _asks(turn: Turn) -> Acts:
    if turn.answers:
        yield Said(text=f"So: {turn.answers[-1].answer.words}")
        return
    text = turn.transcript.last.text
    if text.startswith("ask "):
        kind, *options = text.removeprefix("ask ").split()
        yield Asked(text=f"Which one? ({text})", kind=kind, options=tuple(options))


curious = Team(name="curious", agents=[Plain("coder", _asks)], speakers=first(mentioned, round_robin))
"""``ask KIND OPTION...`` makes the coder ask that; it repeats the answer."""


more = asyncio.Event()
"""Lets the story go on; each test sets one of its own."""


async def _tells(turn: Turn) -> Acts:
    if not is_person(turn.transcript.last.by):
        return
    story = "Once upon a time there was a table with four legs "
    while not more.is_set():
        story += "and another table "
        yield Draft(text=story)
        with suppress(TimeoutError):
            await asyncio.wait_for(more.wait(), 0.1)
    if "crash" in turn.transcript.last.text:
        raise RuntimeError("the story is lost")
    yield Said(text="The end.")


growing = Team(name="growing", agents=[Plain("coder", _tells)], speakers=first(mentioned, round_robin))
"""The coder tells a story until `more` is set, and ends it; with the word crash it never ends."""
