"""The apps of one workspace: the host app that hears for all, and agents that are apps of their own."""

import logging
from collections.abc import AsyncGenerator, Container, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from adapters.slack.buckets import Buckets
from adapters.slack.calls import Caller, new_session
from adapters.slack.clients import Reached
from adapters.slack.payloads import Payload, word
from adapters.slack.refusals import Refused
from agents.errors import PlatformFailed, WrongUse
from agents.log.participants import ParticipantId
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

SLACK = "https://slack.com/api/"
FACES = "chat:write.customize"
"""The scope with which the host app lends faces."""

CONNECT_PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds before the next attempts while Slack cannot be reached at the start; the last one holds for all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One app as configured. ``agent`` is whose app it is, empty for the host's; ``where`` names its table.

    It hears over Socket Mode with an ``app_token``, over HTTP with a ``signing_secret``, and nothing without both.
    """

    where: str
    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    agent: ParticipantId = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One app as Slack knows it."""

    tokens: Tokens
    team: str
    bot_user: str
    bot_id: str
    app_id: str
    scopes: Container[str]
    caller: Caller

    @property
    def agent(self) -> ParticipantId:
        """Whose app it is; empty for the host's."""
        return self.tokens.agent

    @property
    def hears(self) -> bool:
        """Whether clicks on its messages arrive."""
        return bool(self.tokens.app_token or self.tokens.signing_secret)


class Apps:
    """The apps of one workspace. ``host`` is always there."""

    def __init__(self, host: App, own: Sequence[App] = ()):
        self.host = host
        self.own: Mapping[ParticipantId, App] = {app.agent: app for app in own}
        self.all = (host, *own)
        self._users = {app.bot_user: app for app in self.all}
        self._ours = {one for app in self.all for one in (app.bot_user, app.bot_id, app.app_id) if one}

    @property
    def team(self) -> str:
        """The workspace that they are installed in."""
        return self.host.team

    def heard_by(self, agent: ParticipantId) -> App | None:
        """The agent's own app; the host's for nobody's."""
        return self.own.get(agent) if agent else self.host

    def by_user(self, user: str) -> App | None:
        """The app whose bot user this is."""
        return self._users.get(user)

    def wrote(self, message: Payload) -> bool:
        """Whether one of our apps wrote the message, in whatever shape Slack tells of it."""
        named = word(message, "user"), word(message, "bot_id"), word(message, "app_id")
        return not self._ours.isdisjoint((*named, word(message, "bot_profile", "app_id")))


@asynccontextmanager
async def open_apps(
    tokens: Sequence[Tokens], buckets: Buckets, clock: Clock, reached: Reached
) -> AsyncGenerator[Sequence[App]]:
    """The apps with these tokens, each checked.

    Raises `WrongUse`, naming the table, for a token that Slack does not accept. Where Slack cannot be reached it waits
    until it can.
    """
    async with AsyncExitStack() as stack:
        apps: list[App] = []
        for one in tokens:
            session = await stack.enter_async_context(new_session())
            client = reached.client(one.bot_token, session)
            apps.append(await _checked(one, Caller(client, buckets, clock, app=one.where), clock))
        yield apps


def together(apps: Sequence[App]) -> Apps:
    """The apps of one workspace; the first is the host's. Raises `WrongUse` for apps of different workspaces."""
    for app in apps:
        if app.team != apps[0].team:
            raise WrongUse(
                f"The apps of {apps[0].tokens.where} and {app.tokens.where} are installed in different workspaces; "
                "install all of them in one."
            )
    warn_of_faces(apps[0])
    return Apps(apps[0], apps[1:])


async def _checked(tokens: Tokens, caller: Caller, clock: Clock) -> App:
    attempt = 0
    while True:
        try:
            return await look_up(tokens, caller)
        except Refused as error:
            if error.retry_after is None:
                raise WrongUse(f"{tokens.where} bot_token: {error}") from error
            await clock.sleep(error.retry_after)
        except PlatformFailed as error:
            LOGGER.warning("Slack does not answer yet: %s", error)
            await clock.sleep(CONNECT_PAUSES[min(attempt, len(CONNECT_PAUSES) - 1)])
            attempt += 1


async def look_up(tokens: Tokens, caller: Caller) -> App:
    """Ask Slack whose token it is. Raises `PlatformFailed`."""
    answer, scopes = await caller.call_with_scopes("auth.test")
    bot_id, app_id = word(answer, "bot_id"), word(answer, "app_id")
    if bot_id and not app_id and "users:read" in scopes:
        info = await caller.call("bots.info", bot=bot_id)
        app_id = word(info, "bot", "app_id")
    return App(
        tokens=tokens,
        team=word(answer, "team_id"),
        bot_user=word(answer, "user_id"),
        bot_id=bot_id,
        app_id=app_id,
        scopes=scopes,
        caller=caller,
    )


def warn_of_faces(host: App) -> None:
    """Log where the scope chat:write.customize is missing: agents then have a name before their words, and no face."""
    if FACES not in host.scopes:
        LOGGER.warning(
            "The host app lacks the scope %s: agents without an app of their own speak with their name in bold "
            "instead of under their own name. Add it on the app's OAuth page and install the app again.",
            FACES,
        )
