"""Secrets taken out of every log line and every outgoing text.

Two kinds go: the secrets that this process was given, and whatever has the shape of a well-known token. Each shape is
looked for only where letters occur that give it away, and every pattern is linear in the length of the text.
"""

import json
import re
from collections.abc import Iterable, Mapping, MutableMapping
from traceback import format_exception
from typing import Any, TypeGuard
from urllib.parse import quote

REDACTED = "[redacted]"
SHORTEST_SECRET = 6
"""Shorter values are not looked for: they would blank out ordinary words."""

_START = r"(?<![A-Za-z0-9_-])"

_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (tells, re.compile(pattern))
    for tells, pattern in (
        # Slack: bot, user, app, refresh and configuration tokens, and addresses that hold a secret.
        (("xox", "xapp-"), _START + r"()(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,}"),
        (("hooks.slack.com/",), r"(hooks\.slack\.com/)[A-Za-z]+/[A-Za-z0-9/_-]{8,}"),
        (("ticket=",), r"(ticket=)[\w%.~-]{8,}"),
        # Discord: webhooks. Its tokens have no tell and are looked for below.
        (("/webhooks/",), r"(/webhooks/)\d{5,25}/[\w-]{20,}"),
        # Model endpoints.
        (("sk-", "sk_", "rk_"), _START + r"()(?:sk-(?=[\w-]*\d)[\w-]{20,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,})"),
        (("AIza",), _START + r"()AIza[\w-]{35}"),
        (("hf_", "gsk_", "xai-", "pplx-"), _START + r"()(?:hf_|gsk_|xai-|pplx-)[A-Za-z0-9]{24,}"),
        # Forges, registries, clouds.
        (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), _START + r"()gh[pousr]_[A-Za-z0-9]{30,}"),
        (("github_pat_", "glpat-"), _START + r"()(?:github_pat_|glpat-)[\w-]{20,}"),
        (("npm_", "pypi-"), _START + r"()(?:npm_[A-Za-z0-9]{36,}|pypi-[\w-]{50,})"),
        (("AKIA", "ASIA"), _START + r"()A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])"),
        (
            ("ecret", "ECRET"),
            r"(?i:(secret_?(?:access_?)?key[\"']?\s?[=:]\s?[\"']?))[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
        ),
        # Anywhere: credentials in headers and addresses, signed tokens, private keys.
        (("earer", "EARER"), r"(?i:(\bbearer[ :]\s?))(?=[^\s\"']{0,200}\d)[\w.~+/=-]{12,}"),
        (("uthorization", "UTHORIZATION"), r"(?i:(authorization[\"']?: ?[\"']?basic ))[\w+/=]{8,}"),
        (("://",), r"(://)[^\s/@:\"'<>]{0,80}:[^\s/@\"'<>]{1,200}(?=@)"),
        (("eyJ",), _START + r"()eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
        (("PRIVATE KEY",), r"()-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,30}-----|\Z)"),
    )
)
"""Tell-tale letters, and the pattern; its group is what comes before the secret and stays."""

_DISCORD = re.compile(_START + r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,45}")

_FIELDS = frozenset(
    ("token", "bot_token", "app_token", "api_key", "apikey", "password", "secret", "signing_secret", "client_secret",
     "authorization", "cookie", "access_token", "refresh_token", "response_url")
)  # fmt: skip
"""Fields of structured logs whose text is never shown."""


class Redactor:
    """Takes secrets out of texts. ``secrets`` are the known values, as configured."""

    def __init__(self, secrets: Iterable[str] = ()):
        forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """``text`` with each secret replaced by `REDACTED`."""
        if self._known:
            text = self._known.sub(REDACTED, text)
        for tells, shape in _SHAPES:
            if any(tell in text for tell in tells):
                text = shape.sub(rf"\g<1>{REDACTED}", text)
        return _DISCORD.sub(REDACTED, text) if text.count(".") > 1 else text

    def processor(self, logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The same for structlog: a processor for the end of the chain, before the renderer."""
        return {key: REDACTED if _is_secret(key, value) else self._value(value) for key, value in event.items()}

    def _value(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _is_mapping(value):
            return self.processor(None, "", {str(key): one for key, one in value.items()})
        if _is_collection(value):
            return [self._value(one) for one in value]
        if isinstance(value, bytes):
            return self(value.decode("utf-8", "replace"))
        if isinstance(value, BaseException):
            return self("".join(format_exception(value)))
        return self(str(value))


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _is_collection(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, list | tuple | set | frozenset)


def _is_secret(key: str, value: object) -> bool:
    return key.lower() in _FIELDS and isinstance(value, str | bytes) and bool(value)


def _forms(secret: str) -> tuple[str, ...]:
    """The secret as it is, in an address, and in JSON."""
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1]
