"""Reading JSON as Slack sends it: what is not there, or is something else, is empty."""

from typing import Any, TypeAlias, TypeGuard

Payload: TypeAlias = dict[str, Any]
"""JSON as Slack sends and takes it: the adapter's parsing edge."""


def part(shape: Payload, *path: str) -> Payload:
    """The object at a path of keys."""
    for key in path:
        inner: object = shape.get(key)
        if not _is_object(inner):
            return {}
        shape = inner
    return shape


def word(shape: Payload, *path: str) -> str:
    """The text at a path of keys; numbers are written out."""
    value: object = shape.get(path[0]) if len(path) == 1 else part(shape, *path[:-1]).get(path[-1])
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def parts(shape: Payload, key: str) -> list[Payload]:
    """The objects of a list."""
    found: object = shape.get(key)
    return [one for one in found if _is_object(one)] if _is_list(found) else []


def words(shape: Payload, key: str) -> list[str]:
    """The texts of a list."""
    found: object = shape.get(key)
    return [one for one in found if isinstance(one, str)] if _is_list(found) else []


def _is_object(value: object) -> TypeGuard[Payload]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
