"""Server-sent events as they arrive."""


class EventData:
    """Cuts a byte stream into the ``data`` of its events (WHATWG, server-sent events), whatever the pieces are."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    def feed(self, block: bytes) -> list[bytes]:
        """The data of every event that this block completes; comments and other fields are left out."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        complete: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._lines.append(line[5:].strip())
            elif self._lines and line in (b"", b"\r"):
                complete.append(b"\n".join(self._lines))
                self._lines.clear()
        return complete

    def end(self) -> list[bytes]:
        """The last event, where the stream ended without the empty line after it."""
        return self.feed(b"\n\n")
