"""The question that a used-up budget puts to people, and what an answer does (P8)."""

import pytest

from agents.budget.questions import adds_budget, budget_question, grant_budget
from agents.errors import BudgetExceeded
from agents.log.events import Answered, Asked, Pending
from agents.ports import Amount, Cap
from agents.testing import MemoryLedger
from tests.unit.story import ANA, Story


def exceeded(unit: str, *, limit: float = 2.0, asked: float = 0.5) -> BudgetExceeded:
    return BudgetExceeded("room:web:lobby/day", limit=limit, spent=1.9, asked=asked, unit=unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "option"),
    [
        (exceeded("usd"), "Add $1.00"),
        (exceeded("usd", limit=0.0, asked=0.001), "Add $0.01"),
        (exceeded("usd", limit=0.5, asked=3.0), "Add $3.00"),
        (exceeded("tokens", limit=20_000.0, asked=500.0), "Add 10,000 tokens"),
    ],
)
def test_half_the_limit_or_what_the_call_needs_is_offered(error: BudgetExceeded, option: str):
    asked = budget_question(error)
    assert (asked.kind, asked.options, asked.text) == (
        "budget",
        (option, "Leave it"),
        str(error).replace("room:web:lobby/day", "this room"),
    )


@pytest.mark.parametrize(
    ("error", "cap", "amount"),
    [
        (exceeded("usd"), Cap(usd=0.0), Amount(usd=1.0)),
        (exceeded("tokens", limit=20_000.0), Cap(tokens=0), Amount(tokens=10_000)),
    ],
)
async def test_what_was_offered_is_what_is_granted(error: BudgetExceeded, cap: Cap, amount: Amount):
    ledger = MemoryLedger()
    await grant_budget(ledger, budget_question(error), source="x")
    await ledger.reserve({"room:web:lobby/day": cap}, amount)
    with pytest.raises(BudgetExceeded):
        await ledger.reserve({"room:web:lobby/day": cap}, Amount(usd=0.01, tokens=1))


async def test_a_question_about_nothing_grants_nothing():
    ledger = MemoryLedger()
    await grant_budget(ledger, Asked(text="?", kind="budget"), source="x")
    asked = Asked(text="?", pending=Pending(call="", tool="", arguments="{}", digest=""))
    with pytest.raises(ValueError, match="not about a budget"):
        await grant_budget(ledger, asked, source="x")


@pytest.mark.parametrize(
    ("kind", "option", "adds"),
    [("budget", "Add $1.00", True), ("budget", "Leave it", False), ("budget", None, False), ("input", "Add $1", False)],
)
def test_only_the_button_adds(kind: str, option: str | None, adds: bool):
    story = Story()
    question = story.happens(Asked(text="?", kind=kind))  # type: ignore[arg-type]
    assert not adds_budget(story.transcript.questions[-1])
    story.happens(Answered(question=question, option=option), by=ANA)
    assert adds_budget(story.transcript.questions[-1]) == adds
