"""What a record of the log says to people on a chat platform, in CommonMark; most records say nothing."""

import re
from dataclasses import dataclass

from adapters.shared.blocks import close_fence
from agents.log.events import EXIT, Answered, Asked, Said, StopKind, Stopped
from agents.log.files import FileRef
from agents.log.participants import SYSTEM, ParticipantId, is_person
from agents.log.records import Record
from agents.ports import Card
from agents.team.termination import visible_text

INTERRUPTED = "*(interrupted)*"
"""Ends a message that was cut short."""

_STOPS: dict[StopKind, tuple[str, str]] = {
    "termination": ("Finished.", ""),
    "limit": ("Stopped at a limit.", "Write a message to go on."),
    "person": ("Stopped.", ""),
    "graph": ("Stopped.", ""),
    "human_input": ("Stopped.", ""),
    "error": ("Stopped by an error.", "Write a message to try again."),
}

_RESULT = re.compile(r"^exitcode: (-?\d+) \(execution (succeeded|failed)\)\nCode output: ?", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A message to be posted, however many parts it takes. ``reply_to`` is a seq; ``card`` belongs to its last part."""

    by: ParticipantId
    text: str
    files: tuple[FileRef, ...] = ()
    audience: tuple[ParticipantId, ...] = ()
    pings: tuple[ParticipantId, ...] = ()
    reply_to: int | None = None
    card: Card | None = None


def saying(record: Record) -> Saying | None:
    """What people are to read of a record; None for people's own words, agents' private talk and all machinery."""
    match record.event:
        case Said() as said if not is_person(record.by):
            return _said(record, said)
        case Asked() as asked:
            return _asked(record, asked)
        case Stopped(reason=reason, kind=kind):
            before, after = _STOPS[kind]
            return Saying(by=SYSTEM, text=" ".join(part for part in (before, _sentence(reason), after) if part))
        case _:
            return None


def answer_in_words(record: Record, answered: Answered, question: Record) -> Saying | None:
    """What people are to read of an answer, as words of the agent that stands in for its writer.

    None for what was pressed, and for what its writer has written in the channel.
    """
    asked, text = question.event, answered.text.strip()
    if not isinstance(asked, Asked) or not asked.stands_in or answered.written or answered.withdrawn:
        return None
    return Saying(by=question.by, text=answered.text) if text not in ("", EXIT, *asked.options) else None


def interrupted(text: str) -> str:
    """``text`` marked as cut short."""
    return f"{close_fence(text).rstrip()}\n\n{INTERRUPTED}".lstrip("\n")


def answer_line(answered: Answered, name: str) -> str:
    """What a closed card says of its answer."""
    if answered.expired:
        return "Nobody answered in time."
    words = " ".join(part for part in (answered.option, answered.text) if part)
    return f"{name}: {words}" if words else f"{name} answered."


def _said(record: Record, said: Said) -> Saying | None:
    text = _readable(visible_text(said.text))
    if not (text.strip() or said.files) or (said.audience and not any(map(is_person, said.audience))):
        return None
    return Saying(
        by=record.by,
        text=interrupted(text) if said.partial else text,
        files=said.files,
        audience=said.audience,
        pings=tuple(mention.participant for mention in said.mentions if is_person(mention.participant)),
        reply_to=said.reply_to,
    )


def _asked(record: Record, asked: Asked) -> Saying:
    return Saying(
        by=record.by,
        text=asked.text,
        pings=tuple(filter(is_person, asked.of)),
        card=Card(question=record.seq, options=asked.options, kind=asked.kind),
    )


def _readable(text: str) -> str:
    """The two lines that models read of a run of code, as people read them: the output in a fence."""
    result = _RESULT.search(text)
    if result is None:
        return text
    before, output = text[: result.start()].rstrip(), text[result.end() :].strip("\n")
    ending = "" if result[2] == "succeeded" else f" It failed with exit code {result[1]}."
    if not output.strip():
        return f"{before}\n\nThe code ran and wrote nothing.{ending}".lstrip()
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", output)), 3)
    return f"{before}\n\nThe code ran.{ending}\n\n{fence}text\n{output}\n{fence}".lstrip()


def _sentence(reason: str) -> str:
    reason = reason.strip()
    return reason if not reason or reason[-1] in ".!?" else f"{reason}."
