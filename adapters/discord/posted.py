"""Which of our messages on Discord is which post: how replies find their agent and lost answers their message."""

import json
from collections import OrderedDict
from dataclasses import dataclass

from agents.ports import Records

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
        """The record that they are of."""
        return int(self.key.rpartition("#")[2].partition("/")[0])


class PostedMessages:
    """Durable, by message id; the newest are in memory as well. Methods raise `StoreFailed`."""

    def __init__(self, records: Records):
        self._records = records
        self._recent: OrderedDict[str, Posted] = OrderedDict()

    async def find(self, message: str) -> Posted | None:
        """What that message is, if it is ours."""
        if message not in self._recent:
            body = await self._records.get(NAMESPACE, message)
            if body is None:
                return None
            self._keep(message, Posted(**json.loads(body)))
        return self._recent[message]

    async def add(self, message: str, posted: Posted) -> None:
        """Write down what that message is, together with the receipt of its post."""
        if self._recent.get(message) != posted:
            body = json.dumps({"key": posted.key, "sender": posted.sender})
            await self._records.put(NAMESPACE, message, body, soon=True)
            self._keep(message, posted)

    def _keep(self, message: str, posted: Posted) -> None:
        self._recent[message] = posted
        if len(self._recent) > _KEPT:
            self._recent.popitem(last=False)
