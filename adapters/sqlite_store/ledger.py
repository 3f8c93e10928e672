"""Budgets in SQLite: a reservation, with the check of every scope, is one statement."""

import json
from collections.abc import Mapping

from adapters.sqlite_store.reader import Reader
from adapters.sqlite_store.writes import Writes
from agents.errors import BudgetExceeded
from agents.ports import Amount, Cap

NANO = 10**9
"""Money is kept in whole nanodollars."""

_RESERVE = """
INSERT INTO reservations (scopes, usd, tokens)
SELECT ?1, ?2, ?3
WHERE NOT EXISTS (
    SELECT 1 FROM json_each(?4) AS cap LEFT JOIN budgets ON scope = json_extract(cap.value, '$[0]')
    WHERE coalesce(usd, 0) + ?2 > json_extract(cap.value, '$[1]') + coalesce(granted_usd, 0)
       OR coalesce(tokens, 0) + ?3 > json_extract(cap.value, '$[2]') + coalesce(granted_tokens, 0)
)
RETURNING id
"""
_BUDGETS = """
SELECT scope, usd, tokens, granted_usd, granted_tokens FROM budgets WHERE scope IN (SELECT value FROM json_each(?))
"""
_CHARGE = "UPDATE reservations SET usd = ?, tokens = ? WHERE id = ?"
# What a grant comes from is a receipt, written with it; `changes` is 0 where there was one already.
_GRANTED = "INSERT OR IGNORE INTO receipts (key, claimed_at, platform_id) VALUES (?, 0, '')"
_GRANT = """
INSERT INTO budgets (scope, granted_usd, granted_tokens) SELECT ?, ?, ? WHERE changes()
ON CONFLICT (scope) DO UPDATE
SET granted_usd = granted_usd + excluded.granted_usd, granted_tokens = granted_tokens + excluded.granted_tokens
"""


class SqliteLedger:
    """`Ledger`."""

    def __init__(self, reader: Reader, writer: Writes):
        self._reader, self._writer = reader, writer

    async def reserve(self, caps: Mapping[str, Cap], amount: Amount) -> int:
        """Insert the reservation if every scope has room for it, else say which has not."""
        usd, tokens, scopes = _nano(amount.usd), amount.tokens, json.dumps(list(caps))
        limits = [(scope, None if cap.usd is None else _nano(cap.usd), cap.tokens) for scope, cap in caps.items()]
        while True:
            for (reservation,) in await self._writer.write((_RESERVE, (scopes, usd, tokens, json.dumps(limits)))):
                return reservation
            budgets = {scope: sums for scope, *sums in await self._reader.fetch(_BUDGETS, scopes)}
            for scope, cap in caps.items():
                _check(scope, cap, usd, tokens, *budgets.get(scope, (0, 0, 0, 0)))
            # A charge made room between the two statements; once more.

    async def charge(self, reservation: int, actual: Amount) -> None:
        """Update the reservation, if it is still open."""
        await self._writer.write((_CHARGE, (_nano(actual.usd), actual.tokens, reservation)))

    async def spent(self, scope: str) -> Amount:
        """The scope's sums."""
        for _, usd, tokens, _, _ in await self._reader.fetch(_BUDGETS, json.dumps([scope])):
            return Amount(usd=usd / NANO, tokens=tokens)
        return Amount()

    async def grant(self, scope: str, amount: Amount, *, source: str) -> None:
        """Add to the scope's grants, once for each source."""
        granted = (scope, _nano(amount.usd), amount.tokens)
        await self._writer.write((_GRANTED, (f"grant:{source}",)), (_GRANT, granted))


def _check(
    scope: str, cap: Cap, usd: int, tokens: int, spent_usd: int, spent_tokens: int, more_usd: int, more_tokens: int
) -> None:
    if cap.usd is not None and spent_usd + usd > (limit := _nano(cap.usd) + more_usd):
        raise BudgetExceeded(scope, limit=limit / NANO, spent=spent_usd / NANO, asked=usd / NANO, unit="usd")
    if cap.tokens is not None and spent_tokens + tokens > (limit := cap.tokens + more_tokens):
        raise BudgetExceeded(scope, limit=limit, spent=spent_tokens, asked=tokens, unit="tokens")


def _nano(usd: float) -> int:
    return round(usd * NANO)
