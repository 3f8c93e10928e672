"""``tertulia chat``: a room in the terminal, interactive or piped."""

import asyncio
import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from adapters.terminal.lines import read_lines
from adapters.terminal.room import JsonRoom
from agents.errors import NotAllowed, WrongUse
from agents.log.events import Said
from agents.log.participants import Profile
from agents.log.transcript import Transcript
from agents.people.command_actions import PrivateReply
from bots.bindings import HERE
from bots.config import Config, Loaded, load
from bots.logs import set_up
from bots.process import run
from bots.surfaces import Display, Follower, terminal
from bots.wiring import House, Plan, open_house

YOU = Profile(id="person:terminal/you", name="You")

ROOM = "terminal:here"
"""The room of an interactive terminal: the conversation goes on where it was left."""

LONGEST_INPUT = 10_000_000
"""In bytes, of what is piped in."""


def chat(path: Path, *, team: str, as_json: bool, scripted: bool) -> int:
    """Talk to a team. Raises `WrongUse`, `StoreFailed`.

    Piped, all that comes in is one message, and the exit code is 0 when the room sleeps, 1 when it ended with a
    question that nobody is here to answer, or with an error.
    """
    loaded = load(path) if path.exists() else Loaded(config=Config())
    piped = not sys.stdin.isatty()
    plan = Plan(
        team=team or next(iter(loaded.config.teams), "coding"),
        scripted=scripted,
        asks=not piped,
        starts_engine=True,
        progress=_tell_once(),
    )
    return run((_piped if piped else _interactive)(loaded, plan, as_json))


def _tell_once() -> Callable[[str, float], None]:
    """Progress for people who read standard error: each step once."""
    told: list[str] = []

    def tell(step: str, done: float) -> None:
        if step not in told:
            told.append(step)
            print(step, file=sys.stderr, flush=True)

    return tell


async def _piped(loaded: Loaded, plan: Plan, as_json: bool) -> int:
    text = _all_input()
    room = f"terminal:{uuid.uuid4().hex[:12]}"
    async with open_house(loaded, plan) as house:
        print(house.model.announcement, file=sys.stderr)
        follower = Follower(house.ports, room, _display(loaded, as_json))
        async with asyncio.TaskGroup() as group:
            showing = group.create_task(follower.run())
            await _say(house, room, text)
            await house.rooms.run_tree(room)
            transcript = await house.rooms.read(room)
            await follower.until(transcript.seq)
            showing.cancel()
        return _exit_code(transcript, as_json=as_json)


def _all_input() -> str:
    raw = sys.stdin.buffer.read(LONGEST_INPUT)
    text = raw.decode("utf-8", errors="replace").strip()
    if "\ufffd" in text:
        print("The input is not valid UTF-8; what could not be read was replaced by \ufffd.", file=sys.stderr)
    if not text:
        raise WrongUse('There is nothing to say; pipe a message in, as in echo "plot sin(x)" | tertulia chat.')
    return text


async def _interactive(loaded: Loaded, plan: Plan, as_json: bool) -> int:
    async with open_house(loaded, plan) as house:
        print(house.model.announcement, file=sys.stderr)
        print("Write a message, or /help. Ctrl-D ends.", file=sys.stderr)
        follower = Follower(house.ports, ROOM, _display(loaded, as_json), after=await _head(house))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(follower.run()), group.create_task(house.serve())]
            async for line in read_lines(sys.stdin.buffer):
                await _try_to_say(house, line)
            await house.rooms.drain(10)
            for task in tasks:
                task.cancel()
    return 0


async def _try_to_say(house: House, line: str) -> None:
    try:
        if line.strip():
            await _say(house, ROOM, line)
    except (NotAllowed, WrongUse) as error:
        print(error, file=sys.stderr)


async def _say(house: House, room: str, text: str) -> None:
    source = f"terminal:{uuid.uuid4()}"
    reply = await house.door.enter(room, YOU, Said(text=text), source=source, groups=(HERE,))
    if reply is not None:
        _print(reply)


def _print(reply: PrivateReply) -> None:
    """A command's answer; a file that was asked for is written into the current folder."""
    print(reply.text)
    if reply.file is not None:
        path = Path(reply.file.name)
        path.write_bytes(reply.file.content)
        print(f"Written to {path}.")


def _display(loaded: Loaded, as_json: bool) -> Display:
    redact = set_up(loaded, os.environ)
    return JsonRoom(sys.stdout, redact=redact) if as_json else terminal(redact, me=YOU.id)


async def _head(house: House) -> int:
    return (await house.rooms.read(ROOM)).seq


def _exit_code(transcript: Transcript, *, as_json: bool) -> int:
    """1 where the room ended with an error, or with a question that nobody is here to answer."""
    stopped = transcript.stopped
    if stopped is None or stopped.kind not in ("human_input", "error"):
        return 0
    if as_json:  # the terminal's room has shown it already
        print(stopped.reason, file=sys.stderr)
    return 1
