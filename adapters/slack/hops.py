"""How often foreign bots may speak before a person must (R8, P4); in the store, so that a restart resets nothing."""

from adapters.slack.places import Spot
from agents.ports import Records

NAMESPACE = "slack_hops"
MOST = 4
"""Messages of foreign bots in a channel or thread that are heard since a person last wrote there."""


class Hops:
    """Counts messages of foreign bots in each channel and thread."""

    def __init__(self, records: Records, *, most: int = MOST):
        self._records, self._most = records, most
        self._counts: dict[str, int] = {}

    async def load(self) -> None:
        """Read the counts, once. Raises `StoreFailed`."""
        self._counts = {key: int(body) for key, body in (await self._records.items(NAMESPACE)).items()}

    async def is_heard(self, spot: Spot) -> bool:
        """Count one message of a bot; whether it is still to be heard. Raises `StoreFailed`."""
        count = self._counts.get(spot.room, 0) + 1
        if count > self._most:
            return False
        await self._records.put(NAMESPACE, spot.room, str(count))
        self._counts[spot.room] = count
        return True

    async def reset(self, spot: Spot) -> None:
        """A person wrote there."""
        if self._counts.pop(spot.room, 0):
            await self._records.delete(NAMESPACE, spot.room)
