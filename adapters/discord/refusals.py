"""What Discord's refusals mean and what to do about them, one sentence for each of its JSON error codes."""

from agents.errors import PlatformFailed

BAD_TOKEN = 401
FORBIDDEN = 403
MISSING_ACCESS = 50001
MISSING_PERMISSION = 50013
UNKNOWN_CHANNEL = 10003
UNKNOWN_SERVER = 10004
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
BAD_WEBHOOK = 50027
TOO_MANY_EDITS = 30046
ARCHIVED = 50083
THREAD_EXISTS = 160004

TOO_LARGE = 40005
HTTP_TOO_LARGE = 413

FILES_REFUSED = frozenset((MISSING_PERMISSION, TOO_LARGE, HTTP_TOO_LARGE))
"""What a message may be refused for because of its files alone; a proxy on the way says 413 and no code."""

_HINTS = {
    50001: "{who} cannot see {where}; give it View Channel there.",
    50013: "{who} lacks a permission in {where}; give it {wants} there.",
    160002: "{who} may not reply in {where}; give it Read Message History there.",
    50083: "The thread {where} is archived and cannot be opened again; unarchive it, or give {who} Manage Threads.",
    160005: "The thread {where} is locked; unlock it, or give {who} Manage Threads.",
    160006: "The server has as many active threads as it can have; archive some of them.",
    160007: "The server has as many active threads as it can have; archive some of them.",
    160004: "This message in {where} has a thread already, which {who} cannot see; give it View Channel there.",
    30007: "{where} has 15 webhooks already; delete one of them, so that agents can have names of their own.",
    30058: "The server has 1,000 webhooks already; delete some of them, so that agents can have names of their own.",
    20016: "{where} is in slow mode for {who}; give it Manage Messages or Manage Channels, or switch slow mode off.",
    10003: "{where} is not there any more, or {who} was removed from the server; take the channel out of the config.",
    10004: "{who} is not on this server any more; invite it again, as docs/discord.md shows.",
    10008: "The message in {where} is not there any more; somebody deleted it.",
    10015: "The webhook of {where} was deleted; the next message makes another one.",
    30046: "Discord takes no more edits of messages that are older than an hour in {where}; this one stays as it is.",
    TOO_LARGE: "A file is larger than {where} takes; make it smaller or raise the server's boost level.",
    50007: "This person takes no direct messages from {who}; they can allow them in the server's privacy settings.",
    50278: "This person takes no direct messages from {who}, because they share no server any more.",
    40004: "Discord lets nobody send messages to {where} for a while; see its status.",
    40067: "{where} wants a tag for each new post; switch that off, or mention the team in a post that is there.",
    200000: "The server's AutoMod blocked what {who} said in {where}; exempt a role of {who}, or change its rule.",
    200001: "The server's AutoMod blocked the name of a thread in {where}; change its rule.",
    240000: "Discord takes a link that {who} wrote in {where} for harmful, and refused the message.",
    50035: "Discord did not understand a message for {where} ({said}); please report it.",
    10062: "Discord waited too long for an answer to this click; click again.",
    40060: "This click was answered already.",
    50027: "The webhook of {where} was deleted; the next message makes another one.",
}


class Refused(PlatformFailed):
    """Discord said no. ``code`` is its own (`MISSING_PERMISSION`), the HTTP status where it gave none."""

    def __init__(self, message: str, *, code: int, status: int, retry_after: float | None = None):
        super().__init__(message, permanent=retry_after is None, retry_after=retry_after)
        self.code, self.status = code, status


def sentence(code: int, *, status: int, who: str, where: str, wants: str, said: str) -> str:
    """What went wrong and what to do, for whoever runs this."""
    if status == BAD_TOKEN and code != BAD_WEBHOOK:
        return f"Discord does not take the token of {who} any more; make a new one and put it into the config."
    hint = _HINTS.get(code)
    if hint is None:
        return f"Discord refused what {who} did in {where} ({said or 'no reason given'}, code {code}); see its status."
    return hint.format(who=who, where=where, wants=wants, said=said)
