"""What this project asks of every request beyond what Discord's document says."""

from collections.abc import Iterator

from tests.fakes.discord.calls import Request
from tests.fakes.discord.errors import Refused
from tests.fakes.discord.forms import MOST_CHARACTERS, length
from tests.fakes.discord.routes.webhooks import checked_name
from tests.fakes.discord.values import Json, is_object, listed

_CREATE = "POST /channels/{channel_id}/messages"
_EXECUTE = "POST /webhooks/{webhook_id}/{webhook_token}"
_MESSAGES = {
    _CREATE,
    "PATCH /channels/{channel_id}/messages/{message_id}",
    _EXECUTE,
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
}
_CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
_WITH_A_MESSAGE = (4, 7)


def violations(request: Request) -> Iterator[str]:
    body: Json = request.json if is_object(request.json) else {}
    for message in _messages(request, body):
        yield from _message(message)
    if request.route == _CREATE and not (body.get("nonce") and body.get("enforce_nonce")):
        yield "a message is sent without a nonce that is enforced (D11)"
    if request.route == _EXECUTE:
        if request.query.get("wait") not in ("true", "True", "1"):
            yield "a webhook is used without wait=true (D3)"
        yield from _name(body.get("username"))
    if request.route == "POST /channels/{channel_id}/webhooks":
        yield from _name(body.get("name"))


def _messages(request: Request, body: Json) -> list[Json]:
    """The messages that a request writes: a body itself, a callback's data, a forum post's first."""
    if request.route in _MESSAGES:
        return [body]
    if request.route == _CALLBACK and body.get("type") in _WITH_A_MESSAGE:
        return [body.get("data") or {}]
    return [body["message"]] if request.route.endswith("/threads") and body.get("message") else []


def _message(message: Json) -> Iterator[str]:
    if length(str(message.get("content") or "")) > MOST_CHARACTERS:
        yield f"the content is longer than {MOST_CHARACTERS} characters (D9)"
    allowed: Json | None = message.get("allowed_mentions")
    if allowed is None or "parse" not in allowed:
        yield "allowed_mentions is not given, so Discord lets everything ring (D8)"
    elif {"everyone", "roles"} & set(listed(allowed, "parse")):
        yield f"allowed_mentions lets {allowed['parse']} ring (D8)"


def _name(name: str | None) -> Iterator[str]:
    if name is None:
        return
    try:
        checked_name(name, "name")
    except Refused as refused:
        yield f"a webhook may not be called {name!r} (D2): {refused.fields}"
