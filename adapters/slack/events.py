"""What an event of Slack's is, read from its payload alone: whether it is news, and under which key."""

import re

from adapters.slack.apps import App, Apps
from adapters.slack.inbox import Item
from adapters.slack.payloads import Payload, part, word
from adapters.slack.places import Spot, source_of

SPOKEN = (None, "", "file_share", "thread_broadcast", "me_message", "bot_message")
"""Subtypes of messages that somebody wrote; all others are Slack's own doing, or tell of a change."""

SLACKBOT = "USLACKBOT"

_TS = re.compile(r"\d{1,12}\.\d{1,9}")


def item_of(apps: Apps, heard: App, body: Payload) -> Item | None:
    """The event as it goes into the inbox; None for what is no news: our own posts, previews of links, notices."""
    event = part(body, "event")
    payload = {"team": apps.team, "agent": heard.agent, "event": event}
    event_id = word(body, "event_id") or word(event, "event_ts")
    at = word(event, "event_ts") or word(body, "event_time")
    if event.get("type") not in ("message", "app_mention"):
        return Item(key=f"slack:{event_id}", line=_line(apps.team, event), at=at, payload=payload)
    source = _source(apps, event)
    if source is None:
        return None
    return Item(key=source, line=_line(apps.team, event), at=at, payload=payload)


def _source(apps: Apps, event: Payload) -> str | None:
    """The key that all copies of a message, or of its change, share."""
    channel = word(event, "channel")
    match event.get("subtype"):
        case "message_changed":
            message, before = part(event, "message"), part(event, "previous_message")
            if message.get("subtype") == "tombstone":
                return _key(apps.team, channel, word(message, "ts"), "!deleted")
            edited = word(message, "edited", "ts")
            if apps.wrote(message) or not edited or message.get("text") == before.get("text"):
                return None
            return _key(apps.team, channel, word(message, "ts"), f"@{edited}")
        case "message_deleted":
            if apps.wrote(part(event, "previous_message")):
                return None
            return _key(apps.team, channel, word(event, "deleted_ts"), "!deleted")
        case subtype if subtype in SPOKEN:
            if apps.wrote(event) or event.get("user") == SLACKBOT:
                return None
            return _key(apps.team, channel, word(event, "ts"))
        case _:
            return None


def _key(team: str, channel: str, ts: str, change: str = "") -> str | None:
    """None where a payload does not even say which message it is about: of those nothing could be made."""
    if not channel or _TS.fullmatch(ts) is None:
        return None
    return source_of(Spot(team=team, channel=channel).message(ts)) + change


def is_from_a_bot(event: Payload) -> bool:
    """Whether an app wrote the message, and no person."""
    return bool(event.get("bot_id")) or event.get("subtype") == "bot_message"


def _line(team: str, event: Payload) -> str:
    """What an event must stay in order with: its channel."""
    channel = word(event, "channel") or word(event, "channel", "id") or word(event, "item", "channel")
    return f"{team}/{channel}"
