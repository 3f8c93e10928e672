"""A room's records as a document: Markdown, a page of HTML, lines for a terminal.

Edits are applied, and what was deleted or erased is not there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from types import MappingProxyType

from msgspec import structs

from agents.log.code_blocks import RUN_CODE
from agents.log.events import (
    Answered,
    Asked,
    Closed,
    Deleted,
    Edited,
    Event,
    Halted,
    Joined,
    Left,
    Opened,
    Reset,
    Rested,
    Resumed,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
)
from agents.log.fences import normalised, parser
from agents.log.files import FileRef, NamedFile
from agents.log.participants import SYSTEM, ParticipantId, is_person, short_name
from agents.log.records import Record
from agents.people.command_actions import Exporter, as_jsonl


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened: ``text`` is CommonMark where it is somebody's words, plain where it is a note."""

    seq: int
    at: float
    who: str
    text: str
    is_note: bool = False
    is_person: bool = False


def lines(records: Iterable[Record]) -> tuple[Line, ...]:
    """What happened, in order, as people should read it."""
    told: dict[int, Line] = {}
    said: dict[int, Said] = {}
    names: dict[ParticipantId, str] = {SYSTEM: "Tertulia"}
    results: set[tuple[int | None, str]] = set()
    before: Record | None = None
    for record in records:
        earlier, before = before, record
        match record.event:
            case None:
                continue
            case Said(result=result) if (record.turn, result) in results or _is_old_result(record, earlier):
                continue  # agents read there what the result itself, which stands above, says to people
            case Joined(participant=participant, name=name):
                names[participant] = name
            case Edited(target=target, text=text) if target in told and target in said:
                new = _said(structs.replace(said[target], text=text), names)
                told[target] = replace(told[target], text=normalised(f"{new}\n\n*(edited)*"))
            case Deleted(target=target):
                told.pop(target, None)
            case event:
                if isinstance(event, Said):
                    said[record.seq] = event
                    if event.recalled:
                        names.setdefault(record.by, event.recalled)
                elif isinstance(event, Answered) and event.text:
                    said[record.seq] = Said(text=event.text)  # its writer may edit it as any other message
                elif isinstance(event, ToolReturned):
                    results.add((record.turn, event.call))
                told |= _told(record, event, names)
    return tuple(told.values())


def _is_old_result(record: Record, before: Record | None) -> bool:
    """Whether a code runner repeats a result in a room of the first version, in which such messages are not marked."""
    returned = before.event if before is not None and before.turn == record.turn else None
    return isinstance(returned, ToolReturned) and returned.call.startswith(f"{RUN_CODE}-")


def _told(record: Record, event: Event, names: Mapping[ParticipantId, str]) -> Mapping[int, Line]:
    who = names.get(record.by) or short_name(record.by)
    text, is_note = _words(event, names)
    if not text:
        return {}
    text = text if is_note else normalised(text)
    line = Line(seq=record.seq, at=record.at, who=who, text=text, is_note=is_note, is_person=is_person(record.by))
    return {record.seq: line}


def _words(event: Event, names: Mapping[ParticipantId, str]) -> tuple[str, bool]:
    """What to say about an event, and whether it is a note about the room rather than somebody's words."""
    match event:
        case Said():
            return _said(event, names), False
        case Asked():
            options = f"\n\n({' / '.join(event.options)})" if event.options else ""
            return f"{event.text}{options}", False
        case Answered(withdrawn=True):
            return f"took the question back. {event.text}", True
        case Answered():
            return ("Nobody answered in time." if event.expired else event.text or event.option or ""), event.expired
        case ToolCalled():
            return ("" if event.tool == RUN_CODE else f"called {event.tool} with {event.arguments}"), True
        case ToolReturned():
            return _returned(event), False
        case Opened():
            return f"opened a conversation of its own: {event.task or event.child}", True
        case Closed():
            return f"A conversation of its own ended: {event.text or event.reason}", True
        case Rested():
            return (event.reason if event.unanswered else ""), True
        case Stopped():
            return f"The conversation ended: {event.reason}", True
        case Halted():
            return "Everything was halted.", True
        case Resumed():
            return "The halt was lifted.", True
        case Reset():
            return "The conversation was reset.", True
        case Left():
            return f"{names.get(event.participant) or short_name(event.participant)} left.", True
        case _:
            return "", True


def _said(event: Said, names: Mapping[ParticipantId, str]) -> str:
    parts = [event.text]
    if event.audience:
        parts.insert(0, f"*(to {', '.join(names.get(one) or short_name(one) for one in event.audience)})*")
    if event.recalled:
        parts.insert(0, "*(background)*")
    if event.partial:
        parts.append("*(cut off at the length limit)*" if event.cut else "*(interrupted)*")
    return "\n\n".join(part for part in (*parts, _files(event.files)) if part)


def _returned(event: ToolReturned) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", event.output)), default=0))
    shown = f"{fence}text\n{event.output.rstrip()}\n{fence}" if event.output.strip() else ""
    return "\n\n".join(part for part in (shown, _files(event.files)) if part) or "*(no output)*"


def _files(files: Sequence[FileRef]) -> str:
    return f"*(files: {', '.join(file.name for file in files)})*" if files else ""


def as_text(line: Line) -> str:
    """What happened, for a terminal: without the control characters that could play tricks there."""
    said = f"· {_note(line)}" if line.is_note else f"{line.who}:{chr(10) if chr(10) in line.text else ' '}{line.text}"
    return f"{_clock(line.at)} {_CONTROL.sub('', said)}"


def as_markdown(records: tuple[Record, ...]) -> NamedFile:
    """The conversation as one Markdown document, with a section for each child room."""
    parts = [f"# {_title(records)}"]
    for number, room in enumerate(_rooms(records)):
        parts += [f"## {_title(room)}"] if number else []
        parts += [
            f"*{_clock(line.at)} · {_note(line)}*"
            if line.is_note
            else f"**{line.who}** · {_clock(line.at)}\n\n{line.text}"
            for line in lines(room)
        ]
    text = "\n\n".join(parts) + "\n"
    return NamedFile(name="conversation.md", media_type="text/markdown", content=text.encode(errors="replace"))


def as_html(records: tuple[Record, ...]) -> NamedFile:
    """The conversation as one page of HTML that loads nothing and runs nothing; each child room is a section."""
    title = escape(_title(records))
    first, *below = _rooms(records) or [()]
    body = "\n".join([_as_html(first), *(f"<h1>{escape(_title(room))}</h1>\n{_as_html(room)}" for room in below)])
    page = _PAGE.format(title=title, body=body)
    return NamedFile(name="conversation.html", media_type="text/html", content=page.encode(errors="replace"))


def _rooms(records: tuple[Record, ...]) -> list[tuple[Record, ...]]:
    """The records of each room by themselves, in the order of the rooms."""
    return [tuple(room) for _, room in groupby(records, key=lambda record: record.room)]


def _as_html(records: tuple[Record, ...]) -> str:
    return "\n".join(
        f'<p class="note">{escape(_clock(line.at))} · {escape(_note(line))}</p>'
        if line.is_note
        else f'<article class="{"person" if line.is_person else "agent"}"><h2>{escape(line.who)}'
        f" <time>{escape(_clock(line.at))}</time></h2>\n{_MARKDOWN.render(line.text)}</article>"
        for line in lines(records)
    )


EXPORTERS: Mapping[str, Exporter] = MappingProxyType({"jsonl": as_jsonl, "markdown": as_markdown, "html": as_html})
"""How a room can be exported, by the name that people type."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_MARKDOWN = parser().disable("image")

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
  h2 {{ font-size: 1rem; margin: 1.5rem 0 0; }}
  .agent h2 {{ color: light-dark(#0b57a4, #8ec1ff); }}
  time, .note {{ color: GrayText; font-weight: normal; font-size: .85rem; }}
  pre {{ overflow-x: auto; padding: .75rem; border: 1px solid GrayText; border-radius: .5rem; }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def _title(records: Sequence[Record]) -> str:
    return f"Conversation in {records[0].room}" if records else "An empty conversation"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _note(line: Line) -> str:
    return line.text if line.who == "Tertulia" else f"{line.who} {line.text}"
