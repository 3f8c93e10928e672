"""The effective config: every value with where it came from, and never a secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import BaseModel

from bots.config.configuration import Config
from bots.config.people import Who
from bots.config.places import Pattern
from bots.config.references import Secret

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
_Leaf: TypeAlias = (
    "Secret | Pattern | Who | str | int | float | bool | Mapping[str, _Nested] | tuple[_Nested, ...] | None"
)
_Nested: TypeAlias = "BaseModel | _Leaf"


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
    return tuple(
        Value(key=key, value=None, origin=str(node))
        if isinstance(node, Secret)
        else Value(key=key, value=_plain(node), origin="file" if given else "default")
        for key, node, given in _leaves(config, "", given=True)
    )


def secrets_in(config: Config) -> tuple[tuple[str, Secret], ...]:
    """Every secret that the config refers to, with its key."""
    return tuple((key, node) for key, node, _ in _leaves(config, "", given=True) if isinstance(node, Secret))


def _leaves(node: _Nested, key: str, *, given: bool) -> Iterator[tuple[str, _Leaf, bool]]:
    """Single values with their keys, and whether the file has them."""
    if isinstance(node, BaseModel):
        for name in type(node).model_fields:
            inner: _Nested = getattr(node, name)
            yield from _leaves(inner, f"{key}.{name}".lstrip("."), given=given and name in node.model_fields_set)
    elif isinstance(node, Mapping) and any(isinstance(each, BaseModel) for each in node.values()):
        for name, each in node.items():
            yield from _leaves(each, f"{key}.{name}", given=given)
    elif isinstance(node, tuple) and any(isinstance(each, BaseModel) for each in node):
        for number, each in enumerate(node, 1):
            yield from _leaves(each, f"{key}.{number}", given=given)
    else:
        yield key, node, given


def _plain(value: _Nested) -> Plain:
    match value:
        case Pattern():
            return str(value)
        case Who():
            return value.name
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
        case BaseModel() | Secret():  # not inside a single value
            return str(value)
        case _:
            return value
