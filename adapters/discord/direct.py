"""Direct messages: the only words on Discord that one person alone sees without having clicked."""

from adapters.discord.bots import Bot
from adapters.discord.rest import Request, Rest


async def direct_channel(rest: Rest, bot: Bot, user: int) -> int:
    """The channel in which this bot writes to that user alone. Raises `Refused` where the user has closed it."""
    path, body = "/users/@me/channels", {"recipient_id": str(user)}
    answer = await rest.send(Request(method="POST", path=path, token=bot.token, body=body, who=bot.name))
    return int(answer["id"])
