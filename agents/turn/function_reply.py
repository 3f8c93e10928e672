"""Plain functions as replies: what one gives back is said, noted or attached."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeGuard

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Noted, Said
from agents.log.files import NamedFile
from agents.log.names import person_called
from agents.log.participants import EVERYBODY, ParticipantId, is_agent
from agents.log.transcript import Transcript
from agents.log.used_names import one_or_more
from agents.turn.conversable import ReplyFunction
from agents.turn.threads import call_aside, is_listed, name_of
from agents.turn.tool_calls import keep
from agents.turn.turn import Acts, Turn

Reply: TypeAlias = str | Said | Noted | NamedFile | Sequence[str | Said | Noted | NamedFile] | None
"""What a function that is an agent gives back: a text, a `Said`, a `Noted`, a `NamedFile`, a list of these, or None.

A file goes with the message before it in the list; with none before it, it is a message without words. None is a pass.
"""

Function: TypeAlias = Callable[[Transcript], Reply | Awaitable[Reply]] | Callable[[Turn], Reply | Awaitable[Reply]]
"""A function that is an agent, or one of its replies, sync or async.

It takes the room's `Transcript` as the agent heard it, or, where its parameter is called ``turn`` or annotated as one,
the `Turn`."""


def answering_with(function: Function) -> ReplyFunction:
    """Make a reply function of a plain function, sync or async: what it returns is said (see `Reply`), None passes on.

    The function sees the room as it was when the agent got the floor; one whose parameter is called ``turn``, or
    annotated as a `Turn`, is given the turn. One that is not async runs in a thread. Raises `WrongUse` for a function
    that cannot be called with one argument; what it returns is checked when it does, and anything else stops the room
    with a sentence that names the function.

        def greeting(transcript: Transcript) -> str | None:
            return "Hello!" if transcript.last.text.strip() == "hi" else None

        helper = assistant("helper", instructions="Be brief.").with_reply(answering_with(greeting))
    """
    name = name_of(function)
    ask = _ask(function, name)

    async def answer(turn: Turn) -> Acts:
        for event in await _events(turn, name, await ask(turn)):
            yield event

    return answer


async def _events(turn: Turn, name: str, result: object) -> Sequence[Said | Noted]:
    events: list[Said | Noted] = []
    for one in result if is_listed(result) else (result,):
        match one:
            case str():
                events.append(_said(turn, name, Said(text=one)))
            case Said():
                events.append(_said(turn, name, one))
            case Noted():
                events.append(one)
            case NamedFile():
                await _attach(turn, name, events, one)
            case None if one is result:
                pass
            case _:
                raise WrongUse(
                    f"The function {name} returned {type(one).__name__} ({one!r:.80}), which nobody can say; return a "
                    "text, a Said, a Noted, a NamedFile, a list of these, or None."
                )
    return events


async def _attach(turn: Turn, name: str, events: list[Said | Noted], file: NamedFile) -> None:
    """Store the file, and attach it to the newest message; where there is none, to one without words."""
    if not _are_bytes(file.content):
        raise WrongUse(
            f"The content of the file {file.name!r} of the function {name} is not bytes; text.encode() makes them."
        )
    kept = await keep(turn.ports.store.files, [file])
    for place in reversed(range(len(events))):
        message = events[place]
        if isinstance(message, Said):
            events[place] = replace(message, files=(*message.files, *kept))
            return
    events.append(Said(text="", files=kept))


def _are_bytes(content: object) -> bool:
    return isinstance(content, bytes)


def _said(turn: Turn, name: str, said: Said) -> Said:
    """The message with its mentions found and its names made ids."""
    audience = [one if one == EVERYBODY else _named(turn, name, one) for one in one_or_more(said.audience)]
    return replace(
        said,
        audience=tuple(audience),
        handoff=said.handoff if said.handoff in (None, "stop") else _named(turn, name, said.handoff),
    )


def _named(turn: Turn, function: str, name: str) -> ParticipantId:
    """The id of whoever is called so here; agents come first, as in mentions."""
    transcript = turn.transcript
    if name in transcript.known:
        return name
    for agent in transcript.agents:
        if name in (agent.handle, agent.name, *agent.aliases):
            return agent.id
    if (person := person_called(transcript, name)) is not None:
        return person
    here = ", ".join(one.handle if is_agent(one.id) else one.name for one in turn.others)
    raise WrongUse(f"The function {function} names {name!r}, who is not here; present are {here}.")


def _ask(function: Function, name: str) -> Callable[[Turn], Awaitable[object]]:
    """How the function is called in a turn. Raises `WrongUse` where it does not take one argument."""
    parameter = _parameter(function)
    if _takes_turn(function, parameter):
        return lambda turn: call_aside(function, turn)
    if _takes_transcript(function, parameter):
        return lambda turn: call_aside(function, turn.heard)
    raise WrongUse(f"{name} is no function of one argument; let it take the transcript, or the turn, and nothing else.")


def _parameter(function: object) -> inspect.Parameter | None:
    """The parameter of what can be called with one argument; None for anything else."""
    if not callable(function):
        return None
    try:
        signature = inspect.signature(function)
        signature.bind(None)
    except TypeError:
        return None
    except ValueError:  # some that are written in C do not tell what they take
        return inspect.Parameter("transcript", inspect.Parameter.POSITIONAL_ONLY)
    return next(iter(signature.parameters.values()))


def _takes_turn(
    function: Function, parameter: inspect.Parameter | None
) -> TypeGuard[Callable[[Turn], Reply | Awaitable[Reply]]]:
    if parameter is None:
        return False
    kind = parameter.annotation
    written = kind if isinstance(kind, str) else getattr(kind, "__name__", "")
    return parameter.name == "turn" or written.rpartition(".")[2] == Turn.__name__


def _takes_transcript(
    function: Function, parameter: inspect.Parameter | None
) -> TypeGuard[Callable[[Transcript], Reply | Awaitable[Reply]]]:
    return parameter is not None
