"""What Discord says no with: an HTTP status, a code and a message."""

from tests.fakes.discord.values import Json

_KNOWN: dict[int, tuple[int, str]] = {
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30007: (400, "Maximum number of webhooks reached (15)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40001: (401, "Unauthorized"),
    40005: (413, "Request entity too large. Try sending something smaller in size"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50016: (400, "Provided too few or too many messages to delete. Must provide at least 2 and at most 100 messages"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    160002: (403, "You cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
    220001: (400, "Webhooks posted to forum channels must have a thread_name or thread_id"),
    220002: (400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"),
    220003: (400, "Webhooks can only create threads in forum channels"),
}


class Refused(Exception):
    """A request that Discord turns down. ``fields`` are what it has against single fields of the body."""

    def __init__(self, code: int, *, status: int | None = None, fields: Json | None = None, message: str = ""):
        known, words = _KNOWN.get(code, (400, "General error"))
        self.code, self.status, self.fields = code, status or known, fields
        self.message = message or words
        super().__init__(f"{self.status} {code}: {self.message}")

    @property
    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code}
        return body if self.fields is None else {**body, "errors": self.fields}


def wrong(field: str, code: str, message: str) -> Refused:
    """A form whose ``field`` (a path with dots) is wrong."""
    errors: Json = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(field.split(".")):
        errors = {part: errors}
    return Refused(50035, fields=errors)


def too_long(field: str, most: int) -> Refused:
    return wrong(field, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
