"""Which app speaks for whom, under which face: an agent's own app, or the host app with a lent name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.slack.apps import FACES, App, Apps
from adapters.slack.places import Spot
from agents.log.participants import SYSTEM, ParticipantId, Profile
from agents.ports import Facts

NAMESPACE = "slack_direct"
"""In `Facts`: which agent's app a direct message is with, by ``team/channel``."""

LONGEST_NAME = 80
_EMOJI = re.compile(r":[a-z0-9_+'-]+:")
_PICTURE = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """``app`` says it with these arguments; ``prefix`` is the name in front where the app has no face to lend."""

    app: App
    face: Mapping[str, str] = field(default_factory=dict[str, str])
    prefix: str = ""


class Voices:
    """Chooses the voice of each post, among the apps of its workspace. `load` once before.

    Methods raise `PlatformFailed` for a workspace that ``apps`` does not know.
    """

    def __init__(self, apps: Callable[[str], Apps], records: Facts):
        self._apps, self._records = apps, records
        self._direct: dict[str, ParticipantId] = {}

    async def load(self) -> None:
        """Read which direct messages are with which agent's app. Raises `StoreFailed`."""
        self._direct = await self._records.items(NAMESPACE)

    async def learn(self, channel: str, app: App) -> None:
        """The direct message ``channel`` is with this app, and no other app can write there. Raises `StoreFailed`."""
        key = f"{app.team}/{channel}"
        if app.agent and self._direct.get(key) != app.agent:
            await self._records.put(NAMESPACE, key, app.agent)
            self._direct[key] = app.agent

    def reader(self, spot: Spot) -> App:
        """The app that can read what was said there."""
        apps = self._apps(spot.team)
        return apps.own.get(self._direct.get(f"{spot.team}/{spot.channel}", ""), apps.host)

    def of(self, by: Profile, spot: Spot, *, has_buttons: bool = False) -> Voice:
        """Who says it. Buttons are posted by an app that hears the clicks."""
        home = self.reader(spot)
        if home.agent:
            return Voice(app=home, prefix="" if by.id in (home.agent, SYSTEM) else f"**{by.name}:** ")
        own = self._apps(spot.team).own.get(by.id)
        if own is not None and (own.hears or not has_buttons):
            return Voice(app=own)
        return self.lent(by, spot)

    def lent(self, by: Profile, spot: Spot) -> Voice:
        """The host app in somebody's name."""
        host = self._apps(spot.team).host
        if by.id == SYSTEM:
            return Voice(app=host)
        if FACES not in host.scopes:
            return Voice(app=host, prefix=f"**{by.name}:** ")
        return Voice(app=host, face=face_of(by))


def face_of(by: Profile) -> dict[str, str]:
    """Name and picture as arguments of a post."""
    face = {"username": by.name[:LONGEST_NAME]}
    avatar = by.avatar.strip()
    if _EMOJI.fullmatch(avatar):
        face["icon_emoji"] = avatar
    elif _PICTURE.fullmatch(avatar):
        face["icon_url"] = avatar
    return face
