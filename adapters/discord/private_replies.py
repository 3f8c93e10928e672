"""Words for one person where no click can be answered: in a direct message, else briefly in the channel."""

import asyncio
from dataclasses import dataclass

import structlog

from adapters.discord import payloads
from adapters.discord.bots import Bot
from adapters.discord.direct import direct_channel
from adapters.discord.refusals import Refused
from adapters.discord.rest import Request, Rest
from adapters.discord.rooms import Where
from adapters.shared.parts import fit
from adapters.shared.recent import Recent
from agents.errors import PlatformFailed
from agents.log.files import NamedFile
from agents.log.participants import SYSTEM, Profile
from agents.ports import Clock, Post

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

_WAITING = 100
_ONCE_IN = 86_400.0
_REMEMBERED = 1000

_CLOSED = "I cannot write to you privately. Write `/tertulia VERB` here instead: its answer is for you alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressedReply:
    """``text`` and ``file`` for ``user``, who wrote message ``about`` at ``where``; ``key`` makes it happen once."""

    user: int
    text: str
    key: str
    where: Where
    about: int
    file: NamedFile | None = None


class PrivateReplies:
    """Sends private replies one after the other; beyond a hundred that wait, the newest are dropped and logged."""

    def __init__(self, rest: Rest, clock: Clock):
        self._rest, self._clock = rest, clock
        self._waiting: asyncio.Queue[tuple[Bot, AddressedReply]] = asyncio.Queue(_WAITING)
        self._told: Recent[tuple[int, int, str], float] = Recent(_REMEMBERED)

    def tell(self, bot: Bot, reply: AddressedReply) -> None:
        """Have it sent."""
        try:
            self._waiting.put_nowait((bot, reply))
        except asyncio.QueueFull:
            _log.warning("discord_private_reply_dropped", user=reply.user)

    def hint(self, bot: Bot, reply: AddressedReply) -> None:
        """Have it sent unless this person was told the same about this channel today."""
        key, now = (reply.user, reply.where.channel, reply.text), self._clock.now()
        if now - (self._told.get(key) or -_ONCE_IN) >= _ONCE_IN:
            self._told.put(key, now)
            self.tell(bot, reply)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            bot, reply = await self._waiting.get()
            try:
                async with asyncio.timeout(30.0):
                    await self._send(bot, reply)
            except (PlatformFailed, TimeoutError) as error:
                _log.warning("discord_private_reply_failed", user=reply.user, reason=str(error))

    async def _send(self, bot: Bot, reply: AddressedReply) -> None:
        try:
            channel = await direct_channel(self._rest, bot, reply.user)
            parts = fit(reply.text, payloads.CAPABILITIES)
            files = [one for one in (reply.file, parts.overflow) if one is not None]
            for number, text in enumerate(parts.texts or ("",), 1):
                last = number == max(1, len(parts.texts))
                await self._post(bot, channel, f"{reply.key}/{number}", text, files if last else [])
        except Refused as error:
            if error.retry_after is not None:
                raise
            where = reply.where.destination
            await self._post(bot, where, f"{reply.key}/closed", _CLOSED, [], reply_to=reply.about)

    async def _post(
        self, bot: Bot, channel: int, key: str, text: str, files: list[NamedFile], *, reply_to: int | None = None
    ) -> None:
        by = Profile(id=SYSTEM, name=bot.name)
        post = Post(key=key, room="", by=by, text=text, files=tuple(files))
        said = payloads.content_of(post, name="", names=())
        body = payloads.create(said, [], key=key, reply_to=reply_to)
        path = f"/channels/{channel}/messages"
        await self._rest.send(
            Request(method="POST", path=path, token=bot.token, body=body, files=said.files, who=bot.name)
        )
