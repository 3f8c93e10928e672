"""Server-sent events, cut out of the bytes of an answer as they arrive."""

import re
from typing import NamedTuple

_LINE_END = re.compile(rb"\r\n|\r|\n")


class Event(NamedTuple):
    """One event: its ``data``, and its ``name``, empty where it has none."""

    data: bytes
    name: bytes = b""


class EventData:
    """Cuts a byte stream into server-sent events, whatever the pieces are.

    After https://html.spec.whatwg.org/multipage/server-sent-events.html: lines end with CR, LF or both, comments and
    unknown fields are left out, and an event without data is none. Unlike there, the last event counts though no empty
    line follows it: several endpoints forget that one.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        self._name = b""
        self._begun = False
        self._after_cr = False

    def feed(self, block: bytes) -> list[Event]:
        """The events that this block completes."""
        if not self._begun:
            block = b"".join([*self._rest, block]).removeprefix(b"\xef\xbb\xbf")
            self._rest.clear()
            self._begun = len(block) >= 3
        if self._after_cr and block:
            block = block.removeprefix(b"\n")  # the line ended with the CR; this is the other half of its end
            self._after_cr = False
        if b"\n" not in block and b"\r" not in block:
            self._rest.append(block)
            return []
        self._after_cr = block.endswith(b"\r")
        *lines, rest = _LINE_END.split(b"".join([*self._rest, block]))
        self._rest = [rest] if rest else []
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: bytes) -> Event | None:
        if not line:
            event = Event(b"\n".join(self._data).strip(), self._name)
            self._data.clear()
            self._name = b""
            return event if event.data else None
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._name = value.strip()
        return None

    def end(self) -> list[Event]:
        """The last event, where the stream ended without the empty line after it."""
        return [*self.feed(b"\n"), *self.feed(b"\n")]


class WholeBody:
    """Takes an answer that is not streamed: one JSON object, complete at the end."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def feed(self, block: bytes) -> list[Event]:
        """Take a block; there is nothing before the end."""
        self._blocks.append(block)
        return []

    def end(self) -> list[Event]:
        """All of it."""
        return [Event(b"".join(self._blocks).strip())]


class Body:
    """Cuts an answer that is a stream of events or one JSON document: the first byte tells, whatever the label says.

    Some servers stream under ``application/json``, others ignore that a stream was asked for and send
    ``text/event-stream`` or ``text/plain`` with one document.
    """

    def __init__(self) -> None:
        self._before = b""
        self._cut: EventData | WholeBody | None = None

    def feed(self, block: bytes) -> list[Event]:
        """The events that this block completes."""
        if self._cut is None:
            self._before += block
            head = self._before.removeprefix(b"\xef\xbb\xbf").lstrip()
            if not head:
                return []
            self._cut = WholeBody() if head.startswith((b"{", b"[")) else EventData()
            block = head if head.startswith((b"{", b"[")) else self._before
        return self._cut.feed(block)

    def end(self) -> list[Event]:
        """What is left when nothing more comes."""
        return [] if self._cut is None else self._cut.end()
