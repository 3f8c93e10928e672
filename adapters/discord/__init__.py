"""Discord as a place for rooms: channels and threads; agents have bots of their own or speak through the host bot."""

from adapters.discord.bots import Bot, content_hint
from adapters.discord.house import DiscordHouse
from adapters.discord.invitation import HOST_RIGHTS, OWN_RIGHTS, invitation, look_at
from adapters.discord.rights import Looked, look_around
from adapters.discord.rooms import NAME
from adapters.discord.serving import Discord, open_discord

__all__ = [
    "HOST_RIGHTS",
    "NAME",
    "OWN_RIGHTS",
    "Bot",
    "Discord",
    "DiscordHouse",
    "Looked",
    "content_hint",
    "invitation",
    "look_around",
    "look_at",
    "open_discord",
]
