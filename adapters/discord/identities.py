"""As whom an agent speaks in a channel: its own bot, a webhook in its name, or the host naming it in front."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from adapters.discord import refusals
from adapters.discord.bots import Bot
from adapters.discord.refusals import Refused
from adapters.discord.rest import Json
from adapters.discord.rooms import Where
from adapters.discord.webhooks import Webhook, Webhooks, username
from adapters.shared.faces import picture
from adapters.shared.recent import Once, Recent
from agents.log.participants import SYSTEM, ParticipantId, Profile
from agents.ports import Clock

TRY_AGAIN = 600.0
"""Seconds after which an identity that a channel refused is tried there again."""

_CANNOT_SPEAK = (
    refusals.BAD_TOKEN,
    refusals.MISSING_ACCESS,
    refusals.MISSING_PERMISSION,
    refusals.UNKNOWN_CHANNEL,
    refusals.UNKNOWN_SERVER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsBot:
    """A bot user; ``name`` is put in front of the words where it is not the speaker's own."""

    bot: Bot
    name: str = ""

    @property
    def sender(self) -> int:
        """Who Discord says wrote it."""
        return self.bot.user


@dataclass(frozen=True, slots=True, kw_only=True)
class AsWebhook:
    """A webhook under the speaker's name and face."""

    webhook: Webhook
    name: str
    avatar: str = ""

    @property
    def sender(self) -> int:
        """Who Discord says wrote it."""
        return self.webhook.id


Identity: TypeAlias = AsBot | AsWebhook


class Identities:
    """Chooses for each agent and channel the best identity that is possible there.

    ``own`` are agents' bots, ``bots`` all bot users of this process by their ids; ``dm_bot`` says whose direct message
    a channel is. ``tell`` gets one sentence for the operator where something better is withheld.
    """

    def __init__(
        self,
        host: Bot,
        own: Mapping[ParticipantId, Bot],
        webhooks: Webhooks,
        clock: Clock,
        *,
        dm_bot: Callable[[int], Bot | None],
        tell: Callable[[str], None],
    ):
        self.host, self._own, self._webhooks, self._clock = host, dict(own), webhooks, clock
        self.bots = {bot.user: bot for bot in (host, *own.values())}
        self._dm_bot, self._tell = dm_bot, Once(tell)
        self._avoided: Recent[tuple[int, int | None], float] = Recent(1000)

    async def of(self, where: Where, by: Profile) -> AsyncGenerator[Identity]:
        """The identities that may speak there, the best first; ask for another one only where one was refused."""
        if where.server is None:
            bot = self.bot_of(where, by.id)
            yield AsBot(bot=bot, name="" if by.id in (SYSTEM, bot.speaks_for) else by.name)
            return
        if by.id == SYSTEM:
            yield AsBot(bot=self.host)
            return
        own = self._own.get(by.id)
        if own is not None and not self._is_avoided(where, own.user):
            yield AsBot(bot=own)
        if not self._is_avoided(where, None):
            for _ in range(2):  # a deleted webhook is made anew, once
                webhook = await self._webhook(where)
                if webhook is None:
                    break
                yield AsWebhook(webhook=webhook, name=username(by.name), avatar=picture(by.avatar))
        yield AsBot(bot=self.host, name=by.name)

    def without(self, bot: Bot) -> None:
        """This bot hears no clicks any more: its agent borrows a face."""
        self._own.pop(bot.speaks_for, None)

    def bot_of(self, where: Where, speaker: ParticipantId) -> Bot:
        """The bot user that stands for a speaker there: its own, or the host; in a direct message whose that is."""
        if where.server is None:
            return self._dm_bot(where.channel) or self.host
        return self._own.get(speaker, self.host)

    def is_ours(self, message: Json, by: Profile) -> bool:
        """Whether a webhook of ours wrote this, or might have, in this speaker's name."""
        ours = str(message.get("application_id")) == str(self.host.application)
        known = int(message.get("webhook_id") or 0) in self._webhooks.known
        return (ours or known) and message["author"]["username"] == username(by.name)

    def gives_way(self, identity: Identity, where: Where, error: Refused) -> bool:
        """Whether the next identity is to be tried after this refusal; it is avoided there for a while."""
        if isinstance(identity, AsWebhook):
            if error.code in (refusals.UNKNOWN_WEBHOOK, refusals.BAD_WEBHOOK):
                self._webhooks.forget(where.channel)
                return True
            if error.code not in _CANNOT_SPEAK:
                return False
            self._avoid(where, None, error)
            return True
        if identity.name or identity.bot == self.host or where.server is None:
            return False
        if error.code not in _CANNOT_SPEAK and error.status != refusals.BAD_TOKEN:
            return False
        self._avoid(where, identity.bot.user, error)
        return True

    async def _webhook(self, where: Where) -> Webhook | None:
        try:
            return await self._webhooks.of(where.channel, place(where.channel))
        except Refused as error:
            if error.retry_after is not None:
                raise
            self._avoid(where, None, error)
            return None

    def _avoid(self, where: Where, sender: int | None, error: Refused) -> None:
        self._avoided.put((where.channel, sender), self._clock.now() + TRY_AGAIN)
        instead = "a webhook speaks for it" if sender else "the host bot puts the agents' names in front"
        self._tell(f"{error} Until then {instead}.")

    def _is_avoided(self, where: Where, sender: int | None) -> bool:
        return (self._avoided.get((where.channel, sender)) or 0.0) > self._clock.now()


def place(channel: int) -> str:
    """A channel in a sentence; in Discord and its logs it is found by this."""
    return f"the channel <#{channel}>"
