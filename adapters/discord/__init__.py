"""Discord: rooms are channels and threads, agents have bots of their own or borrow a face from the host bot."""

from adapters.discord.house import DiscordHouse
from adapters.discord.rooms import NAME, Where, where_is
from adapters.discord.serving import Discord, open_discord

__all__ = ["NAME", "Discord", "DiscordHouse", "Where", "open_discord", "where_is"]
