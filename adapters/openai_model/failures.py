"""Whatever can go wrong with a call, as one `ModelFailed` whose sentence says what to do next."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard

import openai

from agents.errors import ModelFailed, ModelFailure

_TOO_LONG = re.compile(r"context.{0,20}(length|window|size)|too (long|many tokens)|maximum.{0,20}tokens", re.IGNORECASE)
_FILTERED = re.compile(r"content.?(filter|policy|management)|safety system", re.IGNORECASE)
FILTERS = (
    "content_filter", "content-filter", "safety", "sensitive", "recitation", "blocklist", "prohibited_content", "spii",
)  # fmt: skip
"""How endpoints call the end of an answer that a filter stopped."""

BREAKS = (
    "error", "abort", "network_error", "insufficient_system_resource", "malformed_function_call",
    "unexpected_tool_call",
)  # fmt: skip
"""How endpoints call the end of an answer that went wrong on their side."""

_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit balance", re.IGNORECASE)


class BadRequest(ModelFailed):
    """The endpoint did not take the request as it was. ``complaint`` is its reason, in its own words."""

    def __init__(self, message: str, *, kind: ModelFailure, complaint: str):
        super().__init__(message, kind=kind)
        self.complaint = complaint


class Passing(ModelFailed):
    """A failure that a later attempt may not meet, as long as nothing of an answer was seen."""


def from_library(error: openai.APIError, *, name: str, model: str) -> ModelFailed:
    """What the client library raised before an answer began. ``name`` is the model's with its host."""
    if isinstance(error, openai.APIStatusError):
        headers: Mapping[str, str] = error.response.headers
        return from_status(error.status_code, error.body, headers, name=name, model=model)
    return unreachable(name)


def from_stream(error: Any, *, name: str, model: str) -> ModelFailed:
    """An error that came as a chunk, after the status: some gateways put the status into its ``code``."""
    code = error.get("code") if _has_fields(error) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return from_status(status, error, {}, name=name, model=model)


def from_status(status: int, body: Any, headers: Mapping[str, str], *, name: str, model: str) -> ModelFailed:
    """What an HTTP status with its error body means."""
    complaint = _complaint(body)
    if _QUOTA.search(complaint) and status in (402, 403, 429):
        return ModelFailed(
            f"The account behind {name} has no quota left; top it up or choose another model.", kind="rate_limited"
        )
    if status in (401, 403):
        return ModelFailed(
            f"{name} refused the API key ({status}); correct the api_key of this model.", kind="credentials"
        )
    if status == 404:
        return ModelFailed(
            f"There is no {name} (404); correct the name of the model {model!r} or its base_url.", kind="unknown_model"
        )
    if status == 429:
        return _rate_limited(name, headers)
    if status == 413 or _TOO_LONG.search(complaint):
        return ModelFailed(
            f"The conversation is longer than {name} can read; reset or summarise it, or choose another model.",
            kind="too_long",
        )
    if _FILTERED.search(complaint):
        return filtered(name)
    if status in (408, 409) or status >= 500:
        return _broken(status, complaint, headers, name=name)
    words = re.sub(r"\s+", " ", complaint)[:200] or "no reason given"
    return BadRequest(
        f"{name} did not take the request ({status}: {words}); correct the settings of this model.",
        kind="invalid",
        complaint=complaint,
    )


def unreachable(name: str) -> ModelFailed:
    """No connection, or one that ended before an answer began."""
    return Passing(
        f"{name} cannot be reached; check that it is running and that its base_url is right.", kind="disconnected"
    )


def broken_off(name: str) -> ModelFailed:
    """The connection ended in the middle of an answer."""
    return Passing(f"{name} broke off in the middle of its answer; ask again.", kind="disconnected")


def too_slow(name: str, seconds: float) -> ModelFailed:
    """The whole call took too long."""
    return ModelFailed(
        f"{name} did not finish its answer within {seconds:g} seconds; ask again, or choose a faster model.",
        kind="timeout",
    )


def silent(name: str, seconds: float) -> ModelFailed:
    """Nothing came for too long in the middle of an answer."""
    return ModelFailed(
        f"{name} fell silent for {seconds:g} seconds in the middle of its answer; ask again.", kind="timeout"
    )


def unreadable(name: str) -> ModelFailed:
    """What came was no chat completion."""
    return ModelFailed(
        f"{name} sent something that is no chat completion; check that its base_url is an OpenAI-compatible endpoint.",
        kind="invalid",
    )


def filtered(name: str) -> ModelFailed:
    """A content filter stopped the prompt or the answer."""
    return ModelFailed(f"The content filter of {name} stopped this; put it in other words.", kind="filtered")


def refused(name: str, words: str) -> ModelFailed:
    """The model declined in the field that is there for it."""
    return ModelFailed(
        f"{name} refused to answer ({words.strip()[:200]!r}); put it in other words or ask another agent.",
        kind="refused",
    )


def used_up(name: str) -> ModelFailed:
    """An answer with no words and no tool call, because its tokens were used up before the first word."""
    return ModelFailed(
        f"{name} used up its max_tokens before it said anything; raise max_tokens for this model.", kind="empty"
    )


def _rate_limited(name: str, headers: Mapping[str, str]) -> ModelFailed:
    seconds = retry_after(headers)
    when = "try again later" if seconds is None else f"try again in {seconds:.0f} seconds"
    return Passing(
        f"{name} is over its rate limit (429); {when}, or give this agent a fallback model.",
        kind="rate_limited",
        retry_after=seconds,
    )


def _broken(status: int, complaint: str, headers: Mapping[str, str], *, name: str) -> ModelFailed:
    """Chat templates that want roles to alternate are refused with a 500 by some local servers."""
    text = f"{name} failed on its own side ({status}); try again, or give this agent a fallback model."
    if "alternat" in complaint:
        return BadRequest(text, kind="server", complaint=complaint)
    return Passing(text, kind="server", retry_after=retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint asks to wait (RFC 9110, 10.2.3: seconds or a date; OpenAI also sends milliseconds)."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    said = headers.get("retry-after")
    seconds = _number(said)
    if seconds is not None or said is None:
        return seconds
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\d{1,9}(\.\d+)?", text.strip()) else None


def _complaint(body: Any) -> str:
    """The endpoint's own words with its code and parameter: ``{"error": {...}}``, ``{"detail": ...}`` or plain text."""
    if not _has_fields(body):
        return str(body or "")
    inner = body.get("error") or body.get("detail")
    if inner:
        return _complaint(inner)
    return " ".join(str(body[key]) for key in ("message", "code", "param", "type") if body.get(key))


def _has_fields(body: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(body, Mapping)
