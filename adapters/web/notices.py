"""Cards that a page shows above the conversation, such as how far the sandbox is; no log keeps them."""

import asyncio
from typing import Literal, TypeAlias

from msgspec import Struct

NoticeLevel: TypeAlias = Literal["info", "working", "warning", "error"]


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One card. ``progress`` is between 0 and 1, None where there is none to show."""

    id: str
    text: str
    progress: float | None = None
    level: NoticeLevel = "info"


class Notices:
    """The cards that every page shows now, in the order in which they came. They live as long as the process."""

    def __init__(self) -> None:
        self._cards: dict[str, Notice] = {}
        self._news = asyncio.Event()
        self.version = 0

    def put(self, id: str, text: str, progress: float | None = None, level: NoticeLevel = "info") -> None:
        """Show a card, or change the one with this id."""
        self._cards[id] = Notice(id=id, text=text, progress=progress, level=level)
        self._tell()

    def remove(self, id: str) -> None:
        """Take a card away; one that is not there is fine."""
        if self._cards.pop(id, None):
            self._tell()

    @property
    def cards(self) -> tuple[Notice, ...]:
        """All of them."""
        return tuple(self._cards.values())

    async def changed(self, since: int) -> int:
        """Wait until ``version`` is another one than ``since``; return it."""
        while self.version == since:
            await self._news.wait()
        return self.version

    def _tell(self) -> None:
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()
