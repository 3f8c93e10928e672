"""What a team may spend and how long it may go on by itself.

Budgets are for one day in UTC. A call reserves what it is expected to cost, in every capped scope at once, and is
charged what it did cost. So a cap is passed by no more than the calls that run just then were estimated too low.
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
    """The caps of one team in one room, and how long its agents may go on. Caps are for one day; None is no such cap.

    usd_per_day: the most that the room may spend, in US dollars.
    tokens_per_day: the most tokens that the room may spend.
    agent: for each agent, in all rooms of its workspace.
    person: for each person, in all rooms where they were the last to speak before the call.
    workspace: for all rooms of the workspace.
    installation: for all rooms of all workspaces.
    agent_turns_without_a_person: after so many turns in which no person spoke, the team asks whether to go on.
    turn_timeout: the most that one turn may take, in seconds.

        limits = Limits(usd_per_day=5.0, person=Cap(usd=1.0))
        assert not limits.uncapped
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
        """Whether nothing is capped; then nothing has to be reserved, and a call costs the store no write."""
        own = self.usd_per_day is None and self.tokens_per_day is None
        return own and self.agent == self.person == self.workspace == self.installation == UNLIMITED


def caps_for(
    room: str, agent: ParticipantId, person: ParticipantId | None, limits: Limits, now: float
) -> Mapping[str, Cap]:
    """The scopes in which a call by ``agent`` in ``room`` is counted, by name; only those that have a cap.

    ``person`` is whoever spoke last, ``now`` the time in seconds since the epoch, which says the day.
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
    """Set ``estimate`` aside while the block runs; it gets a function to call with what it did cost.

    A block that does not call it, because it failed or was cancelled, is charged the estimate. Without caps the ledger
    is not asked. Raises `BudgetExceeded` before the block begins, and `StoreFailed`.

        async with reserved(store.ledger, {"today": Cap(usd=5.0)}, Amount(usd=0.2)) as charge:
            charge(Amount(usd=0.1))
        assert await store.ledger.spent("today") == Amount(usd=0.1)
    """
    return _Reserved(ledger, caps, estimate) if caps else _FREE


class _Reserved:
    def __init__(self, ledger: Ledger, caps: Mapping[str, Cap], estimate: Amount):
        self._ledger, self._caps = ledger, caps
        self._costs = [estimate]  # the last one is charged: the estimate, if the block adds none
        self._reservation = 0

    async def __aenter__(self) -> Callable[[Amount], None]:
        self._reservation = await self._ledger.reserve(self._caps, self._costs[0])
        return self._costs.append

    async def __aexit__(self, *_: object) -> None:
        await self._ledger.charge(self._reservation, self._costs[-1])


def _forget(cost: Amount) -> None:
    """Takes a cost that no cap counts."""


_FREE = nullcontext(_forget)


LEVELS = (0.8, 0.5)
"""The parts of a budget at which people are warned, the highest first."""


class BudgetWarning(Struct, frozen=True, kw_only=True):
    """A warning to people that a budget is nearly used up.

    ``text`` is a sentence. As the source of an entry, ``source`` lets it be written once a day for each level.
    """

    source: str
    text: str


def warning(scope: str, cap: Cap, spent: Amount) -> BudgetWarning | None:
    """The warning for the highest of `LEVELS` that ``spent`` has reached of the cap; None below all of them."""
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
    """What people call a scope: ``room:web:lobby/2026-11-22`` is ``this room``."""
    name = scope.rpartition("/")[0]
    match name.partition(":")[0]:
        case "room":
            return "this room"
        case "workspace" | "installation" as whole:
            return f"the whole {whole}"
        case _:
            return short_name(name.partition("@")[0])
