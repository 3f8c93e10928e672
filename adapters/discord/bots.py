"""The bot users that this process speaks and hears as, each known by its token."""

from dataclasses import dataclass, field

from discord import ApplicationFlags

from adapters.discord.refusals import Refused
from adapters.discord.rest import Request, Rest
from agents.errors import WrongUse
from agents.log.participants import SYSTEM, ParticipantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """One bot user. ``speaks_for`` is an agent, or the house for the host bot. ``name`` is how Discord shows it."""

    user: int
    application: int
    name: str
    token: str = field(repr=False)
    speaks_for: ParticipantId = SYSTEM
    reads_content: bool = True


async def identify(rest: Rest, token: str, key: str, speaks_for: ParticipantId = SYSTEM) -> Bot:
    """The bot with this token; ``key`` names the token in the config.

    Raises `WrongUse` where Discord does not know the token, `PlatformFailed` where it cannot be asked.
    """
    try:
        me = await rest.send(Request(method="GET", path="/users/@me", token=token))
        about = await rest.send(Request(method="GET", path="/oauth2/applications/@me", token=token))
    except Refused as error:
        if error.status != 401:
            raise
        raise WrongUse(
            f"Discord does not know the token in {key}; copy it again from the bot's page in the Developer Portal "
            "(Bot, Reset Token)."
        ) from error
    flags = ApplicationFlags._from_value(int(about.get("flags") or 0))  # pyright: ignore[reportPrivateUsage]
    return Bot(
        user=int(me["id"]),
        application=int(about["id"]),
        name=str(me.get("global_name") or me["username"]),
        token=token,
        speaks_for=speaks_for,
        reads_content=flags.gateway_message_content or flags.gateway_message_content_limited,
    )


def content_hint(bot: Bot) -> str:
    """What to switch on where a bot cannot read what people write."""
    return (
        f"The bot {bot.name} may not read what people write; in the Developer Portal open its application, then Bot, "
        "and switch on Message Content Intent."
    )
