"""How many messages of foreign bots are heard before a person must speak, so that two bots cannot talk for ever.

The count survives a restart.
"""

from adapters.shared.recent import Recent
from agents.ports import Facts

_REMEMBERED = 1000


class Hops:
    """Counts foreign bots' messages in each place since a person last spoke there. Methods raise `StoreFailed`.

    ``namespace`` is where they are kept, ``most`` how many are heard.
    """

    def __init__(self, records: Facts, namespace: str, most: int):
        self._records, self._namespace, self._most = records, namespace, most
        self._counts: Recent[str, int] = Recent(_REMEMBERED)

    async def one_more(self, place: str) -> bool:
        """Whether another message may be heard; it is counted."""
        count = await self._count(place)
        if count >= self._most:
            return False
        await self._records.put(self._namespace, place, str(count + 1))
        self._counts.put(place, count + 1)
        return True

    async def a_person_spoke(self, place: str) -> None:
        """Begin again."""
        if await self._count(place):
            await self._records.delete(self._namespace, place)
            self._counts.put(place, 0)

    async def _count(self, place: str) -> int:
        count = self._counts.get(place)
        if count is None:
            count = int(await self._records.get(self._namespace, place) or 0)
            self._counts.put(place, count)
        return count
