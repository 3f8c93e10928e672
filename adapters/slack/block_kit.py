"""A post as Slack takes it: blocks, with the plain text beside them that notifications and screen readers use.

Limits: docs.slack.dev/reference/block-kit and, where marked, what people measured against Slack itself.
"""

import json
import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from adapters.shared.mentions import neutralise_mentions
from adapters.shared.parts import split, utf16_units
from adapters.shared.render_slack import slack_mrkdwn
from adapters.slack.payloads import Payload
from adapters.slack.places import user_of
from agents.ports import Card, Post

LONGEST = 11_500
"""Of the 12,000 that all markdown of a message may have; the rest is for pings and a name in front."""

LONGEST_TEXT = 3_500
"""Of the 4,000 that ``chat.update`` takes; more is shown by the blocks alone."""

_PREVIEW = 1_000
_SECTION = 2_900
"""Of the 3,000 characters of a section."""

_MOST_BUTTONS = 24
_BUTTON = 75
_MOST_PINGS = 20
LONGEST_FIELD = 3_000
"""Characters of a window's field."""

ANSWER, WRITE, EDIT, STOP = "tertulia_answer", "tertulia_write", "tertulia_edit", "tertulia_stop"
"""What buttons do: answer with an option, write an answer, change what is asked about, end the turn."""

CHANGES = "Edit"
"""The option of an approval that comes with a new text."""

Form: TypeAlias = Literal["markdown", "mrkdwn"]
_WORD_FIRST = re.compile(r"\w")


def length(text: str) -> int:
    """How long a text is for Slack, which counts characters in a way that it does not tell: the larger count."""
    return utf16_units(neutralise_mentions(text))


def blocks(post: Post, *, prefix: str = "", form: Form = "markdown", hears: bool = True) -> list[Payload]:
    """The layout of a post. ``prefix`` is a name in front; ``mrkdwn`` is for what Slack does not take as markdown.

    A growing message can be stopped where its app ``hears`` the button.
    """
    shown = markdown(post, prefix=prefix)
    made: list[Payload] = []
    if post.quiet:
        small = slack_mrkdwn(prefix + post.text)[:_SECTION]
        made.append({"type": "context", "elements": [{"type": "mrkdwn", "text": small}]})
    elif shown.strip() and form == "markdown":
        made.append({"type": "markdown", "text": shown})
    elif shown.strip():
        body = _pings(post) + slack_mrkdwn(prefix + post.text)
        made += [
            {"type": "section", "text": {"type": "mrkdwn", "text": part.text}, "expand": True}
            for part in split(body, _SECTION, utf16_units)[:45]
            if part.text.strip()
        ]
    if post.card is not None:
        made += card_blocks(post.room, post.card)
    elif post.partial and hears:
        made += stop_blocks(post)
    return made


def markdown(post: Post, *, prefix: str = "") -> str:
    """The whole text of a post as Slack takes markdown."""
    return with_pings(post, neutralise_mentions(post.text), prefix)


def stop_blocks(post: Post) -> list[Payload]:
    """The button that ends the turn of a growing message."""
    return [{"type": "actions", "elements": [_button("Stop", STOP, post.room)]}]


def text(post: Post, *, prefix: str = "") -> str:
    """The same in a few lines of mrkdwn."""
    whole = prefix + post.text
    shown = slack_mrkdwn(whole) if len(whole) <= LONGEST_TEXT else ""
    if not shown or len(shown) > LONGEST_TEXT:
        shown = f"{slack_mrkdwn(whole[:_PREVIEW])[:LONGEST_TEXT]} …"
    return _pings(post) + shown


def with_pings(post: Post, shown: str, prefix: str = "") -> str:
    """``shown`` with the people in front whose devices may ring; nobody else is named by id."""
    pings = _pings(post)
    if not shown.strip():
        return f"{pings}{prefix}".strip()
    gap = "" if _WORD_FIRST.match(shown) or not (pings or prefix) else "\n\n"
    return f"{pings}{prefix}".rstrip(" " if gap else "") + gap + shown


def card_blocks(room: str, card: Card) -> list[Payload]:
    """A question's buttons, or who answered what."""
    if card.answered is not None:
        answer = neutralise_mentions(slack_mrkdwn(card.answered))[:_SECTION]
        return [{"type": "context", "elements": [{"type": "mrkdwn", "text": answer}]}]
    buttons = [_option_button(room, card, number) for number in range(len(card.options[:_MOST_BUTTONS]))]
    if card.kind == "input":
        value = json.dumps({"room": room, "question": card.question, "option": None})
        buttons.append(_button("Write an answer", WRITE, value))
    return [{"type": "actions", "elements": buttons}] if buttons else []


def modal(title: str, label: str, metadata: str, *, initial: str = "") -> Payload:
    """A window with one field for free text; ``metadata`` comes back with it."""
    field: Payload = {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": LONGEST_FIELD}
    if initial:
        field["initial_value"] = initial
    return {
        "type": "modal",
        "callback_id": WRITE,
        "title": {"type": "plain_text", "text": title[:24]},
        "submit": {"type": "plain_text", "text": "Send"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "private_metadata": metadata,
        "blocks": [
            {
                "type": "input",
                "block_id": "answer",
                "element": field,
                "label": {"type": "plain_text", "text": label[:2000] or "Your answer"},
            }
        ],
    }


def _option_button(room: str, card: Card, number: int) -> Payload:
    value = json.dumps({"room": room, "question": card.question, "option": number})
    kind = EDIT if card.kind == "approval" and card.options[number] == CHANGES else ANSWER
    button = _button(card.options[number], f"{kind}:{number}", value)
    if card.kind == "approval" and number == 0:
        button["style"] = "primary"
    return button


def _button(label: str, action: str, value: str) -> Payload:
    """One button; ``action`` must be its own within the message."""
    shown = neutralise_mentions(label)
    shown = shown if len(shown) <= _BUTTON else f"{shown[: _BUTTON - 1]}…"
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": shown or "…", "emoji": False},
        "value": value,
    }


def _pings(post: Post) -> str:
    users: Sequence[str] = [user for one in post.pings[:_MOST_PINGS] if (user := user_of(one))]
    return "".join(f"<@{user}> " for user in users)
