"""Which message on Discord is which of our posts, kept in the store.

A reply finds the agent that it is for by it, and a post whose answer from Discord was lost is found again.
"""

import json
from dataclasses import dataclass

from adapters.shared.recent import Recent
from agents.ports import Facts

NAMESPACE = "discord_posts"

_KEPT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message of ours: the key of its post, and the bot user or webhook that sent it."""

    key: str
    sender: int

    @property
    def room(self) -> str:
        """The room whose words these are."""
        return self.key.rpartition("#")[0]

    @property
    def seq(self) -> int:
        """The record that they are of; 0 for a draft, which is of none yet."""
        seq, _, part = self.key.rpartition("#")[2].partition("/")
        return int(seq) if part.isdecimal() else 0


class PostedMessages:
    """Durable, by message id; the newest are in memory as well. Methods raise `StoreFailed`."""

    def __init__(self, records: Facts):
        self._records = records
        self._recent: Recent[str, Posted] = Recent(_KEPT)

    async def find(self, message: str) -> Posted | None:
        """What that message is, if it is ours."""
        found = self._recent.get(message)
        if found is None and (body := await self._records.get(NAMESPACE, message)) is not None:
            found = Posted(**json.loads(body))
            self._recent.put(message, found)
        return found

    async def add(self, message: str, posted: Posted) -> None:
        """Write down what that message is, together with the receipt of its post."""
        if self._recent.get(message) != posted:
            body = json.dumps({"key": posted.key, "sender": posted.sender})
            await self._records.put(NAMESPACE, message, body, soon=True)
            self._recent.put(message, posted)
