"""What a record of the log says to people on a chat platform, in CommonMark; most records say nothing."""

import re
from dataclasses import dataclass

from adapters.shared.blocks import close_fence
from agents.log.events import EXIT, Answered, Asked, Rested, Said, StopKind, Stopped, ToolReturned
from agents.log.fences import normalised
from agents.log.files import FileRef
from agents.log.participants import SYSTEM, ParticipantId, is_person
from agents.log.records import Record
from agents.ports import Card
from agents.team.termination import visible_text

INTERRUPTED = "*(interrupted)*"
"""Ends a message whose author was interrupted."""

CUT_OFF = "*(cut off at the length limit)*"
"""Ends a message whose author's model reached the length that its answers may have."""

_STOPS: dict[StopKind, tuple[str, str]] = {
    "termination": ("Finished.", ""),
    "limit": ("Stopped at a limit.", "Write a message to go on."),
    "person": ("Stopped.", ""),
    "graph": ("Stopped.", ""),
    "human_input": ("Stopped.", ""),
    "error": ("Stopped by an error.", "Write a message to try again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A message to be posted, however many parts it takes.

    by: who speaks.
    text: what is said, in CommonMark.
    files: what is attached.
    audience: who may see it; empty means everybody.
    pings: whom it may notify.
    called: what it calls those whom it pings (see `Post`).
    reply_to: the seq of the message that it answers.
    card: the buttons below its last part.
    quiet: a remark of the house's, shown small.
    """

    by: ParticipantId
    text: str
    files: tuple[FileRef, ...] = ()
    audience: tuple[ParticipantId, ...] = ()
    pings: tuple[ParticipantId, ...] = ()
    called: tuple[str, ...] = ()
    reply_to: int | None = None
    card: Card | None = None
    quiet: bool = False


def saying(record: Record, returned: ToolReturned | None = None) -> Saying | None:
    """What people are to read of a record; None for people's own words, agents' private talk and all machinery.

    ``returned`` is the result that a message repeats for the agents (`Said.result`): people read that. Without it the
    message is shown as the words that it is.
    """
    match record.event:
        case Said() as said if not is_person(record.by):
            return _said(record, said, returned)
        case Asked() as asked:
            return _asked(record, asked)
        case Stopped(reason=reason, kind=kind):
            before, after = _STOPS[kind]
            return Saying(by=SYSTEM, text=" ".join(part for part in (before, _sentence(reason), after) if part))
        case Rested(reason=reason, unanswered=True):
            return Saying(by=SYSTEM, text=_sentence(reason), quiet=True)
        case _:
            return None


def answer_in_words(record: Record, answered: Answered, question: Record) -> Saying | None:
    """What people are to read of an answer, as words of the agent that stands in for its writer.

    None for what was pressed, and for what its writer has written in the channel.
    """
    asked, text = question.event, answered.text.strip()
    if not isinstance(asked, Asked) or not asked.stands_in or answered.written or answered.withdrawn:
        return None
    if text in ("", EXIT, *asked.options):
        return None
    return Saying(by=question.by, text=answered.text, audience=_people_of(asked))


def interrupted(text: str, mark: str = INTERRUPTED) -> str:
    """``text`` marked as cut short."""
    return f"{close_fence(text).rstrip()}\n\n{mark}".lstrip("\n")


def answer_line(answered: Answered, name: str) -> str:
    """What a closed card says of its answer."""
    if answered.withdrawn:
        return f"Out of date. {answered.text}".rstrip()
    if answered.expired:
        return "Nobody answered in time."
    words = " ".join(part for part in (answered.option, answered.text) if part)
    return f"{name}: {words}" if words else f"{name} answered."


def _said(record: Record, said: Said, returned: ToolReturned | None) -> Saying | None:
    text = normalised(visible_text(said.text)) if returned is None else _result(returned)
    if not (text.strip() or said.files) or (said.audience and not any(map(is_person, said.audience))):
        return None
    people = [one for one in said.mentions if is_person(one.participant)]
    return Saying(
        by=record.by,
        text=interrupted(text, CUT_OFF if said.cut else INTERRUPTED) if said.partial else text,
        files=said.files,
        audience=said.audience,
        pings=tuple([one.participant for one in people]),
        called=tuple([_called(said.text[one.start : one.end]) for one in people]),
        reply_to=said.reply_to,
    )


def _called(mention: str) -> str:
    """The name in a mention; nothing where it is one without ``@``."""
    return mention[1:] if mention[:1] in ("@", "\uff20") else ""


def _asked(record: Record, asked: Asked) -> Saying:
    return Saying(
        by=record.by,
        text=asked.text,
        audience=_people_of(asked),
        pings=tuple(filter(is_person, asked.of)),
        card=Card(question=record.seq, options=asked.options, kind=asked.kind),
    )


def _result(returned: ToolReturned) -> str:
    """What a run of code came to: the output in a fence that it cannot leave."""
    ending = f" It failed with exit code {returned.exit_code}." if returned.failed else ""
    output = returned.output.strip("\n")
    if not output.strip():
        return f"The code ran and wrote nothing.{ending}"
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", output)), 3)
    return f"The code ran.{ending}\n\n{fence}text\n{output}\n{fence}"


def _people_of(asked: Asked) -> tuple[ParticipantId, ...]:
    return tuple(filter(is_person, asked.audience))


def _sentence(reason: str) -> str:
    reason = reason.strip()
    return reason if not reason or reason[-1] in ".!?" else f"{reason}."
