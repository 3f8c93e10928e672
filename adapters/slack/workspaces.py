"""The workspaces that are served, each with its own apps, people and channels; they share nothing."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.slack.apps import Apps
from adapters.slack.channels import Channels
from adapters.slack.inbox import Item
from adapters.slack.incoming import Incoming
from adapters.slack.interactions import Interactions
from adapters.slack.payloads import Payload, parts, word
from agents.errors import PlatformFailed

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One workspace: its apps, and what deals with all that comes from there."""

    apps: Apps
    channels: Channels
    incoming: Incoming
    interactions: Interactions


class Workspaces:
    """The served workspaces by the id of their team. Each may come and go while the others go on.

    ``home`` is the one that the config's own tokens are for; empty where people install the app.
    """

    def __init__(self) -> None:
        self._served: dict[str, Workspace] = {}
        self.home = ""

    @property
    def teams(self) -> tuple[str, ...]:
        """Those that are served now."""
        return tuple(self._served)

    def open(self, workspace: Workspace) -> None:
        """From now on it is served; in place of what was served of it before."""
        self._served[workspace.apps.team] = workspace

    def close(self, team: str) -> None:
        """From now on it is not."""
        self._served.pop(team, None)

    def of(self, team: str) -> Workspace | None:
        """The workspace, if it is served."""
        return self._served.get(team)

    def apps(self, team: str) -> Apps:
        """Its apps. Raises `PlatformFailed` where it is not served."""
        workspace = self.of(team)
        if workspace is None:
            raise PlatformFailed(
                f"The app is not installed in the workspace {team}, so nothing is posted there; install it again.",
                permanent=True,
            )
        return workspace.apps

    def meant(self, body: Payload) -> Workspace | None:
        """The workspace that a payload is for.

        In shared channels a payload names several. One that Slack says is for another workspace is for none of ours;
        where it does not say so, and only our home is served, it is for that.
        """
        for team in _teams(body):
            if team in self._served:
                return self._served[team]
        return None if parts(body, "authorizations") else self.of(self.home)

    async def handle(self, item: Item) -> None:
        """Deal with an event of the inbox; one of a workspace that is not served any more is over.

        Raises `StoreFailed` and `PlatformFailed`; then it is to be brought again.
        """
        team = word(item.payload, "team") or self.home
        workspace = self.of(team)
        if workspace is None:
            LOGGER.info("The event %s is dropped: the workspace %s is not served any more.", item.key, team)
            return
        await workspace.incoming.handle(item)


def _teams(body: Payload) -> Iterator[str]:
    """The workspaces that a payload names, first those in which an app of ours is installed for certain."""
    yield word(body, "view", "app_installed_team_id")
    yield from (word(one, "team_id") for one in parts(body, "authorizations"))
    yield word(body, "message", "team")
    yield word(body, "team_id")
    yield word(body, "team", "id")
    yield word(body, "user", "team_id")
