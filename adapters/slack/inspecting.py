"""Looking at Slack without serving it: are the tokens good, the scopes granted, the channels joined?

And, for HTTP, does the way in from outside end here?
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp

from adapters.slack.apps import App, Tokens, look_up
from adapters.slack.buckets import Buckets
from adapters.slack.calling import Caller, new_client, new_session, quiet_logger
from adapters.slack.listening import Http, listening
from adapters.slack.manifest import HOST_SCOPES, OWN_SCOPES
from adapters.slack.payloads import parts, word
from adapters.slack.refusals import Refused
from adapters.slack.serving import Setting
from agents.errors import WrongUse
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

WAY_IN_SECONDS = 5.0
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A sentence on one app or channel; ``lacks`` names what it needs and has not, nothing where all is well."""

    text: str
    lacks: tuple[str, ...] = ()


async def inspect_apps(setting: Setting, channels: Sequence[str], clock: Clock) -> tuple[Missing, ...]:
    """Every app, then every one of ``channels`` (ids, or names without ``#``).

    Raises `WrongUse` for a token that Slack does not accept, naming its table, and `PlatformFailed`.
    """
    found: list[Missing] = []
    for number, tokens in enumerate(setting.tokens):
        async with new_session() as session:
            client = new_client(tokens.bot_token, setting.api_url, session, quiet_logger())
            client.proxy = setting.proxy
            app = await _looked_up(tokens, Caller(client, Buckets(clock), clock, app=tokens.where))
            found.append(_scopes(app, OWN_SCOPES if app.agent else HOST_SCOPES))
            if number == 0 and channels:
                found += await _joined(app, channels)
    return tuple(found)


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
