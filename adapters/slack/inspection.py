"""Looking at Slack without serving it: are the tokens good, the scopes granted, the channels joined?

And, for HTTP, does the way in from outside end here?
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.apps import App, Tokens, look_up
from adapters.slack.buckets import Buckets
from adapters.slack.calls import Caller, api_call, error_name, new_session
from adapters.slack.clients import Reached, clients
from adapters.slack.http_server import Http, listening
from adapters.slack.installations import Installations
from adapters.slack.manifest import HOST_SCOPES, OWN_SCOPES
from adapters.slack.oauth import OAuth
from adapters.slack.payloads import parts, word
from adapters.slack.refusals import Refused
from adapters.slack.serving import Setting
from agents.errors import PlatformFailed, WrongUse
from agents.ports import Clock, Facts

LOGGER = logging.getLogger(__name__)

WAY_IN_SECONDS = 5.0
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A sentence on one app or channel; ``lacks`` names what it needs and has not, nothing where all is well."""

    text: str
    lacks: tuple[str, ...] = ()


async def inspect_apps(setting: Setting, channels: Sequence[str], clock: Clock) -> tuple[Missing, ...]:
    """Every app with a token of its own; after the host's, every one of ``channels`` (ids, or names without ``#``).

    Raises `WrongUse` for a token that Slack does not accept, naming its table, and `PlatformFailed`.
    """
    found: list[Missing] = []
    for tokens in setting.tokens:
        if not tokens.bot_token:
            continue
        async with new_session() as session:
            client = _reached(setting).client(tokens.bot_token, session)
            app = await _looked_up(tokens, Caller(client, Buckets(clock), clock, app=tokens.where))
            found.append(_scopes(app, OWN_SCOPES if app.agent else HOST_SCOPES))
            if not app.agent and channels:
                found += await _joined(app, channels)
    return tuple(found)


async def inspect_installing(setting: Setting, records: Facts | None, clock: Clock) -> tuple[Missing, ...]:
    """Whether people can install the host app, and its state in every workspace that ``records`` know of.

    Raises `PlatformFailed` and `StoreFailed`.
    """
    assert setting.oauth is not None, "only an app that people install is looked at"
    assert setting.http is not None, "people install over HTTP"
    async with clients(_reached(setting)) as client:
        found = [await _credentials(setting.oauth, client(""))]
        installations = await Installations(records).all() if records is not None else []
        for one in installations:
            tokens = replace(setting.tokens[0], bot_token=str(one.bot_token), where=f"[slack] in {one.team_name}")
            try:
                app = await look_up(tokens, Caller(client(tokens.bot_token), Buckets(clock), clock, app=tokens.where))
            except Refused as error:
                found.append(Missing(text=f"The workspace {one.team_name}: {error}", lacks=(str(one.team_id),)))
            else:
                found.append(_scopes(app, HOST_SCOPES))
    if not installations:
        found.append(
            Missing(text=f"No workspace has installed the app; open {setting.http.outside(setting.http.install)}.")
        )
    return tuple(found)


async def _credentials(oauth: OAuth, client: AsyncWebClient) -> Missing:
    """Whether Slack knows the client: with a code that nobody was given it finds fault with the code alone."""
    asked = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, "code": "none"}
    try:
        await api_call(client, "oauth.v2.access", asked)
    except SlackApiError as error:
        name = error_name(error)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PlatformFailed(f"Slack cannot be reached ({error}); try again.") from error
    else:
        name = ""
    if name in ("invalid_client_id", "bad_client_secret"):
        text = (
            f"Slack does not accept client_id and client_secret of [slack] ({name}); copy both from Basic Information."
        )
        return Missing(text=text, lacks=("client_id",))
    return Missing(text="Slack accepts client_id and client_secret of [slack].")


async def inspect_way_in(http: Http) -> Missing:
    """Whether what is sent to our address outside arrives here; for that moment we listen, unless we do already."""
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening(http, {}, is_open=lambda: True))
        except WrongUse as error:
            LOGGER.info("Somebody listens already, which should be Tertulia: %s", error)
        said = await _health(http.outside(http.health))
    here, url = f"{http.host}:{http.port}", http.outside(http.events())
    if not said:
        return Missing(text=f"Slack's requests arrive: {url} leads to {here}.")
    return Missing(text=f"{url} does not lead to {here} ({said}); let your proxy pass it on.", lacks=(url,))


async def _health(url: str) -> str:
    """What is wrong with the answer of a health address, in a few words; nothing where all is well."""
    limit = aiohttp.ClientTimeout(total=WAY_IN_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status == 200 and (await response.read()).startswith(b'{"ok": true'):
                return ""
            return f"HTTP {response.status}, and not from Tertulia"
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return str(error) or "no answer"


def _reached(setting: Setting) -> Reached:
    return Reached(api_url=setting.api_url, proxy=setting.proxy)


async def _looked_up(tokens: Tokens, caller: Caller) -> App:
    try:
        return await look_up(tokens, caller)
    except Refused as error:
        raise WrongUse(f"{tokens.where} bot_token: {error}") from error


def _scopes(app: App, wanted: Mapping[str, str]) -> Missing:
    where = app.tokens.where
    lacks = tuple(scope for scope in wanted if scope not in app.scopes)
    if not lacks:
        return Missing(text=f"The app of {where} is installed in the workspace {app.team} with every scope it needs.")
    reasons = "; ".join(f"{scope} ({wanted[scope]})" for scope in lacks)
    return Missing(text=f"The app of {where} lacks {reasons}. Add them on its OAuth page, install again.", lacks=lacks)


async def _joined(host: App, channels: Sequence[str]) -> list[Missing]:
    """Whether the host app is in each of the channels."""
    member: dict[str, bool] = {}
    cursor = ""
    for _ in range(_MOST_PAGES):
        answer = await host.caller.call(
            "conversations.list",
            types="public_channel,private_channel",
            exclude_archived=True,
            limit=200,
            cursor=cursor or None,
        )
        for shape in parts(answer, "channels"):
            for name in (word(shape, "id"), word(shape, "name")):
                member[name] = shape.get("is_member") is True
        cursor = word(answer, "response_metadata", "next_cursor")
        if not cursor:
            break
    return [_membership(channel, member.get(channel)) for channel in channels]


def _membership(channel: str, is_member: bool | None) -> Missing:
    if is_member:
        return Missing(text=f"The host app is in {channel}.")
    if is_member is None:
        return Missing(text=f"The host app sees no channel {channel}; invite it there with /invite.", lacks=(channel,))
    return Missing(text=f"The host app is not in {channel}; invite it there with /invite.", lacks=(channel,))
