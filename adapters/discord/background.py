"""What was written before an agent was first spoken to: read from the history, once, as background for its model."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

import discord
import structlog

from adapters.discord.bots import Bot
from adapters.discord.history import Channel, page_before
from adapters.discord.house import DiscordHouse
from adapters.discord.message_text import SAID, attached, read, says_something
from adapters.discord.people import People, profile_of
from adapters.discord.rooms import Where, where_is
from adapters.discord.sources import copy_of, source_of
from agents.errors import PlatformFailed, WrongUse
from agents.people.commands import parse
from agents.people.door import Earlier
from agents.ports import Facts

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

NAMESPACE = "discord_recalled"
"""In `Facts`, for each channel: which threads recalled which stretch of it, the newest last."""

MOST = 30
"""Messages that a room begins with at most."""

PATIENCE = 8.0
"""Seconds: whoever asks does not wait longer for what is only background."""

_STRETCHES = 500


class Background:
    """Fills rooms in which nobody has spoken yet; one at a time, so that a hundred threads are no rush."""

    def __init__(
        self,
        house: DiscordHouse,
        people: People,
        bots: Mapping[int, Bot],
        *,
        is_ours: Callable[[discord.Message], bool],
    ):
        self._house, self._people, self._bots, self._is_ours = house, people, bots, is_ours
        self._stretches = Stretches(house.store.facts)
        self._one_at_a_time = asyncio.Lock()

    async def before(self, message: discord.Message, channel: Channel, room: str) -> None:
        """Let the room begin with what stands before this message, if it has no beginning yet. Raises `StoreFailed`."""
        if not self._house.is_bound(room) or not (await self._house.read(room)).untouched:
            return
        try:
            async with asyncio.timeout(PATIENCE) as patience, self._one_at_a_time:
                own, above = await _earlier(message, channel, room)
                earlier = [
                    *[await self._taken(one, room, copy_of(one.id, room)) for one in self._fit(above)],
                    *[await self._taken(one, room, source_of(one.id)) for one in self._fit(own)],
                ]
                patience.reschedule(None)
                if above:
                    await self._stretches.add(where_is(room), above[0].id, above[-1].id)
                await self._house.door.recall(room, earlier)
        except (PlatformFailed, TimeoutError) as error:
            _log.warning("discord_nothing_recalled", room=room, reason=str(error) or "It took too long.")

    async def rooms_with(self, where: Where, message: int) -> Sequence[str]:
        """The rooms of threads that may have recalled a message of their channel. Raises `StoreFailed`."""
        if where.thread is not None:
            return []
        async with self._one_at_a_time:  # a copy that is being made is found once it is
            return await self._stretches.rooms_with(where, message)

    async def threads_of(self, where: Where) -> Sequence[int]:
        """The threads that have recalled messages of their channel, none of a thread. Raises `StoreFailed`."""
        return [] if where.thread is not None else await self._stretches.threads_of(where)

    def _fit(self, messages: Sequence[discord.Message]) -> list[discord.Message]:
        return [one for one in messages if one.type in SAID and not self._is_ours(one) and says_something(one)]

    async def _taken(self, message: discord.Message, room: str, source: str) -> Earlier:
        text = read(message, self._bots, self._house.faces(room)).text
        files = [f"[file {one.filename}]" for one in attached(message)]
        return Earlier(
            by=profile_of(message.author, message.guild.id if message.guild else None),
            text="\n".join(part for part in (text, *files) if part),
            source=source,
            groups=await self._people.groups(message.author, message.guild),
        )


class Stretches:
    """Which part of a channel each of its threads began with: there, too, edits and deletions count."""

    def __init__(self, records: Facts):
        self._records = records
        self._adding = asyncio.Lock()

    async def add(self, where: Where, oldest: int, newest: int) -> None:
        """The thread at ``where`` has recalled its channel's messages between these."""
        async with self._adding:  # threads of one channel are filled side by side, and none may be forgotten
            known = await self._of(where)
            added = [*[one for one in known if one[0] != where.thread], (where.thread or 0, oldest, newest)]
            await self._records.put(NAMESPACE, str(where.channel), json.dumps(added[-_STRETCHES:]))

    async def rooms_with(self, where: Where, message: int) -> Sequence[str]:
        """The rooms whose stretch includes the message."""
        found = [thread for thread, oldest, newest in await self._of(where) if oldest <= message <= newest]
        return [Where(server=where.server, channel=where.channel, thread=thread).room for thread in found]

    async def threads_of(self, where: Where) -> Sequence[int]:
        """The threads that recalled something of the channel."""
        return [thread for thread, _, _ in await self._of(where)]

    async def _of(self, where: Where) -> list[tuple[int, int, int]]:
        body = await self._records.get(NAMESPACE, str(where.channel))
        return [(thread, oldest, newest) for thread, oldest, newest in json.loads(body or "[]")]


def is_order(text: str) -> bool:
    """Whether it is a command, which begins no conversation."""
    try:
        return parse(text, bare_slash=False) is not None
    except WrongUse:
        return True


async def _earlier(
    message: discord.Message, channel: Channel, room: str
) -> tuple[Sequence[discord.Message], Sequence[discord.Message]]:
    """What stands before the message in the place of its room, and in the channel above it. Raises `PlatformFailed`."""
    opens_a_thread = where_is(room).thread == message.id and channel.id != message.id
    before = await page_before(channel, message.id, limit=MOST)
    if opens_a_thread:
        return (), before
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    if not isinstance(parent, discord.TextChannel) or len(before) >= MOST:
        return before, ()
    return before, await page_before(parent, channel.id + 1, limit=MOST - len(before))
