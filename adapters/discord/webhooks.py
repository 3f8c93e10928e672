"""One webhook for each channel, through which agents without a bot of their own speak with a name and a face."""

import re
from dataclasses import dataclass, field

from adapters.discord.bots import Bot
from adapters.discord.rest import Json, Request, Rest

NAME = "Tertulia"
"""What our webhooks are called in a channel's settings; people see the agents' names."""

_LONGEST_NAME = 80
_RESERVED = re.compile(r"d(?=iscord)|c(?=lyde)", re.IGNORECASE)
_APART = "\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook of ours; whoever knows its token may post with it."""

    id: int
    token: str = field(repr=False)

    @property
    def path(self) -> str:
        """Where it is on Discord; a secret."""
        return f"/webhooks/{self.id}/{self.token}"


class Webhooks:
    """Our webhooks by channel, found on Discord after a restart and made where there is none.

    ``known`` are the ids of all that were used since the start.
    """

    def __init__(self, rest: Rest, host: Bot):
        self._rest, self._host = rest, host
        self._by_channel: dict[int, Webhook] = {}
        self.known: set[int] = set()

    async def of(self, channel: int, where: str) -> Webhook:
        """The channel's webhook. Raises `Refused` where the host bot may not manage webhooks there."""
        if channel not in self._by_channel:
            found = await self._find(channel, where) or await self._make(channel, where)
            self._by_channel[channel] = found
            self.known.add(found.id)
        return self._by_channel[channel]

    def forget(self, channel: int) -> None:
        """It was deleted: the next one is found or made anew."""
        self._by_channel.pop(channel, None)

    async def _find(self, channel: int, where: str) -> Webhook | None:
        rows: list[Json] = await self._rest.send(self._request("GET", channel, where))
        ours = [row for row in rows if self._is_ours(row) and row.get("token")]
        return _webhook(min(ours, key=lambda row: int(row["id"]))) if ours else None

    async def _make(self, channel: int, where: str) -> Webhook:
        return _webhook(await self._rest.send(self._request("POST", channel, where, {"name": NAME})))

    def _is_ours(self, row: Json) -> bool:
        return str(row.get("application_id")) == str(self._host.application)

    def _request(self, method: str, channel: int, where: str, body: Json = None) -> Request:
        return Request(
            method=method,
            path=f"/channels/{channel}/webhooks",
            token=self._host.token,
            body=body,
            who=self._host.name,
            where=where,
            wants="Manage Webhooks",
        )


def _webhook(row: Json) -> Webhook:
    return Webhook(id=int(row["id"]), token=str(row["token"]))


def username(name: str) -> str:
    """``name`` as a webhook may be called: 1 to 80 characters, no name that Discord keeps for itself.

    Source: Discord's documentation, "Create Webhook" and "Usernames and Nicknames".
    """
    tidy = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    broken = _RESERVED.sub(lambda found: found[0] + _APART, tidy)[:_LONGEST_NAME].strip()
    if not broken:
        return "agent"
    return f"{broken}{_APART}" if broken.casefold() in ("everyone", "here") else broken
