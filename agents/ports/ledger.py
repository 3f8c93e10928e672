"""Budgets: caps, amounts, and the ledger that holds the one against the other."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Cap(Struct, frozen=True, kw_only=True, gc=False):
    """The most that one scope may spend, in US dollars and in tokens; None means no such limit.

    `Limits` takes one for each agent, person, workspace, and for the installation.

        limits = Limits(agent=Cap(usd=2.0), person=Cap(tokens=200_000))
    """

    usd: float | None = None
    tokens: int | None = None


class Amount(Struct, frozen=True, kw_only=True, gc=False):
    """What was, or may be, spent: US dollars and tokens, each counted by itself."""

    usd: float = 0.0
    tokens: int = 0


class Ledger(Protocol):
    """Budgets: what may be spent in each scope, and what was. Every method may raise `StoreFailed`.

        day = "room:web:lobby/2026-11-22"
        reservation = await store.ledger.reserve({day: Cap(usd=5.0)}, Amount(usd=0.2, tokens=900))
        await store.ledger.charge(reservation, Amount(usd=0.1, tokens=700))
        assert await store.ledger.spent(day) == Amount(usd=0.1, tokens=700)

    A scope is any text; `agents.budget.limits.caps_for` makes those that are used.
    """

    async def reserve(self, caps: Mapping[str, Cap], amount: Amount) -> int:
        """Set ``amount`` aside in all scopes at once, durably, and return the reservation's number.

        Raises `BudgetExceeded`, having reserved nothing, where in any scope the charges, the open reservations and
        ``amount`` together are above its cap and its grants. One that a crash leaves open stays charged in full.
        """
        ...

    async def charge(self, reservation: int, actual: Amount) -> None:
        """Replace a reservation by what it did cost, which may be more. A second charge of it changes nothing."""
        ...

    async def spent(self, scope: str) -> Amount:
        """What was charged to the scope, and what is reserved in it."""
        ...

    async def grant(self, scope: str, amount: Amount, *, source: str) -> None:
        """Add ``amount`` to whatever cap the scope has: what the command ``budget add`` does.

        ``source`` names what grants it; a second grant of the same source changes nothing.
        """
        ...
