"""Who waits for news of which room, inside one process."""

import asyncio


class News:
    """Tells watches which rooms have news. A store keeps one and calls `tell` after what happened is durable."""

    __slots__ = ("_everywhere", "_rooms")

    def __init__(self) -> None:
        self._rooms: dict[str, set[RoomWatch]] = {}
        self._everywhere: set[RoomWatch] = set()

    def tell(self, room: str, seq: int = 0) -> None:
        """``room`` has news: a record with this number, or (0) a changed draft."""
        for watch in self._rooms.get(room, ()):
            watch.hear(room, seq)
        for watch in self._everywhere:
            watch.hear(room, seq)

    def watch(self, room: str | None = None) -> "RoomWatch":
        """Hear of this room (None: of every room) from now on."""
        watch = RoomWatch(self, room)
        if room is None:
            self._everywhere.add(watch)
        else:
            self._rooms.setdefault(room, set()).add(watch)
        return watch

    def leave(self, watch: "RoomWatch") -> None:
        """Hear no more."""
        if watch.room is None:
            self._everywhere.discard(watch)
        elif watches := self._rooms.get(watch.room):
            watches.discard(watch)
            if not watches:
                del self._rooms[watch.room]


class RoomWatch:
    """A `Watch`: yields each room once, however often it had news since it was last yielded."""

    __slots__ = ("_closed", "_heard", "_news", "_waiter", "room", "seq")

    def __init__(self, news: News, room: str | None):
        self.room, self.seq = room, 0
        self._news = news
        self._heard: dict[str, None] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    def hear(self, room: str, seq: int) -> None:
        """``room`` has news; wake the reader."""
        self.seq = max(seq, self.seq)
        self._heard[room] = None
        self._stir()

    def __aiter__(self) -> "RoomWatch":
        return self

    async def __anext__(self) -> str:
        while not self._heard and not self._closed:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self._closed:
            raise StopAsyncIteration
        room = next(iter(self._heard))
        del self._heard[room]
        return room

    async def aclose(self) -> None:
        """End the watch; a reader that waits is told."""
        self._closed = True
        self._news.leave(self)
        self._stir()

    def _stir(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
