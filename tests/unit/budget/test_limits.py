"""Requirement P8: budgets are reserved before a call and charged after it."""

import asyncio
from collections.abc import Callable

import pytest

from agents.budget.limits import Limits, caps_for, reserved, warning
from agents.errors import BudgetExceeded
from agents.ports import Amount, Cap
from agents.testing import MemoryLedger

NOON = 1_780_056_000.0
DAY = "2026-05-29"
CAPS = {"room:web:lobby/x": Cap(usd=1.0)}


def usd(amount: float) -> Amount:
    return Amount(usd=amount)


def test_p8_without_limits_nothing_is_capped() -> None:
    assert caps_for("web:lobby", "agent:coder", None, Limits(), NOON) == {}


def test_p8_room_agent_person_workspace_and_installation_are_scopes_of_a_day() -> None:
    limits = Limits(
        usd_per_day=1.0,
        tokens_per_day=2,
        agent=Cap(usd=3.0),
        person=Cap(tokens=4),
        workspace=Cap(usd=5.0),
        installation=Cap(usd=6.0),
    )
    assert caps_for("slack:T1/C1", "agent:coder", "person:slack/T1/U1", limits, NOON) == {
        f"room:slack:T1/C1/{DAY}": Cap(usd=1.0, tokens=2),
        f"agent:coder@slack:T1/{DAY}": Cap(usd=3.0),
        f"person:slack/T1/U1/{DAY}": Cap(tokens=4),
        f"workspace:slack:T1/{DAY}": Cap(usd=5.0),
        f"installation/{DAY}": Cap(usd=6.0),
    }


def test_p8_nobody_in_particular_has_no_cap_of_a_person() -> None:
    assert caps_for("web:lobby", "agent:coder", None, Limits(person=Cap(usd=1.0)), NOON) == {}


def test_p8_a_new_day_in_utc_is_a_new_budget() -> None:
    limits = Limits(usd_per_day=1.0)
    before = caps_for("r", "agent:a", None, limits, NOON)
    assert caps_for("r", "agent:a", None, limits, NOON + 12 * 3600 - 1) == before
    assert caps_for("r", "agent:a", None, limits, NOON + 12 * 3600) != before


def test_p42_agents_of_two_workspaces_share_no_budget() -> None:
    limits = Limits(agent=Cap(usd=1.0))
    one, other = (caps_for(room, "agent:a", None, limits, NOON) for room in ("slack:T1/C1", "slack:T2/C1"))
    assert one.keys().isdisjoint(other)


async def test_p8_the_estimate_is_set_aside_during_the_call_and_the_cost_charged_after_it() -> None:
    ledger = MemoryLedger()
    async with reserved(ledger, CAPS, usd(0.5)) as charge:
        assert await ledger.spent("room:web:lobby/x") == usd(0.5)
        charge(usd(0.1))
        charge(usd(0.2))
    assert await ledger.spent("room:web:lobby/x") == usd(0.2)


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError])
async def test_p8_a_call_that_does_not_say_what_it_cost_is_charged_the_estimate(error: type[BaseException]) -> None:
    ledger = MemoryLedger()
    with pytest.raises(error):
        async with reserved(ledger, CAPS, usd(0.5)):
            raise error
    assert await ledger.spent("room:web:lobby/x") == usd(0.5)


async def test_p8_a_failed_call_that_cost_nothing_is_charged_nothing() -> None:
    ledger = MemoryLedger()

    async def failing_call() -> None:
        async with reserved(ledger, CAPS, usd(0.5)) as charge:
            charge(usd(0.0))
            raise ValueError("failed")

    with pytest.raises(ValueError, match="failed"):
        await failing_call()
    assert await ledger.spent("room:web:lobby/x") == usd(0.0)


async def test_p8_a_call_beyond_the_cap_does_not_begin() -> None:
    ledger = MemoryLedger()
    begun: list[Callable[[Amount], None]] = []
    with pytest.raises(BudgetExceeded):
        async with reserved(ledger, CAPS, usd(1.5)) as charge:
            begun.append(charge)
    assert begun == []
    assert await ledger.spent("room:web:lobby/x") == usd(0.0)


async def test_p8_without_caps_the_ledger_is_not_asked() -> None:
    ledger = MemoryLedger()
    async with reserved(ledger, {}, usd(100.0)) as charge:
        charge(usd(100.0))
    assert await ledger.reserve(CAPS, usd(0.0)) == 1


async def test_p8_ten_turns_at_once_overspend_by_their_estimates_error_at_most() -> None:
    ledger, estimate, actual = MemoryLedger(), 0.2, 0.25
    refused: list[int] = []

    async def turn(number: int, together: asyncio.Barrier) -> None:
        try:
            async with reserved(ledger, CAPS, usd(estimate)) as charge:
                await together.wait()
                charge(usd(actual))
        except BudgetExceeded:
            refused.append(number)

    barrier = asyncio.Barrier(5)
    async with asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(turn(number, barrier))
    spent = await ledger.spent("room:web:lobby/x")
    assert len(refused) == 5
    assert spent.usd == pytest.approx(1.0 + 5 * (actual - estimate))


@pytest.mark.parametrize(
    ("spent", "text"),
    [
        (
            0.5,
            "50% of today's budget of this room is used: $0.50 of $1.00; an admin can add to it with `budget add`.",
        ),
        (
            0.93,
            "80% of today's budget of this room is used: $0.93 of $1.00; an admin can add to it with `budget add`.",
        ),
    ],
)
def test_p8_people_are_warned_at_half_and_at_four_fifths(spent: float, text: str) -> None:
    found = warning("room:web:lobby/x", Cap(usd=1.0), usd(spent))
    assert found is not None
    assert found.text == text


def test_p8_below_half_and_without_a_cap_nobody_is_warned() -> None:
    assert warning("installation/x", Cap(usd=1.0, tokens=100), Amount(usd=0.49, tokens=49)) is None
    assert warning("installation/x", Cap(), Amount(usd=1e9, tokens=10**9)) is None


def test_p8_a_warning_has_one_source_a_day_scope_and_level() -> None:
    def source(scope: str, spent: float) -> str:
        found = warning(scope, Cap(usd=1.0), usd(spent))
        assert found is not None
        return found.source

    assert source("room:a/x", 0.6) == source("room:a/x", 0.7)
    assert len({source("room:a/x", 0.6), source("room:a/x", 0.9), source("room:b/x", 0.6)}) == 3


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("agent:coder@slack:T1/x", "coder"),
        ("person:slack/T1/U1/x", "U1"),
        ("workspace:slack:T1/x", "the whole workspace"),
        ("installation/x", "the whole installation"),
    ],
)
def test_p8_a_warning_names_whose_budget_it_is_and_tokens_as_tokens(scope: str, words: str) -> None:
    found = warning(scope, Cap(usd=1.0, tokens=2000), Amount(usd=0.1, tokens=1900))
    assert found is not None
    assert f"budget of {words} is used: 1,900 tokens of 2,000 tokens;" in found.text
