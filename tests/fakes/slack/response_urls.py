"""response_url: an app may answer an interaction five times within half an hour, without a token.

Source: docs.slack.dev/interactivity/handling-user-interaction (message responses).
"""

import json

from aiohttp import web

from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.calls import Refused
from tests.fakes.slack.json_shapes import is_object
from tests.fakes.slack.shapes import message_json
from tests.fakes.slack.site import ResponseUrl, Site
from tests.fakes.slack.world import Channel, FakeMessage, Payload

LIFE = 1800.0
MOST_USES = 5


def new_response_url(
    site: Site, app: str, channel: Channel, user: str, message: FakeMessage | None
) -> tuple[str, ResponseUrl]:
    """An address for one interaction (``message``: with what), and what will be said through it."""
    key = site.world.new_secret("")
    one = ResponseUrl(key, app, channel.team, channel.id, user, site.clock.now() + LIFE, message)
    site.response_urls[key] = one
    return f"{site.world.origin}/actions/{channel.team}/{key}", one


class ResponseUrls:
    """Takes what apps say through response_urls."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def serve(self, request: web.Request) -> web.Response:
        """One use."""
        one = self._site.response_urls.get(request.match_info["key"])
        if one is None or self._site.clock.now() > one.expires:
            return _refuse(404, "expired_url")
        if one.uses >= MOST_USES:
            return _refuse(404, "used_url")
        said = _read(await request.text())
        if said is None:
            return _refuse(400, "invalid_payload")
        try:
            await take(self._site, one, said)
        except Refused as refused:
            return _refuse(400, refused.error)
        one.uses += 1
        one.answers.append(said)
        self._site.responses += 1
        self._site.responded.set()
        return web.Response(text="ok")


async def take(site: Site, one: ResponseUrl, said: Payload) -> None:
    """Do what an app says in answer to an interaction: say something, or change what was pressed."""
    message = one.message
    if said.get("delete_original"):
        if message is not None:
            await _delete(site, one, message)
    elif said.get("replace_original"):
        if message is not None:
            await _replace(site, message, said)
    else:
        await _say(site, one, said)


async def _say(site: Site, one: ResponseUrl, said: Payload) -> None:
    message = FakeMessage(site.world.new_ts(), one.channel, one.team, None, "", app_id=one.app)
    install = site.world.apps[one.app].installs[one.team]
    message.user, message.bot_id = install.bot_user, install.bot_id
    message.thread_ts = said.get("thread_ts")
    _write(site, message, said)
    channel = site.world.channels[one.team, one.channel]
    if said.get("response_type", "ephemeral") == "in_channel":
        channel.add(message)
        await site.hearing.posted(message)
    else:
        message.ephemeral_for = one.user
        channel.ephemerals.append(message)


async def _replace(site: Site, message: FakeMessage, said: Payload) -> None:
    before = message_json(site.world, message)
    _write(site, message, said)
    if message.ephemeral_for is None:
        await site.hearing.changed(message, before)


async def _delete(site: Site, one: ResponseUrl, message: FakeMessage) -> None:
    if message.ephemeral_for is None:
        await site.hearing.remove(message)
    else:
        site.world.channels[one.team, one.channel].ephemerals.remove(message)


def _write(site: Site, message: FakeMessage, said: Payload) -> None:
    if not said.get("text") and not said.get("blocks"):
        raise Refused("no_text")
    blocks = check_blocks(said["blocks"]) if said.get("blocks") is not None else []
    message.blocks = site.world.with_block_ids(blocks)
    message.text = str(said.get("text", ""))


def _read(text: str) -> Payload | None:
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if is_object(said) else None


def _refuse(status: int, error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)
