"""Installing the host app in a workspace: a browser goes to Slack, and comes back with a code for a token.

slack_bolt's flow does it: the state that comes back must be the one of the browser's cookie (else 400), known to us,
and new (else 401).
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urljoin

import aiohttp
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import own_settings_only
from adapters.slack.http_server import Http, Responder
from adapters.slack.installations import Installations, States, WholeOrganisation
from adapters.slack.manifest import COMMAND, HOST_SCOPES
from agents.errors import StoreFailed

LOGGER = logging.getLogger(__name__)

_PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tertulia</title><p>{}</p></html>'
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_REASONS = {
    "access_denied": "Nothing was installed.",
    "invalid_browser": "This browser did not begin the installation; begin again, in one browser.",
    "invalid_state": "This installation is over, or took longer than ten minutes; begin again.",
    "invalid_code": "Slack does not accept its own code any more; begin again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """The host app's client id and secret: with them any workspace that Slack lets can install it."""

    client_id: str
    client_secret: str = field(repr=False)


class InstallPages:
    """The two pages of an installation: where it begins, and where Slack sends the browser back to.

    ``installed`` is told of each installation, once it is kept.
    """

    def __init__(
        self,
        oauth: OAuth,
        http: Http,
        installations: Installations,
        states: States,
        client: AsyncWebClient,
        *,
        api_url: str,
        logger: logging.Logger,
        installed: Callable[[Installation], Awaitable[None]],
    ):
        self._http, self._installed = http, installed
        with own_settings_only():
            settings = AsyncOAuthSettings(
                client_id=oauth.client_id,
                client_secret=oauth.client_secret,
                scopes=list(HOST_SCOPES),
                user_scopes=[],
                redirect_uri=http.outside(http.redirect),
                install_path=http.install,
                redirect_uri_path=http.redirect,
                install_page_rendering_enabled=False,
                callback_options=AsyncCallbackOptions(success=self._done, failure=self._failed),
                authorization_url=urljoin(api_url, "../oauth/v2/authorize"),
                installation_store=installations,
                state_store=states,
                logger=logger,
            )
        self._flow = AsyncOAuthFlow(client=client, logger=logger, settings=settings)

    @property
    def pages(self) -> Mapping[str, Responder]:
        """What browsers get, by path."""
        return {self._http.install: self._begin, self._http.redirect: self._finish}

    async def _begin(self, request: AsyncBoltRequest) -> BoltResponse:
        try:
            return await self._flow.handle_installation(request)
        except StoreFailed as error:
            LOGGER.warning("An installation could not begin: %s", error)
            return _page(503, "Nothing can be kept just now; try again in a moment.")

    async def _finish(self, request: AsyncBoltRequest) -> BoltResponse:
        try:
            return await self._flow.handle_callback(request)
        except StoreFailed as error:
            LOGGER.warning("An installation was not kept: %s", error)
            return self._again(503, "The installation could not be kept just now; begin again.")
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
            LOGGER.warning("Slack did not finish an installation: %s", type(error).__name__)
            return self._again(502, "Slack did not answer; begin again.")

    async def _done(self, args: AsyncSuccessArgs) -> BoltResponse:
        await self._installed(args.installation)
        response = _page(
            200,
            f"Tertulia is in {escape(args.installation.team_name or 'your workspace')}. Invite it into a channel with "
            f"/invite, and give the channel a team: {COMMAND} use TEAM.",
        )
        response.headers["set-cookie"] = [args.settings.state_utils.build_set_cookie_for_deletion()]
        return response

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        if isinstance(args.error, WholeOrganisation):
            return self._again(400, str(args.error))
        sentence = _REASONS.get(args.reason, f"Slack did not install the app ({args.reason}); begin again.")
        return self._again(args.suggested_status_code, sentence)

    def _again(self, status: int, sentence: str) -> BoltResponse:
        link = escape(self._http.outside(self._http.install), quote=True)
        return _page(status, f'{escape(sentence)} <a href="{link}">Begin again</a>')


def _page(status: int, inside: str) -> BoltResponse:
    return BoltResponse(status=status, body=_PAGE.format(inside), headers=dict(_HEADERS))
