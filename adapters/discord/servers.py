"""Which servers are served: those that the config names, else the one that the bot was first found in."""

from collections.abc import Callable, Mapping

from agents.errors import WrongUse
from agents.ports import Facts

NAMESPACE = "discord"
KEY = "server"


class Servers:
    """Deny by default: anybody may invite a public bot to a server of their own."""

    def __init__(self, configured: frozenset[int], records: Facts, tell: Callable[[str], None]):
        self._served, self._records, self._tell = configured, records, tell
        self._is_configured = bool(configured)

    def serves(self, server: int) -> bool:
        """Whether what happens there counts."""
        return server in self._served

    async def load(self, present: Mapping[int, str]) -> None:
        """Begin with the servers that the bot is in, by id and name. Raises `WrongUse`, `StoreFailed`."""
        if self._is_configured:
            for missing in sorted(self._served - present.keys()):
                self._tell(f"The bot is not in server {missing}; docs/discord.md shows how to invite it.")
            return
        kept = await self._records.get(NAMESPACE, KEY)
        if kept is not None and int(kept) in present:
            self._served = frozenset({int(kept)})
        elif len(present) > 1:
            named = ", ".join(f"{name} ({server})" for server, name in present.items())
            raise WrongUse(f'The bot is in several servers: {named}. Name yours: [discord] servers = ["ID"].')
        elif present:
            await self._adopt(next(iter(present)))
        else:
            self._tell("The bot is in no server yet; docs/discord.md shows how to invite it.")

    async def found(self, server: int, name: str) -> bool:
        """The bot is in this server, perhaps since just now; whether it is served. Raises `StoreFailed`."""
        if not self._served:
            await self._adopt(server)
        if server not in self._served:
            self._tell(f"The server {name} ({server}) is not served; if it should be, add it to [discord] servers.")
        return server in self._served

    async def _adopt(self, server: int) -> None:
        await self._records.put(NAMESPACE, KEY, str(server))
        self._served = frozenset({server})
