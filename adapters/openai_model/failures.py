"""Whatever can go wrong with a call, as one `ModelFailed` whose sentence says what to do next.

The endpoint's own reason is told with it, as plain text and without secrets; the advice follows the reason, and only
where that says nothing known the status.
"""

import html
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard

import openai

from adapters.openai_model.reasons import REASONS, SETTINGS, EndpointFailed, Passing, Reason, by_status
from adapters.shared.redaction import REDACTED
from agents.errors import ModelFailed

LOGGER = logging.getLogger(__name__)

LONGEST_REASON = 300
"""How many characters of an endpoint's reason people are told; the debug log has all of it."""

SEARCHED = 4_000
"""How many characters of a reason are looked at to find out what it is about."""

FILTERS = (
    "content_filter", "content-filter", "safety", "sensitive", "recitation", "blocklist", "prohibited_content", "spii",
)  # fmt: skip
"""How endpoints call the end of an answer that a filter stopped."""

BREAKS = (
    "error", "abort", "network_error", "insufficient_system_resource", "malformed_function_call",
    "unexpected_tool_call",
)  # fmt: skip
"""How endpoints call the end of an answer that went wrong on their side."""

Redact = Callable[[str], str]
"""Takes secrets out of a text."""


def from_library(error: openai.APIError, *, name: str, model: str, redact: Redact) -> ModelFailed:
    """What the client library raised before an answer began. ``name`` is the model's with its host."""
    if not isinstance(error, openai.APIStatusError):
        return unreachable(name)
    headers: Mapping[str, str] = error.response.headers
    if 300 <= error.status_code < 400:
        return redirected(name, redact(headers.get("location", "")))
    return from_status(error.status_code, error.body, headers, name=name, model=model, redact=redact)


def from_stream(error: Any, *, name: str, model: str, redact: Redact) -> ModelFailed:
    """An error that came as a chunk, after the status: some gateways put the status into its ``code``."""
    code = error.get("code") if _has_fields(error) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return from_status(status, error, {}, name=name, model=model, redact=redact)


def from_status(
    status: int, body: Any, headers: Mapping[str, str], *, name: str, model: str, redact: Redact
) -> EndpointFailed:
    """What an HTTP status with its error body means."""
    complaint = redact(_plain(_complaint(body)))
    LOGGER.debug("%s answered %d: %s", name, status, complaint)
    words = complaint if len(complaint) <= LONGEST_REASON else f"{complaint[:LONGEST_REASON]}…"
    seconds = retry_after(headers)
    reason: Reason | None = next((one for one in REASONS if one.fits(complaint[:SEARCHED])), None) or by_status(
        status, seconds
    )
    if reason is SETTINGS:
        words = words or "no reason given"
    what, advice = (text.format(name=name, model=model) for text in (reason.what, reason.advice))
    said = f"{status}: {words}" if words else str(status)
    return reason.failure(f"{what} ({said}); {advice}.", kind=reason.kind, complaint=complaint, retry_after=seconds)


def redirected(name: str, address: str) -> ModelFailed:
    """The endpoint sends its callers elsewhere. Nobody but the config says which host reads the conversation."""
    return EndpointFailed(
        f"{name} sends its callers to {address or 'another address'} and is not followed there; "
        "put that address into base_url if it is right.",
        kind="invalid",
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


def unreadable(name: str, began: str = "") -> ModelFailed:
    """What came was no chat completion; ``began`` is how it began, as plain text."""
    shown = f" ({began[:LONGEST_REASON]})" if began else ""
    return ModelFailed(
        f"{name} sent something that is no chat completion{shown}; "
        "check that its base_url is an OpenAI-compatible endpoint.",
        kind="invalid",
    )


def marked_up(name: str) -> ModelFailed:
    """A tool call came as text in the marks of the model's template."""
    return ModelFailed(
        f"{name} hands its model's tool calls through as text; start that server with a tool parser, "
        "or take the tools from this agent.",
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
    if _is_list(body):
        return " ".join([_complaint(one) for one in body])
    if not _has_fields(body):
        return str(body or "")
    inner = body.get("error") or body.get("detail")
    if inner:
        return _complaint(inner)
    # A gateway's own sentence ("Provider returned error") comes with that of the endpoint behind it.
    behind = body.get("metadata")
    raw = _complaint(behind.get("raw")) if _has_fields(behind) else ""
    keys = ("message", "msg", "reason", "loc", "code", "param", "type", "n_ctx")
    return " ".join([*(str(body[key]) for key in keys if body.get(key)), *([raw] if raw else [])])


_TAGS = re.compile(r"<(?:style|script)\b.*?(?:</(?:style|script)>|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_MASKED_KEY = re.compile(r"\b[sr]k-[\w*.-]+")
_NOT_SHOWN = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e]+")


def _plain(text: str) -> str:
    """A web page's words without its markup, on one line; of keys, which some endpoints repeat in part, nothing."""
    if "<" in text:
        text = html.unescape(_TAGS.sub(" ", text))
    return _MASKED_KEY.sub(REDACTED, _NOT_SHOWN.sub(" ", text)).strip()


def _has_fields(body: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(body, Mapping)


def _is_list(body: Any) -> TypeGuard[list[Any]]:
    return isinstance(body, list)
