"""Every error that Tertulia raises on purpose.

    TertuliaError
    ├── WrongUse                a command, a config or a call that cannot be meant
    ├── NotAllowed              the person may not do this
    ├── StoreFailed             the store did not take it, or cannot give it back
    │   └── StoreIsNewer        the database or a record was written by a newer version
    ├── BudgetExceeded          a reservation would go over a cap
    ├── ModelFailed             the endpoint gave no usable answer
    ├── SandboxUnavailable      code cannot be run now; it is never run anywhere else
    └── PlatformFailed          the chat platform refused, or did not answer

Each message is one sentence that says what happened and what to do next; facts are attributes.
A tool's or a program's failure is data for the model and never one of these.
"""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agents.log.events import Usage


class TertuliaError(Exception):
    """The root of the tree; ``str(error)`` is a sentence for people."""


class WrongUse(TertuliaError):
    """Input that cannot be meant: a bad command, config key, team, graph or name."""


class NotAllowed(TertuliaError):
    """``authorise`` said no. The text may be shown to the person, privately."""


class StoreFailed(TertuliaError):
    """The store refused or failed: disk full, locked, read-only, corrupt. Nothing was half written."""


class StoreIsNewer(StoreFailed):
    """A database or a record written by a newer Tertulia; upgrade before opening it."""


class BudgetExceeded(TertuliaError):
    """A reservation would go over the cap of ``scope``; amounts in US dollars or tokens, as ``unit`` says."""

    def __init__(self, scope: str, *, limit: float, spent: float, asked: float, unit: Literal["usd", "tokens"]):
        self.scope, self.limit, self.spent, self.asked, self.unit = scope, limit, spent, asked, unit
        shown = "${:.2f}" if unit == "usd" else "{:,.0f} tokens"
        super().__init__(
            f"The budget of {scope} is used up: {shown.format(spent)} of {shown.format(limit)} are spent or "
            f"reserved and the next call needs about {shown.format(asked)}; an admin can add budget."
        )


ModelFailure = Literal[
    "credentials", "unknown_model", "too_long", "rate_limited", "server", "disconnected", "timeout", "invalid",
    "empty", "filtered", "refused",
]  # fmt: skip


class ModelFailed(TertuliaError):
    """The endpoint gave no usable answer.

    ``kind`` says why; ``retry_after`` is in seconds where the endpoint named a time; ``usage`` is what the failed
    call cost, estimated where the endpoint did not say (M5); None: nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ModelFailure,
        retry_after: float | None = None,
        usage: "Usage | None" = None,
    ):
        super().__init__(message)
        self.kind: ModelFailure = kind
        self.retry_after, self.usage = retry_after, usage


class SandboxUnavailable(TertuliaError):
    """No engine, no image, or no free place; ``busy`` is true when waiting could help."""

    def __init__(self, message: str, *, busy: bool = False):
        super().__init__(message)
        self.busy = busy


class PlatformFailed(TertuliaError):
    """A chat platform's refusal.

    ``permanent``: repeating cannot help (archived, forbidden, revoked). ``retry_after``: seconds, where the
    platform named them. ``unknown``: the request may have landed; reconcile before a second one. ``outage``: whatever
    is sent meets the same, until the platform is there again or has a new token; it is waited for without end.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        outage: bool = False,
        retry_after: float | None = None,
    ):
        super().__init__(message)
        self.permanent, self.unknown, self.outage, self.retry_after = permanent, unknown, outage, retry_after
