"""What a config comes to: every value with where it came from, and never a secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import BaseModel

from bots.config.configuration import Config
from bots.config.people import Who
from bots.config.places import Pattern
from bots.config.references import Secret

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
_Node: TypeAlias = (
    "BaseModel | Secret | Pattern | Who | str | int | float | bool | Mapping[str, _Node] | tuple[_Node, ...] | None"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value: its key (``agents.coder.model``), the value as JSON would show it, and its origin.

    ``origin`` is ``file``, ``default``, or a secret's ``env:NAME`` or ``file:PATH``; a secret has no value.
    """

    key: str
    value: Plain
    origin: str


def effective(config: Config) -> tuple[Value, ...]:
    """All values, in the order of docs/config.md."""
    return tuple(_values(config, "", from_file=True))


def _values(table: BaseModel, prefix: str, *, from_file: bool) -> Iterator[Value]:
    for name in type(table).model_fields:
        given = from_file and name in table.model_fields_set
        yield from _one(getattr(table, name), f"{prefix}{name}", given=given)


def _one(value: _Node, key: str, *, given: bool) -> Iterator[Value]:
    match value:
        case BaseModel():
            yield from _values(value, f"{key}.", from_file=given)
        case Mapping() if any(isinstance(each, BaseModel) for each in value.values()):
            for name, each in value.items():
                yield from _one(each, f"{key}.{name}", given=given)
        case tuple() if any(isinstance(each, BaseModel) for each in value):
            for number, each in enumerate(value, 1):
                yield from _one(each, f"{key}.{number}", given=given)
        case Secret():
            yield Value(key=key, value=None, origin=str(value))
        case _:
            yield Value(key=key, value=_plain(value), origin="file" if given else "default")


def _plain(value: _Node) -> Plain:
    match value:
        case Pattern():
            return str(value)
        case Who():
            return value.name
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
        case BaseModel() | Secret():
            raise TypeError(f"{value!r} is no single value")
        case _:
            return value
