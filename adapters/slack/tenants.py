"""The workspaces whose people have installed the host app: they come and go while others are served.

Each has a token of its own, which is looked after: one that expires is renewed, one that is dead ends its workspace
and no other.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.apps import App, Apps, Tokens, warn_of_faces
from adapters.slack.buckets import Buckets
from adapters.slack.calls import Caller
from adapters.slack.inbox import Item
from adapters.slack.installations import Installations
from adapters.slack.oauth import OAuth
from adapters.slack.payloads import word
from adapters.slack.refusals import Refused
from adapters.slack.workspaces import Workspaces
from agents.errors import PlatformFailed, StoreFailed
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

LOOK_SECONDS = 600.0
"""Between looks at all tokens."""

RENEW_MINUTES = 120
"""Before its end a token is renewed; Slack's live for twelve hours."""

LOST = ("app_uninstalled", "tokens_revoked")
"""Events after which a token may be dead."""

_DEAD = ("account_inactive", "token_revoked", "invalid_auth")
"""What Slack calls the token of an app that was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """``host`` is the host app as configured, without a token; ``own`` are agents' own apps, each of one workspace.

    ``client`` makes a client of a token; ``furnish`` has a workspace served from then on.
    """

    oauth: OAuth
    host: Tokens
    own: Sequence[App]
    installations: Installations
    workspaces: Workspaces
    buckets: Buckets
    clock: Clock
    client: Callable[[str], AsyncWebClient]
    furnish: Callable[[Apps], None]

    async def open_all(self) -> None:
        """Serve every workspace that there is. Raises `StoreFailed`."""
        for installation in await self.installations.all():
            await self.open(await self._renewed(installation))
        for app in self.own:
            if app.team not in self.workspaces.teams:
                LOGGER.warning(
                    "The app of %s waits: the host app is not installed in its workspace %s.",
                    app.tokens.where,
                    app.team,
                )

    async def open(self, installation: Installation) -> None:
        """Serve a workspace from now on; where it was served before, with its new token."""
        app = self._app(installation)
        warn_of_faces(app)
        self.furnish(Apps(app, [one for one in self.own if one.team == app.team]))
        LOGGER.info("The workspace %s (%s) is served.", app.team, installation.team_name)

    async def handle(self, item: Item) -> None:
        """Deal with an event of the inbox, as `Workspaces.handle`; after some, see whether the app is still there."""
        await self.workspaces.handle(item)
        if word(item.payload, "event", "type") in LOST and not word(item.payload, "agent"):
            await self._look(word(item.payload, "team"))

    async def run(self) -> None:
        """Look after all tokens until cancelled."""
        while True:
            for team in self.workspaces.teams:
                try:
                    await self._look_after(team)
                except (PlatformFailed, StoreFailed) as error:
                    LOGGER.warning("The token of the workspace %s is looked at again later: %s", team, error)
            await self.clock.sleep(LOOK_SECONDS)

    async def _look_after(self, team: str) -> None:
        installation = await self.installations.async_find_installation(enterprise_id=None, team_id=team)
        if installation is None:
            return
        renewed = await self._renewed(installation)
        workspace = self.workspaces.of(team)
        if workspace is not None and renewed.bot_token != installation.bot_token:
            workspace.apps.host.caller.client.token = renewed.bot_token
        await self._look(team)

    async def _look(self, team: str) -> None:
        """End the workspace if its token is dead; an old event may speak of one that was renewed since.

        Raises `PlatformFailed` and `StoreFailed`.
        """
        workspace = self.workspaces.of(team)
        if workspace is None:
            return
        try:
            await workspace.apps.host.caller.call("auth.test")
        except Refused as error:
            if error.name not in _DEAD and not error.permanent:
                raise
            LOGGER.warning("Slack does not accept the token of the workspace %s: %s", team, error.name)
            if error.name not in _DEAD:
                return
            await self.installations.async_delete_all(enterprise_id=None, team_id=team)
            self.workspaces.close(team)
            LOGGER.warning("The app was removed from the workspace %s, which is not served any more.", team)

    async def _renewed(self, installation: Installation) -> Installation:
        """The installation with a token that lives for a while; as it is where Slack does not renew it now."""
        rotator = AsyncTokenRotator(
            client_id=self.oauth.client_id, client_secret=self.oauth.client_secret, client=self.client("")
        )
        try:
            bot = await rotator.perform_bot_token_rotation(
                bot=installation.to_bot(), minutes_before_expiration=RENEW_MINUTES
            )
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
            LOGGER.error("The token of the workspace %s was not renewed: %s", installation.team_id, error)
            return installation
        if bot is None:
            return installation
        await self.installations.async_save_bot(bot)
        known = await self.installations.async_find_installation(enterprise_id=None, team_id=bot.team_id)
        return known or installation

    def _app(self, installation: Installation) -> App:
        bot = installation.to_bot()
        client = self.client(bot.bot_token)
        team = bot.team_id or ""
        return App(
            tokens=replace(self.host, bot_token=bot.bot_token),
            team=team,
            bot_user=bot.bot_user_id,
            bot_id=bot.bot_id,
            app_id=bot.app_id or "",
            scopes=frozenset(bot.bot_scopes),
            caller=Caller(client, self.buckets, self.clock, app=f"{self.host.where} {team}"),
        )
