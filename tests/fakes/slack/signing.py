"""Signed HTTP requests to an app, right and wrong ones (docs.slack.dev, "Verifying requests from Slack")."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.world import FakeApp, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A body with its signature. Change a field and the signature is wrong."""

    body: str
    content_type: str
    timestamp: str
    signature: str

    @classmethod
    def of(cls, app: FakeApp, kind: str, payload: Payload, *, age: float = 0.0, secret: str | None = None) -> "Signed":
        """Sign as Slack does: events are JSON, interactions a ``payload`` field, commands a plain form."""
        match kind:
            case "events_api":
                body, content_type = json.dumps(payload), "application/json"
            case "interactive":
                body, content_type = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
            case _:
                body, content_type = urlencode(payload), "application/x-www-form-urlencoded"
        timestamp = str(int(time.time() - age))
        key = (secret if secret is not None else app.signing_secret).encode()
        digest = hmac.new(key, f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return cls(body=body, content_type=content_type, timestamp=timestamp, signature=f"v0={digest}")

    def with_body(self, body: str) -> "Signed":
        """The same signature over another body."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the app said."""

    status: int
    text: str
    headers: dict[str, str]


async def post(url: str, signed: Signed, headers: dict[str, str] | None = None) -> Answer | None:
    """Deliver it; None if the app could not be reached."""
    sent = {
        "Content-Type": signed.content_type,
        "X-Slack-Request-Timestamp": signed.timestamp,
        "X-Slack-Signature": signed.signature,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        **(headers or {}),
    }
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
            session.post(url, data=signed.body.encode(), headers=sent) as response,
        ):
            text = await response.text()
            return Answer(status=response.status, text=text, headers=dict(response.headers))
    except (aiohttp.ClientError, TimeoutError):
        return None
