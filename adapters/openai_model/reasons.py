"""What endpoints complain about, told by their words, and what people are told of it.

The wordings are those of public issue threads; one complaint is looked at for a few words that several endpoints
share, not for one endpoint's sentence.
"""

import re
from dataclasses import dataclass

from agents.errors import ModelFailed, ModelFailure


class EndpointFailed(ModelFailed):
    """The endpoint refused or failed. ``complaint`` is its reason, in its own words."""

    def __init__(self, message: str, *, kind: ModelFailure, complaint: str = "", retry_after: float | None = None):
        super().__init__(message, kind=kind, retry_after=retry_after)
        self.complaint = complaint


class Passing(EndpointFailed):
    """A failure that a later attempt may not meet, as long as nothing of an answer was seen."""


class Loading(Passing):
    """The model is not there yet, but it is coming: the attempt is worth repeating until the call's time is up."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


NOTHING = re.compile(r"(?!)")
"""Matches no words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that may be wrong with a call.

    kind: what the core calls it.
    what: what people are told, before the endpoint's own words.
    advice: what they are told to do, after them.
    words: how a complaint shows it.
    never: words with which it is something else.
    failure: what is raised.
    """

    kind: ModelFailure
    what: str
    advice: str
    words: re.Pattern[str] = NOTHING
    never: re.Pattern[str] = NOTHING
    failure: type[EndpointFailed] = EndpointFailed

    def fits(self, complaint: str) -> bool:
        """Whether the complaint is about this."""
        return bool(self.words.search(complaint)) and not self.never.search(complaint)


NO_QUOTA = Reason(
    kind="rate_limited",
    what="The account behind {name} has no quota left",
    advice="top it up or choose another model",
    words=_any(
        r"insufficient.{0,3}(quota|balance|credit|funds)",
        r"exceeded your current quota|billing|credit balance|payment required|(more|out of) credits",
    ),
)
TOO_LONG = Reason(
    kind="too_long",
    what="The conversation is longer than {name} can read",
    advice="reset or summarise it, or choose another model",
    words=_any(
        r"context.{0,20}(length|window|size)|n_ctx",
        r"(prompt|input|conversation|request|messages?).{0,30}too (long|large|many tokens)",
        r"too many (input )?tokens",
        r"(maximum|limit|exceed\w*|within|at most|reduce|lower).{0,60}tokens",
        r"tokens?.{0,60}(exceed|limit of|maximum|within|is larger|is longer|reduce)",
        r"reduce the (length|size|number)",
    ),
    never=_any(
        r"per (min|hour|day|second)",
        r"max_(completion_|output_)?tokens.{0,20}(is )?too (large|big)|completion tokens",
    ),
)
UNKNOWN_MODEL = Reason(
    kind="unknown_model",
    what="There is no {name}",
    advice="correct the name of the model {model!r} or its base_url",
    words=_any(
        r"model.{0,80}(not (be )?found|does not exist|not exist|is not available|unknown)",
        r"(no such|unknown|invalid|not found:?) model|model_not_found|try pulling it|no models? loaded",
    ),
)
NO_TOOLS = Reason(
    kind="invalid",
    what="{name} takes no tools",
    advice="choose a model that does, or take the tools from this agent",
    words=_any(
        r"\btools?\b.{0,40}(not |un|n't )support|(not |un|n't )support.{0,40}\b(tools?|function)",
        r"support\w* (tool|function)|\btools?\b.{0,60}(requires?|need)|requires?.{0,40}\btools?\b",
    ),
)
REASONS = (
    NO_QUOTA,
    Reason(
        kind="refused",
        what="{name} may not be used from here",
        advice="choose another model or endpoint",
        words=_any(
            r"(country|region|location|territory).{0,40}(not |un)(supported|available|allowed)",
            r"(not |un)(supported|available|allowed).{0,30}(country|region|location|territory)|unsupported_country",
        ),
    ),
    Reason(
        kind="refused",
        what="No provider of {name} fits the data policy of its account",
        advice="change that policy where the account is kept, or choose another model",
        words=_any(r"data policy|privacy settings|data collection"),
    ),
    Reason(
        kind="filtered",
        what="The content filter of {name} stopped this",
        advice="put it in other words",
        words=_any(
            r"content.?(filter|policy|management)|safety (system|policy)|moderation|\bflagged\b",
            r"inappropriate content|data_inspection",
        ),
    ),
    Reason(
        kind="server",
        what="{name} has not enough memory",
        advice="choose a smaller model, or free memory on its machine",
        words=_any(
            r"(requires?|needs?).{0,30}memory|out of memory|(not enough|insufficient|more).{0,20}memory",
            r"[KMG]i?B of memory|CUDA error",
        ),
    ),
    Reason(
        kind="server",
        what="{name} is still loading",
        advice="ask again in a minute",
        words=_any(
            r"(model|server).{0,20}(is |still |currently )+loading|loading (the )?model|warming up",
            r"model.{0,20}not (yet )?ready|pulling (the )?model",
        ),
        failure=Loading,
    ),
    TOO_LONG,
    NO_TOOLS,
    UNKNOWN_MODEL,
)
"""In the order in which a complaint is compared with them."""

SETTINGS = Reason(kind="invalid", what="{name} did not take the request", advice="correct the settings of this model")


def by_status(status: int, seconds: float | None) -> Reason:
    """What an HTTP status means whose words say nothing known; ``seconds`` is how long to wait, where that was said."""
    if status in (401, 403):
        advice = "correct the api_key of this model, or what it may use"
        return Reason(kind="credentials", what="{name} refused the API key", advice=advice)
    if status == 429:
        when = "try again later" if seconds is None else f"try again in {seconds:.0f} seconds"
        advice = f"{when}, or give this agent a fallback model"
        return Reason(kind="rate_limited", what="{name} is over its rate limit", advice=advice, failure=Passing)
    if status in (408, 409) or status >= 500:
        advice = "try again, or give this agent a fallback model"
        return Reason(kind="server", what="{name} failed on its own side", advice=advice, failure=Passing)
    return {402: NO_QUOTA, 404: UNKNOWN_MODEL, 413: TOO_LONG}.get(status, SETTINGS)
