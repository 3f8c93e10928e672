"""What programs print."""

from __future__ import annotations

from collections import deque

from adapters.docker_sandbox.inside.frames import send


class Output:
    """The head is sent on at once; the end of the rest is kept for later."""

    def __init__(self, limits: dict[str, int]):
        self.room, self.tail_size, self.limit = limits["head"], limits["tail"], limits["output"]
        self.total = self.sent = self.held = 0
        self.tail: deque[bytes] = deque()

    def keep(self, data: bytes) -> None:
        """Take what was read from the pipe."""
        self.total += len(data)
        if self.room:
            send(b"O", data[: self.room])
            self.sent += min(self.room, len(data))
            data, self.room = data[self.room :], max(0, self.room - len(data))
        if data:
            self.tail.append(data)
            self.held += len(data)
            while self.held - len(self.tail[0]) >= self.tail_size:
                self.held -= len(self.tail.popleft())

    def finish(self) -> int:
        """Send the tail; return how many bytes between head and tail were lost."""
        tail = b"".join(self.tail)[-self.tail_size :]
        if tail:
            send(b"T", tail)
        return self.total - self.sent - len(tail)
