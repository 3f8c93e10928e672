"""What was changed or deleted while nobody was connected, found by looking at the last messages again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import discord

from adapters.discord.bots import Bot
from adapters.discord.history import PAGE, Channel, is_gone, page_before
from adapters.discord.rooms import Where
from adapters.discord.sources import message_of, original_of
from agents.log.events import Answered, Said
from agents.log.records import Record
from agents.ports import Log

_REVIEWED = 1000
"""Records of a room, the newest ones, whose messages may be looked at again."""

_BEGINNING = 200
"""Records at a room's beginning among which those of recalled messages are."""

_MOST_THREADS = 50
"""Threads of a channel, the newest ones, that are looked through for words of it."""

_MOST_ASKED = 20
"""Messages that may be asked for one by one, where a page of history does not tell whether they are gone."""


class Changes(Protocol):
    """Who takes what people changed. Methods raise `StoreFailed` and `PlatformFailed`."""

    async def edit(self, message: discord.Message, bot: Bot, *, missed: bool = False) -> None:
        """A message has another text, perhaps; ``missed``: nobody saw it change, and nobody is told of a refusal."""
        ...

    async def delete(self, where: Where, message: int) -> None:
        """A message is gone."""
        ...

    async def copies(self, where: Where) -> Sequence[int]:
        """The threads that began with words of this channel, archived ones among them."""
        ...


async def review(channel: Channel, where: Where, bot: Bot, upto: int, log: Log, changes: Changes) -> None:
    """Take what was changed among the last messages up to that id. Raises `StoreFailed` and `PlatformFailed`."""
    threads = sorted({*_threads(channel), *await changes.copies(where)}, reverse=True)[:_MOST_THREADS]
    known = [one for one in sorted(await _known(channel, where, threads, log)) if one <= upto]
    if not known:
        return
    page = await page_before(channel, upto + 1, limit=PAGE)
    for message in page:
        if message.edited_at is not None and message.id in known:
            await changes.edit(message, bot, missed=True)
    for gone in await _gone(channel, known, page):
        await changes.delete(where, gone)


async def _known(channel: Channel, where: Where, threads: Sequence[int], log: Log) -> set[int]:
    """The messages of this channel that rooms hold, its own and those of its threads."""
    newest = await log.read(where.room, after=max(0, await log.head(where.room) - _REVIEWED), limit=_REVIEWED)
    known = {message_of(one) for one in _spoken(newest)}
    if _above(channel) is not None:
        known.discard(channel.id)  # the message that the thread was opened from
    for thread in threads:
        room = replace(where, thread=thread).room
        for one in _spoken(await log.read(room, limit=_BEGINNING)):
            known |= {original_of(one, room), thread if message_of(one) == thread else None}
    return {one for one in known if one is not None}


def _spoken(records: Sequence[Record]) -> Iterator[Record]:
    """People's words that are still there, in answers as well: a button's source tells that it is no message's."""
    return (one for one in records if isinstance(one.event, Said | Answered))


def _threads(channel: Channel) -> Iterator[int]:
    """Conversations that were opened from messages of this channel, and go on."""
    return (thread.id for thread in channel.threads) if isinstance(channel, discord.TextChannel) else iter(())


def _above(channel: Channel) -> discord.TextChannel | None:
    """The channel in which the message stands that a thread was opened from."""
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    return parent if isinstance(parent, discord.TextChannel) else None


async def _gone(channel: Channel, known: Sequence[int], page: Sequence[discord.Message]) -> Sequence[int]:
    """Those that are certainly deleted: the page covers their place without them, or Discord knows them no more.

    A thread's room may hold messages of the channel above, written while the thread could not be made.
    """
    there = {one.id for one in page}
    missing = [one for one in reversed(known) if one not in there]
    begin = page[0].id if page else missing[0] + 1 if missing else 0
    covered = [one for one in missing if one > begin]
    doubtful = [one for one in missing if one < begin] if len(page) < PAGE else []
    above = _above(channel)
    if above is not None:
        covered, doubtful = [], [*covered, *doubtful]
    asked = [one for one in doubtful[:_MOST_ASKED] if await is_gone(channel, one)]
    return [*covered, *[one for one in asked if above is None or await is_gone(above, one)]]
