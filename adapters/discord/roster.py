"""Agents come and go with their own bots: one that is taken out of a server or channel leaves its rooms.

Where its bot never was, an agent borrows a face and takes part. What a bot's state was is written down, so that one
that was removed while nobody was connected is missed at the next start.
"""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from adapters.discord.bots import Bot
from adapters.discord.house import DiscordHouse
from adapters.discord.rooms import NAME, Where, where_is
from adapters.shared.lane import NAMESPACE as SERVED
from agents.errors import StoreFailed
from agents.log.participants import SYSTEM

NAMESPACE = "discord_members"
"""In `Facts`: for each server and bot, whether it is there or was taken out."""

SIGHT = "discord_sight"
"""In `Facts`: for each server and bot, the channels that it sees, and those that it sees no more."""

_HERE, _GONE = "here", "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class _SeenChannels:
    seen: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()


class Roster:
    """Knows where each agent's own bot is, and has agents leave and come back with it. Methods raise `StoreFailed`."""

    def __init__(self, house: DiscordHouse):
        self._house = house
        self._known: dict[tuple[int, int], str] = {}
        self._sight: dict[tuple[int, int], _SeenChannels] = {}
        self._looking = asyncio.Lock()

    async def load(self) -> None:
        """Read what is known."""
        for key, state in (await self._house.store.facts.items(NAMESPACE)).items():
            self._known[_ids(key)] = state
        for key, body in (await self._house.store.facts.items(SIGHT)).items():
            seen, lost = json.loads(body)
            self._sight[_ids(key)] = _SeenChannels(seen=frozenset(seen), lost=frozenset(lost))

    async def came(self, bot: Bot, server: int) -> None:
        """The bot is on this server, perhaps since long ago."""
        await self._note(bot, server, _HERE, back_from=_GONE)

    async def went(self, bot: Bot, server: int) -> None:
        """The bot was taken out of this server."""
        await self._note(bot, server, _GONE, back_from=_HERE)

    async def only(self, bot: Bot, servers: Collection[int]) -> None:
        """These are all the servers that the bot is on."""
        for (server, user), state in list(self._known.items()):
            if user == bot.user and state == _HERE and server not in servers:
                await self.went(bot, server)

    async def looked(self, bot: Bot, server: int, channels: Mapping[int, bool]) -> Collection[int]:
        """Which of the server's channels the bot sees; those that it has just lost sight of are returned.

        Its agent leaves their rooms, and comes back into those of channels that the bot sees again.
        """
        async with self._looking:  # two changes at once are looked at one after the other
            before = self._sight.get((server, bot.user), _SeenChannels())
            seen = frozenset(channel for channel, is_seen in channels.items() if is_seen)
            hidden = channels.keys() - seen
            gone, back = before.seen & hidden, before.lost & seen
            now = _SeenChannels(seen=seen, lost=before.lost & hidden | gone)
            if now == before:
                return ()
            self._sight[server, bot.user] = now
            try:
                for channel in (*gone, *back):
                    await self._moved(bot, f"{Where(server=server, channel=channel).room}/", here=channel in back)
                body = json.dumps([sorted(now.seen), sorted(now.lost)])
                await self._house.store.facts.put(SIGHT, f"{server}/{bot.user}", body)
            except StoreFailed:
                self._sight[server, bot.user] = before  # so that the next look finds out again
                raise
            return gone

    async def keep_out(self, bots: Collection[Bot], where: Where, room: str) -> None:
        """Let nobody sit down in a new room whose bot was taken out of its server or channel."""
        for bot in bots:
            if self._is_out(bot, where):
                await self._move(bot, room, here=False)

    def _is_out(self, bot: Bot, where: Where) -> bool:
        if where.server is None:
            return False
        key = where.server, bot.user
        return self._known.get(key) == _GONE or where.channel in self._sight.get(key, _SeenChannels()).lost

    async def _moved(self, bot: Bot, prefix: str, *, here: bool) -> None:
        """The bot was let into the rooms of a place, or taken out; ``prefix`` begins their names."""
        if bot.speaks_for == SYSTEM:
            return
        for room in sorted(await self._house.store.facts.items(SERVED)):
            if f"{room}/".startswith(prefix):
                await self._move(bot, room, here=here)

    async def _note(self, bot: Bot, server: int, state: str, *, back_from: str) -> None:
        before = self._known.get((server, bot.user))
        if bot.speaks_for == SYSTEM or before == state:
            return
        self._known[server, bot.user] = state
        try:
            if before == back_from:
                await self._moved(bot, f"{NAME}:{server}/", here=state == _HERE)
            await self._house.store.facts.put(NAMESPACE, f"{server}/{bot.user}", state)
        except StoreFailed:
            self._known[server, bot.user] = before or ""  # so that the next start finds out again
            raise

    async def _move(self, bot: Bot, room: str, *, here: bool) -> None:
        agent = next((one for one in self._house.faces(room) if one.id == bot.speaks_for), None)
        if agent is not None and not (here and self._is_out(bot, where_is(room))):
            source = f"{NAME}:{bot.user}!{'came' if here else 'went'}/{room}/{self._house.clock.now()}"
            await self._house.door.moved(room, agent, here=here, source=source)


def _ids(key: str) -> tuple[int, int]:
    """The server and the bot that a record is about."""
    server, _, bot = key.partition("/")
    return int(server), int(bot)
