"""An event in the log, and its JSON.

The JSON is the same in the store, in exports, in replay and on ``--json``: one object a line,
``{"v":1,"room","seq","at","turn","by","type", ...fields}``; fields that equal their default are left out.
This is the one place of the core that parses JSON of a shape it must check, hence its ``Any``.
"""

import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

from agents.errors import StoreFailed, StoreIsNewer
from agents.log.events import Answered, Edited, Event, Said, ToolReturned
from agents.log.files import FileRef
from agents.log.participants import ParticipantId
from agents.values import value

VERSION = 1
"""Of the JSON form. An older one is upcast when decoded, a newer one is refused."""


@value
class Entry:
    """An event about to be appended. ``source`` is unique in the whole store: a second one adds nothing."""

    event: Event
    by: ParticipantId
    turn: int | None = None
    source: str | None = None


@value
class Record:
    """An event as the store returns it. ``at`` is in seconds since the epoch; ``turn`` the seq of its `TurnStarted`.

    ``event`` is None where the row was erased; then ``trace`` is what the fold still needs of it, without its words.
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
"""Stands for words that are gone; no longer than any words, because a row that grew would be moved in its file."""


def trace_of(event: Event) -> Event | None:
    """What is left of an event that is erased: that somebody spoke or answered, so that what followed still follows."""
    match event:
        case Said(recalled=recalled):
            return Said(text="", recalled=recalled and DELETED_WORDS)
        case Edited(target=target):
            return Edited(target=target, text="")
        case Answered(text=text, option=option):
            return replace(event, text=text and DELETED_WORDS, option=option and DELETED_WORDS)
        case _:
            return None


def type_name(event: Event) -> str:
    """``TurnStarted`` is ``turn_started``."""
    return _NAMES[type(event)]


def files_of(record: Record) -> tuple[FileRef, ...]:
    """The files that a record names."""
    return record.event.files if isinstance(record.event, Said | ToolReturned) else ()


def encode_event(event: Event) -> str:
    """The event's own fields as one JSON object, defaults left out: what the store keeps as the row's body."""
    return compact_json(plain(event))


def decode_event(type_: str, body: str, *, v: int = VERSION) -> Event:
    """The inverse of `encode_event`.

    Raises `StoreIsNewer` for a newer ``v`` and `StoreFailed` for what is no event.
    """
    if v > VERSION:
        raise StoreIsNewer(
            f"A record has version {v} and this Tertulia reads up to {VERSION}; upgrade Tertulia to open this room."
        )
    if type_ not in _EVENTS:
        raise StoreFailed(f"The log holds an unknown event type {type_!r}; restore a backup or upgrade Tertulia.")
    try:
        return unplain(_EVENTS[type_], json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreFailed(f"A {type_!r} event of the log cannot be read ({error}); restore a backup.") from error


def to_json(record: Record) -> str:
    """One line of export, replay and ``--json``. An erased record has the type ``erased`` and no fields."""
    line: dict[str, object] = {
        "v": VERSION,
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
        line |= plain(record.event)
    return compact_json(line)


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
    "turn": (int, types.NoneType),
    "source": (str, types.NoneType),
}


def plain(value: object) -> dict[str, object]:
    """A frozen value of the core as JSON-ready fields, defaults left out."""
    fields_of: dict[str, object] = {}
    for name, default, encode in _ENCODERS[type(value)]:
        item = getattr(value, name)
        if item is not default and item != default:
            fields_of[name] = item if encode is None else encode(item)
    return fields_of


def unplain(cls: type[Any], data: Any) -> Any:
    """The inverse of `plain`: ``data`` as a value of ``cls``. Raises TypeError, KeyError or ValueError."""
    decoders = _DECODERS[cls]
    values: dict[str, Any] = {}
    for name, item in data.items():
        decode = decoders[name]
        values[name] = item if decode is None else decode(item)
    return cls(**values)


_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
# Made once: json.dumps would make an encoder for each event.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ESCAPED = json.JSONEncoder(separators=(",", ":"))


def compact_json(value: object) -> str:
    """JSON without spaces that can be encoded whatever the text is."""
    text = _COMPACT.encode(value)
    if text.isascii() or not _HALF_A_CHARACTER.search(text):
        return text
    # Models do say half an emoji. As an escape it can be written down.
    return _ESCAPED.encode(value)


class _Encoders(dict[type, tuple[tuple[str, object, Callable[[Any], object] | None], ...]]):
    def __missing__(self, cls: type[Any]) -> tuple[tuple[str, object, Callable[[Any], object] | None], ...]:
        hints = get_type_hints(cls)
        self[cls] = tuple((field.name, field.default, _encoder(hints[field.name])) for field in fields(cls))
        return self[cls]


def _encoder(hint: Any) -> Callable[[Any], object] | None:
    """How a field of this type becomes a JSON value; None = it already is one."""
    if get_origin(hint) in (tuple, frozenset):
        inner = _encoder(get_args(hint)[0])
        return list if inner is None else lambda items: [inner(each) for each in items]
    if get_origin(hint) is Mapping:
        inner = _encoder(get_args(hint)[1])
        return None if inner is None else lambda items: {key: inner(each) for key, each in items.items()}
    return None if _value_in(hint) is None else lambda item: None if item is None else plain(item)


class _Decoders(dict[type, dict[str, Callable[[Any], Any] | None]]):
    def __missing__(self, cls: type[Any]) -> dict[str, Callable[[Any], Any] | None]:
        hints = get_type_hints(cls)
        self[cls] = {field.name: _decoder(hints[field.name]) for field in fields(cls)}
        return self[cls]


def _decoder(hint: Any) -> Callable[[Any], Any] | None:
    """How a JSON value becomes a field of this type; None = it already is one."""
    if get_origin(hint) is tuple:
        inner = _decoder(get_args(hint)[0])
        return tuple if inner is None else lambda raw: tuple(inner(each) for each in raw)
    if get_origin(hint) is Mapping:
        inner = _decoder(get_args(hint)[1])
        return None if inner is None else lambda raw: {key: inner(each) for key, each in raw.items()}
    if get_origin(hint) is frozenset:
        return frozenset
    option = _value_in(hint)
    return None if option is None else lambda raw: None if raw is None else unplain(option, raw)


def _value_in(hint: Any) -> type[Any] | None:
    """The dataclass that a field of this type holds, if it holds one or None."""
    options = get_args(hint) if get_origin(hint) in (types.UnionType, typing.Union) else (hint,)
    for option in options:
        if is_dataclass(option) and isinstance(option, type):
            return option
    return None


_ENCODERS = _Encoders()
_DECODERS = _Decoders()


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


_NAMES: dict[type, str] = {cls: _snake(cls.__name__) for cls in get_args(Event)}
_EVENTS: dict[str, type] = {name: cls for cls, name in _NAMES.items()}
