"""What a team may spend and how long it may go on by itself (P8, C21, C27).

Budgets are per UTC day. A call reserves what it is expected to cost in every capped scope at once and is charged what
it did cost, so overspending is at most the error of the estimates in flight.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime

from msgspec import Struct

from agents.log.participants import ParticipantId, short_name
from agents.log.room_id import RoomId
from agents.ports import Amount, Cap, Ledger

UNLIMITED = Cap()


class Limits(Struct, frozen=True, kw_only=True):
    """The caps of one team in one room, and how long its agents may go on; None = no such limit.

    ``usd_per_day`` and ``tokens_per_day`` are the room's; ``agent`` is for each agent and ``person`` for each person
    in whose name money is spent, in all rooms of a workspace; ``workspace`` for all of it, ``installation`` for
    everything. ``agent_turns_without_a_person`` is when the team pauses, ``turn_timeout`` how many seconds one
    turn may take.
    """

    usd_per_day: float | None = None
    tokens_per_day: int | None = None
    agent: Cap = UNLIMITED
    person: Cap = UNLIMITED
    workspace: Cap = UNLIMITED
    installation: Cap = UNLIMITED
    agent_turns_without_a_person: int = 12
    turn_timeout: float = 600.0

    @property
    def uncapped(self) -> bool:
        """Whether nothing is capped, so that nothing has to be reserved."""
        own = self.usd_per_day is None and self.tokens_per_day is None
        return own and self.agent == self.person == self.workspace == self.installation == UNLIMITED


def caps_for(
    room: str, agent: ParticipantId, person: ParticipantId | None, limits: Limits, now: float
) -> Mapping[str, Cap]:
    """The capped scopes that a call by ``agent`` in ``room`` counts in, by name; ``now`` in seconds since the epoch.

    ``person`` is whoever spoke last. Without caps the mapping is empty, and nothing has to be reserved.
    """
    if limits.uncapped:
        return {}
    workspace = RoomId.parse(room).home
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    scopes = {
        f"room:{room}/{day}": Cap(usd=limits.usd_per_day, tokens=limits.tokens_per_day),
        f"{agent}@{workspace}/{day}": limits.agent,
        f"{person}/{day}": limits.person if person else UNLIMITED,
        f"workspace:{workspace}/{day}": limits.workspace,
        f"installation/{day}": limits.installation,
    }
    return {scope: cap for scope, cap in scopes.items() if cap != UNLIMITED}


def reserved(
    ledger: Ledger, caps: Mapping[str, Cap], estimate: Amount
) -> AbstractAsyncContextManager[Callable[[Amount], None]]:
    """Set ``estimate`` aside while the block runs; what it yields takes what the block really cost.

    A block that does not say, because it failed or was cancelled, is charged the estimate. Without caps the ledger
    is not asked. Raises `BudgetExceeded` before the block, and `StoreFailed`.
    """
    return _Reserved(ledger, caps, estimate) if caps else _FREE


class _Reserved:
    def __init__(self, ledger: Ledger, caps: Mapping[str, Cap], estimate: Amount):
        self._ledger, self._caps = ledger, caps
        self._costs = [estimate]
        self._reservation = 0

    async def __aenter__(self) -> Callable[[Amount], None]:
        self._reservation = await self._ledger.reserve(self._caps, self._costs[0])
        return self._costs.append

    async def __aexit__(self, *_: object) -> None:
        await self._ledger.charge(self._reservation, self._costs[-1])


def _forget(cost: Amount) -> None:
    """What costs count for nobody."""


_FREE = nullcontext(_forget)


LEVELS = (0.8, 0.5)
"""At which parts of a budget people are warned, highest first."""


class BudgetWarning(Struct, frozen=True, kw_only=True):
    """``text`` is for people; ``source`` makes an entry of the log that is written once a day and level."""

    source: str
    text: str


def warning(scope: str, cap: Cap, spent: Amount) -> BudgetWarning | None:
    """The highest level that ``spent`` has reached of the cap, if any."""
    parts = [(spent.usd, cap.usd, "${:.2f}"), (float(spent.tokens), cap.tokens, "{:,.0f} tokens")]
    part, used, limit, shown = max(
        ((used / limit, used, limit, shown) for used, limit, shown in parts if limit), default=(0.0, 0.0, 0.0, "")
    )
    for level in LEVELS:
        if part >= level:
            text = (
                f"{level:.0%} of today's budget of {in_words(scope)} is used: "
                f"{shown.format(used)} of {shown.format(limit)}; an admin can add to it with `budget add`."
            )
            return BudgetWarning(source=f"budget:{scope}@{level:.0%}", text=text)
    return None


def in_words(scope: str) -> str:
    """What people call a scope: ``room:web:lobby/2026-11-22`` is *this room*."""
    name = scope.rpartition("/")[0]
    match name.partition(":")[0]:
        case "room":
            return "this room"
        case "workspace" | "installation" as whole:
            return f"the whole {whole}"
        case _:
            return short_name(name.partition("@")[0])
