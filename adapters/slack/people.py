"""Who is who in a workspace: names, guests, people of other companies, user groups."""

import asyncio
import logging
import unicodedata
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from adapters.slack.apps import Apps
from adapters.slack.message_text import HOST, Named
from adapters.slack.payloads import Payload, part, word, words
from adapters.slack.places import person_id
from adapters.slack.refusals import Refused
from agents.errors import PlatformFailed
from agents.log.names import NAMELESS
from agents.log.participants import SYSTEM, Profile, short_name
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

Standing: TypeAlias = Literal["member", "guest", "external", "bot", "unknown"]

MOST_KNOWN = 5_000
KNOWN_FOR = 3600.0
"""Seconds after which a name is asked for again."""

GROUP_KNOWN_FOR = 60.0
GROUP_TRUSTED_FOR = 600.0
"""Seconds for which what a group last was counts, when Slack does not answer."""

LOOK_UP_SECONDS = 2.0
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as Slack knows them. Only a ``member`` belongs to the workspace itself."""

    profile: Profile
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownPerson:
    person: Person
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    users: frozenset[str]
    at: float


class People:
    """Asks Slack about the people of a workspace, and remembers for a while; as many as `MOST_KNOWN`.

    Ids of Slack's are unique in a workspace alone: where there are ``several``, only permissions that name it count.
    """

    def __init__(self, apps: Apps, clock: Clock, *, several: bool = False):
        self._apps, self._clock, self._several = apps, clock, several
        self._known: OrderedDict[str, _KnownPerson] = OrderedDict()
        self._groups: dict[str, _Group] = {}

    async def person(self, user: str) -> Person:
        """The person with that id; one whom Slack does not know is a stranger called by the id.

        Raises `PlatformFailed` where Slack does not answer and nothing is known of the person.
        """
        kept = self._known.get(user)
        if kept is not None and self._clock.now() - kept.at < KNOWN_FOR:
            return kept.person
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                answer = await self._apps.host.caller.call("users.info", user=user)
        except (PlatformFailed, TimeoutError) as error:
            LOGGER.warning("Slack did not say who %s is: %s", user, error)
            if kept is not None:
                return kept.person
            return _stranger(person_id(self._apps.team, user), error)
        return self._keep(user, part(answer, "user"))

    async def named(self, user: str) -> Named:
        """Whom a mention of that user means."""
        app = self._apps.by_user(user)
        if app is not None:
            return Named(participant=app.agent or SYSTEM, name=short_name(app.agent) if app.agent else HOST)
        try:
            profile = (await self.person(user)).profile
        except PlatformFailed:
            return Named(participant=person_id(self._apps.team, user), name="")
        return Named(participant=profile.id, name=profile.name)

    def users(self, named: Collection[str]) -> Sequence[str]:
        """The users of this workspace whom these names list one by one."""
        found: list[str] = []
        for name in sorted(named):
            kind, _, rest = name.partition("slack:user:")
            team, _, user = rest.rpartition("/")
            if not kind and user and (team == self._apps.team or not (team or self._several)):
                found.append(user)
        return found

    async def groups(self, user: str, named: Collection[str], *, now: bool = False) -> frozenset[str]:
        """All names by which permissions may list a person: ``slack:user:U1``, ``slack:workspace``, ``slack:group:S1``.

        Each also with the workspace in it: ``slack:user:T1/U1``, ``slack:workspace:T1``, ``slack:group:T1/S1``.
        Guests and people of other companies are ``slack:external`` instead of the workspace's.
        ``named`` are the names that count; only groups among them are asked for, and with ``now`` asked again. Raises
        `PlatformFailed`.
        """
        team = self._apps.team
        found = {f"slack:user:{team}/{user}"} if self._several else {f"slack:user:{user}", f"slack:user:{team}/{user}"}
        person = await self.person(user)
        if person.standing == "member":
            found |= {"slack:workspace", f"slack:workspace:{team}"}
        elif person.standing in ("guest", "external"):
            found |= {"slack:external", f"slack:external:{team}"}
        for name in named:
            group = self._group(name)
            if group and user in await self._members(group, 1.0 if now else GROUP_KNOWN_FOR):
                found.add(name)
        return frozenset(found)

    def _group(self, name: str) -> str:
        """The id of the user group of this workspace that a permission names; empty for anything else."""
        whole = name.removeprefix("slack:group:")
        if whole == name:
            return ""
        team, _, group = whole.rpartition("/")
        return group if team == self._apps.team or (not team and not self._several) else ""

    async def _members(self, group: str, known_for: float) -> frozenset[str]:
        """Who is in a user group; nobody where Slack does not know it. Raises `PlatformFailed` where it may know."""
        kept, now = self._groups.get(group), self._clock.now()
        if kept is not None and now - kept.at < known_for:
            return kept.users
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                answer = await self._apps.host.caller.call("usergroups.users.list", usergroup=group)
        except (PlatformFailed, TimeoutError) as error:
            LOGGER.warning("Slack did not say who is in the group %s: %s", group, error)
            if isinstance(error, Refused) and error.permanent:
                return frozenset()
            if kept is not None and now - kept.at < GROUP_TRUSTED_FOR:
                return kept.users
            raise _unanswered(error) from error
        self._groups[group] = _Group(users=frozenset(words(answer, "users")), at=now)
        return self._groups[group].users

    def _keep(self, user: str, shape: Payload) -> Person:
        profile = Profile(id=person_id(self._apps.team, user), name=_name(shape) or user)
        person = Person(profile=profile, standing=_standing(shape, self._apps.team))
        self._known[user] = _KnownPerson(person=person, at=self._clock.now())
        self._known.move_to_end(user)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return person


def _stranger(participant: str, error: PlatformFailed | TimeoutError) -> Person:
    if isinstance(error, Refused) and error.permanent:
        return Person(profile=Profile(id=participant, name=NAMELESS), standing="unknown")
    raise _unanswered(error) from error


def _unanswered(error: PlatformFailed | TimeoutError) -> PlatformFailed:
    if isinstance(error, PlatformFailed):
        return error
    return PlatformFailed(f"Slack did not answer within {LOOK_UP_SECONDS:g} seconds; it is asked again.")


def _name(shape: Payload) -> str:
    """The name that people see, without what cannot be seen."""
    paths = (("profile", "display_name"), ("profile", "real_name"), ("real_name",), ("name",))
    name = next((found for path in paths if (found := word(shape, *path))), "")
    shown = "".join(one if unicodedata.category(one)[0] not in "CZ" else " " for one in name)
    return " ".join(shown.split())[:LONGEST_NAME]


def _standing(shape: Payload, team: str) -> Standing:
    if shape.get("is_bot") or shape.get("id") == "USLACKBOT":
        return "bot"
    if shape.get("is_stranger") or (shape.get("team_id") or team) != team:
        return "external"
    if shape.get("is_restricted") or shape.get("is_ultra_restricted"):
        return "guest"
    return "member" if not shape.get("deleted") else "unknown"
