"""Watching rooms for news: the port, and what a store uses to keep it inside one process."""

import asyncio
from typing import Protocol


class Watch(Protocol):
    """A watch over one room, several or all of them, for one reader; `Log.watch` begins it.

    ``seq`` is the highest record number that it has heard of. Whoever holds that record need not read the log.

        watch = store.log.watch("web:lobby")
        await store.log.append("web:lobby", [Entry(event=Said(text="Hello."), by="person:web/ana")])
        assert await anext(watch) == "web:lobby"
        await watch.aclose()
    """

    seq: int

    def __aiter__(self) -> "Watch":
        """The watch itself."""
        ...

    async def __anext__(self) -> str:
        """The next room with news. News that came since the last call are not lost. Ends once the watch is closed."""
        ...

    async def aclose(self) -> None:
        """End the watch, also for a reader that waits. Closing twice is fine."""
        ...


class News:
    """Tells watches which rooms have news. A store has one, and calls `tell` once what happened is durable."""

    __slots__ = ("_everywhere", "_rooms")

    def __init__(self) -> None:
        self._rooms: dict[str, set[RoomWatch]] = {}
        self._everywhere: set[RoomWatch] = set()

    def tell(self, room: str, seq: int = 0) -> None:
        """Tell that ``room`` has news: a record with the number ``seq``, or a changed draft where that is 0."""
        for watch in self._rooms.get(room, ()):
            watch.hear(room, seq)
        for watch in self._everywhere:
            watch.hear(room, seq)

    def watch(self, room: str | None = None, *more: str, drafts: bool = True) -> "RoomWatch":
        """A watch over these rooms, or over every room (None), from now on; over their ``drafts`` too."""
        watch = RoomWatch(self, () if room is None else (room, *more), drafts=drafts)
        for one in watch.rooms:
            self._rooms.setdefault(one, set()).add(watch)
        if not watch.rooms:
            self._everywhere.add(watch)
        return watch

    def leave(self, watch: "RoomWatch") -> None:
        """Tell this watch nothing any more."""
        self._everywhere.discard(watch)
        for room in watch.rooms:
            if watches := self._rooms.get(room):
                watches.discard(watch)
                if not watches:
                    del self._rooms[room]


class RoomWatch:
    """A `Watch`. It yields a room once, however often it had news since it was yielded last."""

    __slots__ = ("_closed", "_drafts", "_heard", "_loop", "_news", "_waiter", "rooms", "seq")

    def __init__(self, news: News, rooms: tuple[str, ...], *, drafts: bool = True):
        self.rooms, self.seq, self._drafts = rooms, 0, drafts
        self._news = news
        self._heard: dict[str, None] = {}  # a set in the order in which rooms were heard of
        self._waiter: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def hear(self, room: str, seq: int) -> None:
        """Note that ``room`` has news, and wake the reader."""
        if seq or self._drafts:
            self.seq = max(seq, self.seq)
            self._heard[room] = None
            self._stir()

    def __aiter__(self) -> "RoomWatch":
        return self

    async def __anext__(self) -> str:
        # Kept, because in Python 3.11 every call asks the system for the number of the process, in case it was forked.
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
        """End the watch, also for a reader that waits."""
        self._closed = True
        self._news.leave(self)
        self._stir()

    def _stir(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
