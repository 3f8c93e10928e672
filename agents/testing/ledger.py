"""Budgets in memory."""

from collections.abc import Mapping

from agents.errors import BudgetExceeded
from agents.ports import Amount, Cap

NANO = 10**9
"""Dollars are added up as whole billionths: sums of floats would leave a rest when a reservation is taken back."""


class MemoryLedger:
    """`Ledger` in dicts, by scope: billionths of a dollar, and tokens."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[int, int]] = {}
        self._granted: dict[str, tuple[int, int]] = {}
        self._sources: set[str] = set()
        self._open: dict[int, tuple[tuple[str, ...], int, int]] = {}
        self._last = 0

    async def reserve(self, caps: Mapping[str, Cap], amount: Amount) -> int:
        """Check every scope, and only then add the amount to all."""
        usd, tokens = round(amount.usd * NANO), amount.tokens
        for scope, cap in caps.items():
            self._check(scope, cap, usd, tokens)
        for scope in caps:
            self._add(self._spent, scope, usd, tokens)
        self._last += 1
        self._open[self._last] = tuple(caps), usd, tokens
        return self._last

    async def charge(self, reservation: int, actual: Amount) -> None:
        """Add the difference between what was reserved and what it cost."""
        if reservation in self._open:
            scopes, usd, tokens = self._open.pop(reservation)
            for scope in scopes:
                self._add(self._spent, scope, round(actual.usd * NANO) - usd, actual.tokens - tokens)

    async def spent(self, scope: str) -> Amount:
        """Charges and reservations are one sum."""
        usd, tokens = self._spent.get(scope, (0, 0))
        return Amount(usd=usd / NANO, tokens=tokens)

    async def grant(self, scope: str, amount: Amount, *, source: str) -> None:
        """Add to the scope's grants, once for each source."""
        if source in self._sources:
            return
        self._sources.add(source)
        self._add(self._granted, scope, round(amount.usd * NANO), amount.tokens)

    def _check(self, scope: str, cap: Cap, usd: int, tokens: int) -> None:
        spent_usd, spent_tokens = self._spent.get(scope, (0, 0))
        granted_usd, granted_tokens = self._granted.get(scope, (0, 0))
        if cap.usd is not None and spent_usd + usd > (limit := round(cap.usd * NANO) + granted_usd):
            raise BudgetExceeded(scope, limit=limit / NANO, spent=spent_usd / NANO, asked=usd / NANO, unit="usd")
        if cap.tokens is not None and spent_tokens + tokens > (limit := cap.tokens + granted_tokens):
            raise BudgetExceeded(scope, limit=limit, spent=spent_tokens, asked=tokens, unit="tokens")

    @staticmethod
    def _add(sums: dict[str, tuple[int, int]], scope: str, usd: int, tokens: int) -> None:
        had_usd, had_tokens = sums.get(scope, (0, 0))
        sums[scope] = had_usd + usd, had_tokens + tokens
