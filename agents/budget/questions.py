"""What people are asked when a budget is used up, and what their answer does."""

import json

from agents.budget.limits import in_words
from agents.errors import BudgetExceeded
from agents.log.events import Asked, Pending
from agents.log.transcript import Question, Transcript
from agents.ports import Amount, Ledger

ADD = "Add "
"""How the option begins that adds budget; the amount follows."""

LEAVE_IT = "Leave it"
"""The option that adds none: the conversation stops."""


def budget_question(error: BudgetExceeded) -> Asked:
    """The question whether to add budget: half of the limit again, or what the call needs where that is more.

    The room waits until somebody answers who may add to that budget.
    """
    more = max(error.limit / 2, error.asked)
    shown = f"{ADD}${max(more, 0.01):.2f}" if error.unit == "usd" else f"{ADD}{more:,.0f} tokens"
    # Held as if it were a call, so that the amount is in the log and not read from the words of the option.
    grant = json.dumps({"scope": error.scope, "unit": error.unit, "more": more})
    pending = Pending(call="", tool="add_budget", arguments=grant, digest="")
    text = str(error).replace(error.scope, in_words(error.scope))
    return Asked(text=text, kind="budget", options=(shown, LEAVE_IT), pending=pending)


def reaches_beyond_a_room(asked: Asked) -> bool:
    """Whether what would be added could be spent in other rooms too."""
    match json.loads(asked.pending.arguments if asked.pending is not None else "null"):
        case {"scope": str(scope)}:
            return not scope.startswith("room:")
        case _:
            return False


def adds_budget(asked: Question) -> bool:
    """Whether the question was answered, and the answer added budget."""
    answer = asked.answer
    return asked.asked.kind == "budget" and answer is not None and (answer.option or "").startswith(ADD)


async def add_granted_budget(ledger: Ledger, transcript: Transcript) -> None:
    """Add what people's answers about budgets grant, as long as no turn has begun that knew of the answer.

    The answer is in the log before the budget is added, and the process may end in between. So this is done again
    wherever the room goes on, and changes nothing where it was done. Raises `StoreFailed`.
    """
    for question in transcript.questions:
        answer = question.answer
        if answer is not None and answer.seq > transcript.floor.read and adds_budget(question):
            await grant_budget(ledger, question.asked, source=f"{transcript.room}/{question.seq}")


async def grant_budget(ledger: Ledger, asked: Asked, *, source: str) -> None:
    """Add what the question offers to its budget, once for each source.

    Raises `StoreFailed`, and ValueError where it is no such question.
    """
    if asked.pending is not None:
        match json.loads(asked.pending.arguments):
            case {"scope": str(scope), "unit": "usd", "more": float(more) | int(more)}:
                await ledger.grant(scope, Amount(usd=float(more)), source=source)
            case {"scope": str(scope), "unit": "tokens", "more": float(more) | int(more)}:
                await ledger.grant(scope, Amount(tokens=int(more)), source=source)
            case _:
                raise ValueError("this question is not about a budget")
