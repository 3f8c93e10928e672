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

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> "RoomWatch":
        """Hear of these rooms (None: of every room) from now on, of their ``drafts`` too."""
        watch = RoomWatch(self, () if room is None else (room, *more), drafts=drafts)
        for one in watch.rooms:
            self._rooms.setdefault(one, set()).add(watch)
        if not watch.rooms:
            self._everywhere.add(watch)
        return watch

    def leave(self, watch: "RoomWatch") -> None:
        """Hear no more."""
        self._everywhere.discard(watch)
        for room in watch.rooms:
            if watches := self._rooms.get(room):
                watches.discard(watch)
                if not watches:
                    del self._rooms[room]


class RoomWatch:
    """A `Watch`: yields each room once, however often it had news since it was last yielded."""

    __slots__ = ("_closed", "_drafts", "_heard", "_loop", "_news", "_waiter", "rooms", "seq")

    def __init__(self, news: News, rooms: tuple[str, ...], *, drafts: bool = True):
        self.rooms, self.seq, self._drafts = rooms, 0, drafts
        self._news = news
        self._heard: dict[str, None] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def hear(self, room: str, seq: int) -> None:
        """``room`` has news; wake the reader."""
        if seq or self._drafts:
            self.seq = max(seq, self.seq)
            self._heard[room] = None
            self._stir()

    def __aiter__(self) -> "RoomWatch":
        return self

    async def __anext__(self) -> str:
        # Asked for once: Python 3.11 asks the system for the process each time.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        while not self._heard and not self._closed:
            self._waiter = loop.create_future()
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
