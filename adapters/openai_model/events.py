"""Server-sent events, cut out of the bytes of an answer as they arrive."""


class EventData:
    """Cuts a byte stream into the ``data`` of its server-sent events (WHATWG), whatever the pieces are."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._lines: list[bytes] = []
        self._found = False

    def feed(self, block: bytes) -> list[bytes]:
        """The data of every event that this block completes; comments and other fields are left out."""
        self._rest.append(block)
        if b"\n" not in block:
            return []
        *lines, rest = b"".join(self._rest).split(b"\n")
        self._rest = [rest]
        complete: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._lines.append(line[5:].strip())
            elif self._lines and line in (b"", b"\r"):
                complete.append(b"\n".join(self._lines))
                self._lines.clear()
        self._found = self._found or bool(complete)
        return complete

    @property
    def strange(self) -> bool:
        """Whether bytes came, and none of them were an event's data."""
        return bool(self._rest) and not self._found

    def end(self) -> list[bytes]:
        """The last event, where the stream ended without the empty line after it."""
        return self.feed(b"\n\n") if self._rest else []


class WholeBody:
    """Takes an answer that is not streamed: one JSON object, complete at the end."""

    strange = False

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def feed(self, block: bytes) -> list[bytes]:
        """Take a block; there is no data before the end."""
        self._blocks.append(block)
        return []

    def end(self) -> list[bytes]:
        """All of it."""
        return [b"".join(self._blocks)]
