"""Reads a message out of a request's body, and refuses what Discord refuses."""

from dataclasses import replace
from typing import Any

from tests.fakes.discord.calls import Call
from tests.fakes.discord.chat import Draft
from tests.fakes.discord.errors import Refused, too_long, wrong
from tests.fakes.discord.interactions import components
from tests.fakes.discord.values import FakeChannel, FakeMessage, Json, listed

MOST_CHARACTERS = 2000
MOST_EMBEDS, MOST_EMBED_CHARACTERS = 10, 6000
MOST_FILES = 10
MOST_COMPONENTS = 40
COMPONENTS_V2 = 1 << 15


def length(text: str) -> int:
    """UTF-16 units, the strictest way to count that Discord could have."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def draft(call: Call, channel: FakeChannel, *, may_be_empty: bool = False) -> Draft:
    """The message that a body asks for."""
    body = call.body
    content = str(body.get("content") or "")
    embeds: list[Json] = listed(body, "embeds")
    rows: list[Json] = listed(body, "components")
    _check(call, channel, content, embeds, rows)
    if not (content.strip() or embeds or rows or call.request.files or body.get("poll") or may_be_empty):
        raise Refused(50006)
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > 25:
        raise too_long("nonce", 25)
    return Draft(
        content=content,
        embeds=embeds,
        components=numbered(rows),
        files=named(call),
        nonce=None if nonce is None else str(nonce),
        allowed_mentions=body.get("allowed_mentions"),
        flags=int(body.get("flags") or 0),
    )


def change(call: Call, message: FakeMessage) -> None:
    """Edit a message as a body asks: what it does not name stays."""
    body = call.body
    content = str(body.get("content") or "") if "content" in body else message.content
    embeds: list[Json] = listed(body, "embeds") if "embeds" in body else message.embeds
    rows: list[Json] = listed(body, "components") if "components" in body else message.components
    _check(call, message.channel, content, embeds, rows)
    kept = message.attachments
    if "attachments" in body:
        ids = {str(one["id"]) for one in listed(body, "attachments")}
        kept = [one for one in message.attachments if str(one.id) in ids]
    attachments = kept + call.chat.attach(message.channel, named(call))
    if not (content.strip() or embeds or rows or attachments):
        raise Refused(50006)
    message.embeds, message.components, message.attachments = embeds, numbered(rows), attachments
    if "flags" in body:
        message.flags = int(body["flags"] or 0)
    call.chat.edit(message, Draft(content=content, allowed_mentions=body.get("allowed_mentions")))


def named(call: Call) -> list[tuple[str, bytes]]:
    """The uploaded files under the names that the body's attachments give them."""
    names = {str(one.get("id")): one.get("filename") for one in listed(call.body, "attachments")}
    return [(names.get(str(at)) or name, content) for at, (name, content) in enumerate(call.request.files)]


def numbered(rows: list[Json]) -> list[Json]:
    """Components as Discord gives them back: each with a number."""
    for number, component in enumerate(components(rows), 1):
        component.setdefault("id", number)
    return rows


def _check(call: Call, channel: FakeChannel, content: str, embeds: list[Json], rows: list[Json]) -> None:
    if length(content) > MOST_CHARACTERS:
        raise too_long("content", MOST_CHARACTERS)
    if len(embeds) > MOST_EMBEDS:
        raise too_long("embeds", MOST_EMBEDS)
    if sum(length(text) for embed in embeds for text in _texts(embed)) > MOST_EMBED_CHARACTERS:
        raise wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MOST_EMBED_CHARACTERS}")
    every = components(rows)
    if len(every) > MOST_COMPONENTS:
        raise too_long("components", MOST_COMPONENTS)
    ids = [one["custom_id"] for one in every if one.get("custom_id")]
    if len(set(ids)) < len(ids):
        raise wrong("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    if any(len(one) > 100 for one in ids):
        raise too_long("components", 100)
    if int(call.body.get("flags") or 0) & COMPONENTS_V2 and (content or embeds):
        raise wrong("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Not with components v2")
    if len(call.request.files) > MOST_FILES:
        raise too_long("attachments", MOST_FILES)
    most = channel.guild.filesize_limit if channel.guild else 10 * 1024 * 1024
    if any(len(data) > most for _, data in call.request.files):
        raise Refused(40005)


def _texts(embed: Json) -> list[str]:
    footer: Json = embed.get("footer") or {}
    author: Json = embed.get("author") or {}
    parts: list[Any] = [embed.get("title"), embed.get("description"), footer.get("text"), author.get("name")]
    for field in listed(embed, "fields"):
        parts += [field.get("name"), field.get("value")]
    return [str(part) for part in parts if part]


def renamed(of: Draft, name: str, avatar: str | None) -> Draft:
    """The same message under another name and face, as webhooks can."""
    return replace(of, name=name, avatar=avatar)
