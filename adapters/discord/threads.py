"""Threads that conversations live in: made from the message that began them, opened again, or done without."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from adapters.discord import refusals
from adapters.discord.bots import Bot
from adapters.discord.identities import place
from adapters.discord.refusals import Refused
from adapters.discord.rest import Request, Rest
from adapters.discord.rooms import Where
from adapters.shared.recent import Once, Recent

_T = TypeVar("_T")

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a message goes; ``reply_to`` is the message whose thread could not be made."""

    where: Where
    reply_to: int | None = None


class Threads:
    """Makes a room's thread a place that can be posted to. ``tell`` gets one sentence where that is withheld."""

    def __init__(self, rest: Rest, host: Bot, *, tell: Callable[[str], None]):
        self._rest, self._host, self._tell = rest, host, Once(tell)
        self._done_without: Recent[int, None] = Recent(1000)

    async def at(self, where: Where, call: Callable[[Target], Awaitable[_T]]) -> _T:
        """What ``call`` returns for the room's place, after its thread was made or opened if need be."""
        for attempt in range(3):
            here = self._target(where)
            try:
                return await call(here)
            except Refused as error:
                if attempt == 2 or here.where.thread is None or not await self._mend(here.where, error):
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def make(self, where: Where, text: str) -> bool:
        """Make the thread from its message, called by the message's first words; False where that is not possible."""
        assert where.thread is not None, "only a thread can be made"
        path = f"/channels/{where.channel}/messages/{where.thread}/threads"
        body = {"name": name_of(text), "auto_archive_duration": 1440}
        try:
            await self._rest.send(self._request("POST", path, where, body, "Create Public Threads"))
        except Refused as error:
            if error.code == refusals.THREAD_EXISTS:
                return True
            if error.retry_after is not None:
                raise
            self._done_without.put(where.thread, None)
            self._tell(f"{error} Until then the answers are in the channel.")
            return False
        return True

    async def _mend(self, where: Where, error: Refused) -> bool:
        """Do something about a thread that refused; whether another attempt makes sense."""
        assert where.thread is not None, "only threads are mended"
        if error.code == refusals.ARCHIVED:
            request = self._request("PATCH", f"/channels/{where.thread}", where, {"archived": False}, "Manage Threads")
            await self._rest.send(request)
            return True
        if error.code != refusals.UNKNOWN_CHANNEL:
            return False
        await self.make(where, await self._first_words(where))
        return True

    async def _first_words(self, where: Where) -> str:
        path = f"/channels/{where.channel}/messages/{where.thread}"
        try:
            message = await self._rest.send(self._request("GET", path, where, None, "Read Message History"))
        except Refused as error:
            if error.retry_after is not None:
                raise
            return ""
        return str(message.get("content") or "")

    def _target(self, where: Where) -> Target:
        if where.thread is not None and where.thread in self._done_without:
            return Target(where=where.parent, reply_to=where.thread)
        return Target(where=where)

    def _request(self, method: str, path: str, where: Where, body: Mapping[str, object] | None, wants: str) -> Request:
        return Request(
            method=method,
            path=path,
            token=self._host.token,
            body=body,
            who=self._host.name,
            where=place(where.channel),
            wants=wants,
        )


def name_of(text: str) -> str:
    """A thread's name: the first line of what began it, without mentions."""
    words = [word for word in text.strip().split("\n")[0].split() if not word.startswith("<@")]
    name = " ".join(words) or "Conversation"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
