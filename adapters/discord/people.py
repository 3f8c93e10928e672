"""Who somebody is: the participant, and the groups by which the config may name them, asked for when they act."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeAlias

import discord

from adapters.discord.history import NOT_TOLD
from adapters.discord.rooms import NAME, person_id
from adapters.shared.recent import Recent
from agents.errors import PlatformFailed
from agents.log.participants import ParticipantId, Profile
from agents.ports import Clock

FRESH = 30.0
"""Seconds for which what Discord said of somebody's roles is believed, where a message does not say it itself."""

SECONDS = 20.0
"""For one question about somebody."""

Guilds: TypeAlias = Callable[[], Iterable[discord.Guild]]


def profile_of(user: discord.abc.User, server: int | None) -> Profile:
    """The person as a participant of a server's rooms."""
    return Profile(id=person_id(server, user.id), name=user.display_name)


class People:
    """Tells groups: ``discord:user:ID``, ``discord:server``, ``discord:role:NAME`` and ``discord:role:ID``.

    ``guilds`` are the servers that are served; ``met`` takes the faces of those who act.
    """

    def __init__(self, clock: Clock, guilds: Guilds, met: Recent[ParticipantId, Profile]):
        self._clock, self._guilds, self._met = clock, guilds, met
        self._asked: dict[tuple[int, int], tuple[float, frozenset[str]]] = {}

    def acting(self, user: discord.abc.User, server: int | None) -> Profile:
        """As `profile_of`, of somebody who does something now: the house has met them."""
        profile = profile_of(user, server)
        self._met.put(profile.id, profile)
        return profile

    async def groups(self, user: discord.abc.User, guild: discord.Guild | None) -> frozenset[str]:
        """The groups of somebody who acts on a server, or in a direct message. Raises `PlatformFailed`."""
        alone = frozenset({f"{NAME}:user:{user.id}"})
        if user.bot:
            return alone
        if isinstance(user, discord.Member):
            return alone | _of_member(user)
        guilds = [guild] if guild is not None else list(self._guilds())
        return alone.union(*[await self._ask(one, user.id) for one in guilds])

    async def _ask(self, guild: discord.Guild, user: int) -> frozenset[str]:
        """What somebody is on a server, where the message did not say."""
        now = self._clock.now()
        at, known = self._asked.get((guild.id, user), (-FRESH, frozenset[str]()))
        if now - at < FRESH:
            return known
        try:
            async with asyncio.timeout(SECONDS):
                found = _of_member(await guild.fetch_member(user))
        except discord.NotFound:
            found = frozenset[str]()
        except NOT_TOLD as error:
            raise PlatformFailed(
                f"Discord does not say who may write on {guild.name} ({str(error) or 'it took too long'})."
            ) from error
        self._asked = {key: one for key, one in self._asked.items() if now - one[0] < FRESH}
        self._asked[guild.id, user] = (now, found)
        return found


def _of_member(member: discord.Member) -> frozenset[str]:
    roles = [role for role in member.roles if not role.is_default()]
    named = {f"{NAME}:role:{key}" for role in roles for key in (role.name, role.id)}
    return frozenset({f"{NAME}:server", *named})
