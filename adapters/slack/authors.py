"""Who wrote a message in Slack, by which names permissions may list them, and what it says."""

from dataclasses import dataclass

from msgspec.structs import replace

from adapters.shared.message_text import MessageText
from adapters.slack.events import is_from_a_bot
from adapters.slack.house import SlackHouse
from adapters.slack.message_text import HOST, read, users_in
from adapters.slack.payloads import Payload, parts, word
from adapters.slack.people import People
from adapters.slack.places import Spot, person_id
from agents.log.participants import Profile

EVERYBODY = frozenset({"slack:workspace"})
"""What the bot of an app of the workspace counts as: one of it."""

_HOMES = (("user_team",), ("source_team",), ("team",), ("bot_profile", "team_id"))
"""Where a message says from which workspace it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a message, and by which names permissions may list them."""

    profile: Profile
    groups: frozenset[str]


class Authors:
    """Reads messages as people and agents of the house do. Methods raise `PlatformFailed`."""

    def __init__(self, house: SlackHouse, people: People):
        self._house, self._people = house, people

    async def author(self, message: Payload, spot: Spot) -> Author:
        """Whoever wrote it: a person, or the bot of another app."""
        user = word(message, "user") or word(message, "bot_id")
        if is_from_a_bot(message):
            name = word(message, "username") or word(message, "bot_profile", "name") or user
            profile = Profile(id=person_id(spot.team, user), name=f"{name} (a bot)")
            return Author(profile=profile, groups=_groups_of_bot(message, spot.team))
        return Author(profile=await self.person(user, spot), groups=await self.groups(user, spot))

    async def person(self, user: str, spot: Spot) -> Profile:
        """The person, under a name that is none of the agents' and not the host app's."""
        profile = (await self._people.person(user)).profile
        agents = self._house.agents(spot.channel_room)
        taken = {name.casefold() for one in agents for name in (one.name, one.handle, *one.aliases)} | {HOST.casefold()}
        return replace(profile, name=f"{profile.name} ({user})") if profile.name.casefold() in taken else profile

    async def groups(self, user: str, spot: Spot, *, now: bool = False) -> frozenset[str]:
        """All names by which permissions may list the person; with ``now``, groups are asked for again."""
        return await self._people.groups(user, self._house.listed(spot.room), now=now)

    async def words(self, text: str, spot: Spot) -> MessageText:
        """The text as agents read it, and whom it addresses."""
        named = {user: await self._people.named(user) for user in users_in(text)}
        return read(text, agents=self._house.agents(spot.channel_room), who=named.__getitem__)


def _groups_of_bot(message: Payload, team: str) -> frozenset[str]:
    """In a shared channel other companies have bots, too, which are no more members than their people."""
    is_ours = all(word(message, *path) in ("", team) for path in _HOMES)
    return EVERYBODY if is_ours else frozenset({"slack:external", f"slack:external:{team}"})


def with_files(text: str, message: Payload) -> str:
    """The text of a message whose files are only named; of those of shared channels Slack tells no more than the id."""
    names = (word(file, "name") or word(file, "id") for file in parts(message, "files"))
    return "\n".join(one for one in (text, *(f"[file {name}]" for name in names)) if one)
