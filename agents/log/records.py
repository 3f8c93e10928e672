"""An event in the log, and its JSON.

The JSON is the same in the store, in exports, in replay and on ``--json``: one object a line,
``{"v","room","seq","at","turn","by","type", ...fields}``; fields that equal their default are left out.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from types import NoneType
from typing import Any, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents.errors import StoreFailed, StoreIsNewer, WrongUse
from agents.log.events import (
    EXIT,
    Answered,
    Asked,
    Closed,
    Edited,
    Event,
    Noted,
    Opened,
    Pending,
    Rested,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
)
from agents.log.files import FileRef
from agents.log.participants import ParticipantId

VERSION = 2
"""The version of the JSON form. `decode_event` reads this one and older ones, and refuses a newer one."""


def version_of(event: Event | None) -> int:
    """The version that whoever reads this event must know at least.

    An event that the first version could have written has that one, so that an older Tertulia still reads most rooms.
    """
    if isinstance(event, _NEW_EVENTS):
        return 2
    parts = (event, event.pending) if isinstance(event, Asked) else (event,)
    return 2 if any(getattr(one, name) != default for one in parts for name, default in _new_fields(one)) else 1


_NEW_EVENTS = (Noted, Closed, Rested)
_NEW_FIELDS: Mapping[type[Struct], Collection[str]] = {
    Said: ("result", "cut"),
    TurnStarted: ("audience",),
    ToolCalled: ("echo",),
    ToolReturned: ("unknown",),
    Asked: ("stands_in", "audience", "child"),
    Pending: ("files", "echo"),
    Answered: ("withdrawn", "written", "mentions", "files"),
    Opened: ("team", "background", "sources", "join"),
    Stopped: ("upto",),
}
"""What the first version did not have; it refuses what it does not know."""

_DEFAULTS: Mapping[type[object], Sequence[tuple[str, object]]] = {
    kind: [(one.name, one.default) for one in msgspec.structs.fields(kind) if one.name in names]
    for kind, names in _NEW_FIELDS.items()
}


def _new_fields(value: object) -> Sequence[tuple[str, object]]:
    return _DEFAULTS.get(type(value), ())


THIS_TURN = 0
"""As an entry's ``turn``: the turn whose `TurnStarted` stands before it in the same append.

That turn has no number yet, and no record ever has this one: they count from 1.
"""


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """An event about to be appended, by whom.

    ``turn`` is the seq of the turn in which it happens, or `THIS_TURN`. ``source`` names what it comes from (a
    platform's message, a press of a button); it is unique in the whole store, so that a second entry adds nothing.
    """

    event: Event
    by: ParticipantId
    turn: int | None = None
    source: str | None = None


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """An event as the store returns it.

    room: the name of the room, or of another log (see `agents.log.room_id`).
    seq: its number in that log: 1, 2, 3 ... without gaps.
    at: when it was appended, in seconds since the epoch.
    by: who did it.
    event: what happened; None where the record was erased.
    turn: the seq of the `TurnStarted` of the turn in which it happened; None outside turns.
    source: what it comes from; see `Entry`.
    trace: of an erased record, what the fold still needs of the event, without its words.
    """

    room: str
    seq: int
    at: float
    by: ParticipantId
    event: Event | None
    turn: int | None = None
    source: str | None = None
    trace: Event | None = None


DELETED_WORDS = "-"
"""Stands in for words that were erased, where it matters later that there were some.

It is one character long, as any words are at least: a database moves a row that grew, and a copy of the erased words
would stay where the row was.
"""


def trace_of(event: Event) -> Event | None:
    """What is left of an event that is erased: that somebody spoke or answered, without the words.

    Without it the fold of an erased room would differ: whom a turn answered, or that a question has its answer.
    """
    match event:
        case Said(recalled=recalled):
            return Said(text="", recalled=recalled and DELETED_WORDS)
        case Edited(target=target):
            return Edited(target=target, text="")
        case Answered(text=text, option=option, files=files):
            # What was a message, be it a file alone, stays one; `exit` is none, and must not become one.
            left = text if text.strip() == EXIT else DELETED_WORDS if text or files else ""
            return replace(event, text=left, option=option and DELETED_WORDS, mentions=(), files=())
        case Noted(key=key):
            return Noted(key=key, value=None)  # or an older note of that name would be back
        case Opened():
            return replace(event, task="")
        case Closed():
            return replace(event, text="", files=(), reason="")
        case _:
            return None


def type_name(event: Event) -> str:
    """What an event's type is called in JSON and in the store: ``TurnStarted`` is ``turn_started``."""
    return _NAMES[type(event)]


def files_of(record: Record) -> tuple[FileRef, ...]:
    """The files that a record names."""
    return record.event.files if isinstance(record.event, Said | Answered | ToolReturned | Closed) else ()


def encode_event(event: Event) -> str:
    """The event's own fields as one JSON object, defaults left out: what the store keeps as the row's body."""
    return as_json(event)


def storable(event: Event) -> tuple[Event, str]:
    """The event as it comes back from the log, and its body (see `encode_event`).

    They differ from what was given only where its text holds a lone surrogate. UTF-8 has none, so the body has U+FFFD
    in its place, and whoever appended gets to see what later readers will. Raises `WrongUse` for one that would not
    come back: a field of it is of another type than it may be.
    """
    name = _NAMES[type(event)]
    decode = _DECODERS[name].decode
    try:
        try:
            body = _ENCODER.encode(event)
            decode(body)
            return event, body.decode()
        except UnicodeEncodeError:
            mended = as_json(event)
            return decode(mended), mended
    except (ValueError, TypeError) as error:
        raise WrongUse(f"A {name} event cannot be kept ({error}); give each field what its type says.") from error


def decode_event(type_: str, body: str, *, v: int = VERSION) -> Event:
    """The inverse of `encode_event`.

    Raises `StoreIsNewer` for a newer ``v`` and `StoreFailed` for what is no event.
    """
    if v > VERSION:
        raise StoreIsNewer(
            f"A record has version {v} and this Tertulia reads up to {VERSION}; upgrade Tertulia to open this room."
        )
    decoder = _DECODERS.get(type_)
    if decoder is None:
        raise StoreFailed(f"The log holds an unknown event type {type_!r}; restore a backup or upgrade Tertulia.")
    try:
        return decoder.decode(body)
    except (ValueError, RecursionError) as error:
        return _decode_old(type_, body, error)


def _decode_old(type_: str, body: str, error: Exception) -> Event:
    """An event that holds a lone surrogate, or a number as its text; raises `StoreFailed` where it is no event at all.

    Rows of the first version have such: the one as an escape, which the json module reads and msgspec does not.
    """
    try:
        fields = json.loads(body)
        if isinstance(fields.get("text"), int | float):
            fields["text"] = str(fields["text"])
        return msgspec.convert(fields, _EVENTS[type_])
    except (ValueError, AttributeError, RecursionError):
        raise StoreFailed(f"A {type_!r} event of the log cannot be read ({error}); restore a backup.") from error


def to_json(record: Record) -> str:
    """One line of export, replay and ``--json``. An erased record has the type ``erased`` and no fields."""
    line: dict[str, object] = {
        "v": version_of(record.event),
        "room": record.room,
        "seq": record.seq,
        "at": record.at,
        "turn": record.turn,
        "by": record.by,
        "type": "erased" if record.event is None else type_name(record.event),
    }
    if record.source is not None:
        line["source"] = record.source
    if record.event is not None:
        line |= msgspec.to_builtins(record.event)
    return as_json(line)


def from_json(line: str) -> Record:
    """The inverse of `to_json`. Raises `StoreFailed` where the line is not a record."""
    try:
        data: dict[str, Any] = json.loads(line)
        v, type_ = data.pop("v"), data.pop("type")
        head = {name: data.pop(name, None) for name in _HEAD}
        wrong = [name for name, kinds in _HEAD.items() if type(head[name]) not in kinds]
        if wrong or type(v) is not int or type(type_) is not str:
            raise ValueError(f"it has no usable {wrong[0] if wrong else 'v or type'}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreFailed(f"This line is not a record of a room ({error}); export the room again.") from error
    return Record(**head, event=None if type_ == "erased" else decode_event(type_, json.dumps(data), v=v))


_HEAD: dict[str, tuple[type, ...]] = {
    "room": (str,),
    "seq": (int,),
    "at": (float, int),
    "by": (str,),
    "turn": (int, NoneType),
    "source": (str, NoneType),
}


def as_json(value: object) -> str:
    """A value of the core as JSON without spaces. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
    try:
        return _ENCODER.encode(value).decode()
    except UnicodeEncodeError:  # a model's answer may be cut in the middle of an emoji
        return _HALF_A_CHARACTER.sub("\ufffd", json.dumps(msgspec.to_builtins(value), **_COMPACT))


_ENCODER = msgspec.json.Encoder()
_COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


_NAMES: dict[type, str] = {cls: _snake(cls.__name__) for cls in get_args(Event)}
_EVENTS: dict[str, type[Any]] = {name: cls for cls, name in _NAMES.items()}
# A row names its type beside its body: each type is decoded by a decoder of its own.
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(cls) for name, cls in _EVENTS.items()}
