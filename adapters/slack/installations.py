"""Which workspaces have installed the host app, and who is about to: kept in Tertulia's own store.

Source of the two interfaces: slack_sdk.oauth. Of people nothing is kept but who installed the app; their own tokens,
which we never ask for, are not.
"""

import asyncio
import json
import secrets

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from agents.ports import Clock, Facts

NAMESPACE = "slack_installations"
"""In `Facts`: an installation for each team."""

STATES = "slack_oauth_states"
"""In `Facts`: until when each browser that went to Slack may come back."""

STATE_SECONDS = 600
MOST_STATES = 500
"""Of browsers that are on their way at the same time; the one that left first must begin again."""

_KEPT = (
    "app_id", "team_id", "team_name", "bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token",
    "bot_token_expires_at", "user_id", "installed_at",
)  # fmt: skip
_OF_BOT = tuple(one for one in _KEPT if one != "user_id")


class WholeOrganisation(BoltError):
    """The app was to be installed in an organisation instead of in one workspace."""


class Installations(AsyncInstallationStore):
    """One for each workspace; installing again replaces it. Methods raise `StoreFailed`."""

    def __init__(self, records: Facts):
        self._records = records

    async def all(self) -> list[Installation]:
        """Every workspace's."""
        return [_installation(body) for body in (await self._records.items(NAMESPACE)).values()]

    async def async_save(self, installation: Installation) -> None:
        """Keep it. Raises `WholeOrganisation` for one that is of no single workspace."""
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            raise WholeOrganisation("Tertulia is installed in single workspaces; choose one of them.")
        body = json.dumps({key: getattr(installation, key) for key in _KEPT})
        await self._records.put(NAMESPACE, installation.team_id, body)

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep the bot's part, such as a new token; who installed it stays."""
        known = await self.async_find_installation(enterprise_id=None, team_id=bot.team_id)
        fields = {key: getattr(bot, key) for key in _OF_BOT}
        await self.async_save(Installation(user_id=known.user_id if known else "", **fields))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The workspace's bot."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found is not None else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The workspace's installation; with ``user_id`` only if that person made it."""
        body = await self._records.get(NAMESPACE, team_id) if team_id and not is_enterprise_install else None
        found = _installation(body) if body is not None else None
        return found if found is not None and user_id in (None, found.user_id) else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the workspace."""
        if team_id:
            await self._records.delete(NAMESPACE, team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget the workspace; of a single person nothing is kept that could be forgotten."""
        if user_id is None:
            await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)


class States(AsyncOAuthStateStore):
    """What a browser takes to Slack and brings back once, within ten minutes. Methods raise `StoreFailed`."""

    def __init__(self, records: Facts, clock: Clock):
        self._records, self._clock = records, clock
        self._one_at_a_time = asyncio.Lock()

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """A new one; what is over, and what is too much, goes."""
        async with self._one_at_a_time:
            under_way = sorted((await self._records.items(STATES)).items(), key=lambda one: float(one[1]))
            now = self._clock.now()
            for number, (old, until) in enumerate(under_way, 1):
                if float(until) < now or number <= len(under_way) - MOST_STATES + 1:
                    await self._records.delete(STATES, old)
            state = secrets.token_urlsafe(32)
            await self._records.put(STATES, state, str(now + STATE_SECONDS))
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether it was issued, is still good, and was not brought before."""
        async with self._one_at_a_time:
            until = await self._records.get(STATES, state)
            if until is None:
                return False
            await self._records.delete(STATES, state)
        return float(until) >= self._clock.now()


def _installation(body: str) -> Installation:
    return Installation(**json.loads(body))
