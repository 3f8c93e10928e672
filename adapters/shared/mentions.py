"""Mentions made harmless: nothing that an agent writes rings anybody's device."""

import re

_APART = "\u200b"
"""A space without width: what is shown stays, what a platform would obey does not."""

_EVERYBODY = re.compile(r"@(?=everyone|here)|(?<![\w.])@(?=(?:channel|group)\b)", re.IGNORECASE)
_COMMANDS = re.compile(
    r"<(?=!(?:channel|here|everyone|group|subteam\^)|@[!&]?\d{5,25}>|@[UWB][A-Z0-9]{4,}[>|])", re.IGNORECASE
)


def neutralise_mentions(text: str) -> str:
    """``text`` in which no mass mention and no mention by id is alive on Slack or Discord, in code or outside.

    Such places gain a space without width, once: doing it again changes nothing. People whom a message may notify
    are named in `Post.pings`, never in its text.
    """
    if "@" not in text and "<!" not in text:
        return text
    return _COMMANDS.sub("<" + _APART, _EVERYBODY.sub("@" + _APART, text))
