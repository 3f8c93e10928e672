"""What Slack's refusals mean for whoever called: wait, give up, or say a sentence to people.

Names as in docs.slack.dev/reference/methods, where each method lists its own; what is not in the table is permanent.
"""

from agents.errors import PlatformFailed

_WAIT = {"ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited"}
_AGAIN = {
    "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org",
    "streaming_state_conflict",
}  # fmt: skip
TOKEN_IS_DEAD = frozenset(
    ("invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed", "app_uninstalled",
     "org_login_required", "access_denied", "team_access_not_granted")
)  # fmt: skip
"""The bot's token is no good any more; what needs one waits for the new one."""

NOT_THERE = frozenset(("not_in_channel", "channel_not_found", "restricted_action_read_only_channel"))
"""This app may not post in the channel; another app perhaps may."""

NOT_OURS = frozenset(("cant_update_message",))
"""Another app wrote the message."""

STREAMING = "streaming_state_conflict"
"""The message is a stream that was not ended."""

BLOCKS_REFUSED = frozenset(("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"))
"""The message may be taken in a plainer form."""

_SENTENCES = {
    "not_in_channel": "The app is not in the channel; invite it with /invite.",
    "channel_not_found": "The app cannot see the channel; invite it with /invite.",
    "is_archived": "The channel is archived; unarchive it or bind another one.",
    "is_inactive": "The channel is archived; unarchive it or bind another one.",
    "restricted_action": "The workspace lets only some people post in the channel; ask its owner.",
    "msg_too_long": "The message is longer than Slack takes; split it.",
    "no_text": "A message without text or files is refused; say something.",
    "message_not_found": "The message is not there any more; post a new one.",
    "cant_update_message": "Another app wrote the message, so it cannot be edited; post a new one.",
    "edit_window_closed": "The workspace lets nobody edit a message that old; post a new one.",
    "invalid_blocks": "Slack does not take the message's layout.",
    "thread_not_found": "The thread is not there any more; write in the channel.",
    "file_upload_size_restricted": "The workspace does not take files of that size.",
}
_WHEN_TOKEN_IS_DEAD = (
    "Slack does not accept the bot token any more ({error}); install the app again and set the new token."
)

PAUSE = 5.0
"""Seconds to wait where Slack says to slow down and not for how long."""


class Refused(PlatformFailed):
    """Slack said no; ``name`` is its word for it."""

    def __init__(
        self,
        name: str,
        sentence: str,
        *,
        permanent: bool = False,
        outage: bool = False,
        retry_after: float | None = None,
    ):
        super().__init__(sentence, permanent=permanent, outage=outage, retry_after=retry_after)
        self.name = name


def refusal(method: str, name: str, *, needed: str = "", retry_after: float | None = None) -> Refused:
    """The error for ``ok: false``; ``needed`` is the scope that a ``missing_scope`` names."""
    if name in _WAIT:
        return Refused(name, f"Slack asks to slow down with {method}.", retry_after=retry_after or PAUSE)
    if name in _AGAIN:
        return Refused(name, f"Slack could not carry out {method} just now ({name}); it is tried again.")
    if name in TOKEN_IS_DEAD:
        return Refused(name, _WHEN_TOKEN_IS_DEAD.format(error=name), outage=True)
    if name == "missing_scope":
        sentence = (
            f"The app lacks the scope {needed or 'for ' + method}; add it on its OAuth page and install it again."
        )
        return Refused(name, sentence, permanent=True)
    return Refused(name, _SENTENCES.get(name, f"Slack refused {method}: {name}."), permanent=True)
