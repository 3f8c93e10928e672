"""What a record says to somebody who watches the room in a terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from adapters.shared.record_text import answer_line, saying
from adapters.shared.render_plain import plain
from agents.log.code_blocks import RUN_CODE, from_arguments
from agents.log.events import (
    Answered,
    Asked,
    Closed,
    Deleted,
    Edited,
    Halted,
    Joined,
    Left,
    Noted,
    Opened,
    Reset,
    Rested,
    Resumed,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.files import FileRef
from agents.log.participants import ParticipantId, is_person
from agents.log.records import Record

LONGEST_OUTPUT = 4000
"""Characters of a tool's output, or of its arguments, that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """``text`` is said by ``speaker``; None: it is a remark of the house's, shown faintly."""

    text: str
    speaker: ParticipantId | None = None


def told(record: Record, name: Callable[[ParticipantId], str]) -> Told | None:
    """The words for a record; ``name`` is what participants are called. None for what is better left unsaid."""
    match record.event:
        case Said(text=text, files=files):
            words = saying(record)
            if words is None and not is_person(record.by):
                return None
            return Told(text=_lines(plain(words.text if words else text), *map(_file, files)), speaker=record.by)
        case Asked(options=options):
            words = saying(record)
            offer = f"Answer with: {', '.join(options)}." if options else "Answer by writing."
            return Told(text=_lines(plain(words.text) if words else "", offer), speaker=record.by)
        case Stopped():
            words = saying(record)
            return Told(text=words.text) if words else None
        case ToolCalled() as called:
            return Told(text=f"{name(record.by)} {_call(called)}")
        case ToolReturned(output=output, exit_code=exit_code, files=files, failed=failed):
            shown = "\n".join(f"    {line}".rstrip() for line in _short(output).splitlines())
            ending = "" if not failed else f"It failed{'' if exit_code is None else f' with exit code {exit_code}'}:"
            return Told(text=_lines(ending, shown or "    (no output)", *map(_file, files)))
        case Answered() as answered:
            return Told(text=answer_line(answered, name(record.by)))
        case TurnTaken(outcome="crashed"):
            return Told(text=f"{name(record.by)} was interrupted: the process ended.")
        case TurnTaken():
            return None  # why a turn failed is said by what it comes to: the room stops, or asks for budget
        case event:
            return _remark(event, name(record.by), name)


def _remark(
    event: Joined
    | Left
    | Edited
    | Deleted
    | TurnStarted
    | Noted
    | Opened
    | Closed
    | Rested
    | Halted
    | Resumed
    | Reset
    | Summarised
    | None,
    by: str,
    name: Callable[[ParticipantId], str],
) -> Told | None:
    match event:
        case Joined(name=newcomer, role=role):
            verb = "are" if newcomer == "You" else "is"
            return Told(text=f"{newcomer} {verb} here. {role}".rstrip())
        case Left(participant=participant, reason=reason):
            return Told(text=f"{name(participant)} left. {reason}".rstrip())
        case Edited(text=text):
            return Told(text=f"{by} changed a message to: {text}")
        case Deleted():
            return Told(text=f"{by} deleted a message.")
        case Opened(task=task):
            first = next(iter(task.splitlines()), "")
            return Told(text=f"{by} opened a conversation of its own. {first}".rstrip())
        case Closed(text=text, reason=reason, turns=turns):
            after = f"after {turns} turn{'' if turns == 1 else 's'}"
            return Told(text=f"The conversation of its own has ended {after}. {'' if text else reason}".rstrip())
        case Rested(reason=reason, unanswered=True):
            return Told(text=reason)
        case Halted():
            return Told(text="Everything is halted. Write /resume to go on.")
        case Resumed():
            return Told(text="The room goes on.")
        case Reset():
            return Told(text="The agents read from here on.")
        case TurnStarted() | Noted() | Rested() | Summarised() | None:
            return None
        case _:
            assert_never(event)


def _call(called: ToolCalled) -> str:
    if called.tool != RUN_CODE:
        return f"uses {called.tool} with {_short(called.arguments)}"
    try:
        blocks = from_arguments(called.arguments)
    except ValueError:
        return "runs code."
    return _lines("runs:", *("\n".join(f"    {line}".rstrip() for line in block.code.splitlines()) for block in blocks))


def _file(file: FileRef) -> str:
    return f"[file: {file.name}, {file.media_type}, {file.size:,} bytes]"


def _short(text: str) -> str:
    left_out = len(text) - LONGEST_OUTPUT
    return text if left_out <= 0 else f"{text[:LONGEST_OUTPUT]}\n… ({left_out:,} more characters)"


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
