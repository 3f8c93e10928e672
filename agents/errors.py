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
    """The root of the tree: whoever catches it catches all of them. ``str(error)`` is a sentence for people.

    Catch it around a whole run; its subclasses tell what to do about each kind of failure.

        try:
            run = await run_team(Team(agents=[coder]), "Begin.", model=scripted(["Done."]))
        except TertuliaError as error:
            print(f"It did not work: {error}")
    """


class WrongUse(TertuliaError):
    """Input that cannot be meant: a bad command, config key, team, graph or name. The sentence says what would do.

    Builders raise it before anybody speaks; raised by an agent in a turn, it stops the room with its sentence.

        try:
            assistant("two words")
        except WrongUse as error:
            assert "cannot be an agent's name" in str(error)
    """


class NotAllowed(TertuliaError):
    """The person may not do this, or not here. The sentence may be shown to them, in private."""


class StoreFailed(TertuliaError):
    """The store refused or failed: disk full, locked, read-only, corrupt. Nothing was half written."""


class StoreIsNewer(StoreFailed):
    """A newer Tertulia wrote this database or record; upgrade before opening it."""


class BudgetExceeded(TertuliaError):
    """A reservation would go over a cap; nothing was reserved, and the call was not made.

    scope: the name of what is capped, such as ``room:web:lobby/2026-11-22`` (see `agents.budget.limits.caps_for`).
    limit: the cap and what was added to it.
    spent: what was charged to the scope so far, open reservations included.
    asked: what the refused reservation was about.
    unit: ``usd`` or ``tokens``: whether those three are US dollars or tokens.
    """

    def __init__(self, scope: str, *, limit: float, spent: float, asked: float, unit: Literal["usd", "tokens"]):
        self.scope, self.limit, self.spent, self.asked, self.unit = scope, limit, spent, asked, unit
        shown = "${:.2f}" if unit == "usd" else "{:,.0f} tokens"
        super().__init__(
            f"The budget of {scope} is used up: {shown.format(spent)} of {shown.format(limit)} are spent or "
            f"reserved and the next call needs about {shown.format(asked)}; an admin can add budget."
        )


ModelFailure = Literal[
    "credentials", "unknown_model", "too_long", "rate_limited", "server", "disconnected", "timeout", "invalid",
    "empty", "cut", "filtered", "refused",
]  # fmt: skip
"""What sort of failure it was, by which callers decide whether to try again or ask another model."""


class ModelFailed(TertuliaError):
    """The endpoint gave no usable answer.

    ``kind`` says why. ``retry_after`` is in seconds, where the endpoint named a time. ``usage`` is what the failed
    call cost: endpoints bill answers that break off, so it is estimated where they do not say; None means nothing.
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
    """Nothing ran: there is no engine, no image, or no free place. ``busy``: only the place is missing, so wait."""

    def __init__(self, message: str, *, busy: bool = False):
        super().__init__(message)
        self.busy = busy


class PlatformFailed(TertuliaError):
    """A chat platform refused, or did not answer.

    ``permanent``: repeating cannot help (archived, forbidden, revoked). ``retry_after``: how many seconds to wait,
    where the platform named them. ``unknown``: the request may have taken effect all the same; look before sending it
    again. ``outage``: every request fails like this until the platform is there again or has a new token; whoever
    sends waits for that without end.
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
