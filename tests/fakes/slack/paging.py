"""Pages: ``limit`` and ``cursor`` as every list of Slack takes them."""

import base64
from typing import TypeVar

from tests.fakes.slack.calls import Call, Refused
from tests.fakes.slack.world import Payload

T = TypeVar("T")


def page(
    call: Call, items: list[T], *, usual: int = 100, most: int = 1000, at_most: int | None = None
) -> tuple[list[T], Payload]:
    """The page that the call asks for, and what the answer says of the next one; ``at_most`` is all that some get."""
    limit = int(call.args.get("limit", usual))
    if not 1 <= limit <= most:
        raise Refused("invalid_limit")
    limit = min(limit, at_most or limit)
    start = _start(call.maybe("cursor"))
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        kind, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        start = int(number)
    except ValueError:
        raise Refused("invalid_cursor") from None
    if kind != "next":
        raise Refused("invalid_cursor")
    return start
