"""How far foreign bots may go with our agents before a person must speak; it survives a restart (P4, D6)."""

from agents.ports import Records

NAMESPACE = "discord_hops"


class Hops:
    """Counts, for each channel, foreign bots' messages since a person last spoke. Methods raise `StoreFailed`."""

    def __init__(self, records: Records, most: int):
        self._records, self._most = records, most
        self._counts: dict[str, int] = {}

    async def one_more(self, channel: str) -> bool:
        """Whether another message may be heard; it is counted."""
        count = await self._count(channel)
        if count >= self._most:
            return False
        self._counts[channel] = count + 1
        await self._records.put(NAMESPACE, channel, str(count + 1))
        return True

    async def a_person_spoke(self, channel: str) -> None:
        """Begin again."""
        if await self._count(channel):
            self._counts[channel] = 0
            await self._records.delete(NAMESPACE, channel)

    async def _count(self, channel: str) -> int:
        if channel not in self._counts:
            self._counts[channel] = int(await self._records.get(NAMESPACE, channel) or 0)
        return self._counts[channel]
