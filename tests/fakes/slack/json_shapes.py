"""Narrowing of JSON that a client sent: what is not of the wanted shape is None."""

from typing import Any, TypeGuard

from tests.fakes.slack.world import Payload


def is_object(value: object) -> TypeGuard[Payload]:
    """Whether it is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a JSON array."""
    return isinstance(value, list)


def inside(value: object) -> list[Any]:
    """What an object or an array holds, one level down."""
    if is_object(value):
        return list(value.values())
    return value if is_array(value) else []
