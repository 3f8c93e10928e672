"""Agents come and go with their own bots: one that is taken out of a server or channel leaves its rooms (C13).

Where its bot never was, an agent borrows a face and takes part. What a bot's state was is written down, so that one
that was removed while nobody was connected is missed at the next start.
"""

from collections.abc import Collection

from adapters.discord.bots import Bot
from adapters.discord.house import DiscordHouse
from adapters.discord.rooms import NAME, Where
from adapters.shared.lanes import NAMESPACE as SERVED
from agents.errors import StoreFailed
from agents.participants import SYSTEM

NAMESPACE = "discord_members"
"""In `Records`: for each server and bot, whether it is there or was taken out."""

_HERE, _GONE = "here", "gone"


class Roster:
    """Methods raise `StoreFailed`."""

    def __init__(self, house: DiscordHouse):
        self._house = house
        self._known: dict[tuple[int, int], str] = {}

    async def load(self) -> None:
        """Read what is known."""
        for key, state in (await self._house.records.items(NAMESPACE)).items():
            server, _, bot = key.partition("/")
            self._known[int(server), int(bot)] = state

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

    async def moved(self, bot: Bot, prefix: str, *, here: bool) -> None:
        """The bot was let into the rooms of a place, or taken out; ``prefix`` begins their names."""
        for room in sorted(await self._house.records.items(SERVED)):
            if f"{room}/".startswith(prefix):
                await self._move(bot, room, here=here)

    async def keep_out(self, bots: Collection[Bot], where: Where, room: str) -> None:
        """Let nobody sit down in a new room whose bot was taken out of its server."""
        for bot in bots:
            if where.server is not None and self._known.get((where.server, bot.user)) == _GONE:
                await self._move(bot, room, here=False)

    async def _note(self, bot: Bot, server: int, state: str, *, back_from: str) -> None:
        before = self._known.get((server, bot.user))
        if bot.speaks_for == SYSTEM or before == state:
            return
        self._known[server, bot.user] = state
        try:
            if before == back_from:
                await self.moved(bot, f"{NAME}:{server}/", here=state == _HERE)
            await self._house.records.put(NAMESPACE, f"{server}/{bot.user}", state)
        except StoreFailed:
            self._known[server, bot.user] = before or ""  # so that the next start finds out again
            raise

    async def _move(self, bot: Bot, room: str, *, here: bool) -> None:
        agent = next((one for one in self._house.faces(room) if one.id == bot.speaks_for), None)
        if agent is not None:
            source = f"{NAME}:{bot.user}!{'came' if here else 'went'}/{room}/{self._house.clock.now()}"
            await self._house.door.moved(room, agent, here=here, source=source)
