"""Applications of the AutoGen paper, written as their users would write them."""

from agents import (
    Noted,
    Said,
    Team,
    Transcript,
    assistant,
    code_runner,
    first,
    function_agent,
    max_turns,
    mentioned,
    nested,
    round_robin,
    said,
)
from agents.log.events import Event
from agents.log.records import Entry
from agents.ports import ModelRequest
from agents.team.binding import Binding
from agents.testing import FakeSandbox
from agents.turn.turn import Brief
from tests.unit.house import LOBBY, House

BAD, GOOD = "```python\nrm()\n```", "```python\nprint(1)\n```"


def _model(request: ModelRequest) -> str:
    """What the commander, the writer and the safeguard say, by their instructions."""
    heard = [one.text for one in request.messages]
    if "You write" in heard[0]:
        return GOOD if any("DANGER" in text for text in heard) else BAD
    if "You guard" in heard[0]:
        return "SAFE" if GOOD in heard[-1] else "DANGER: it deletes things."
    return "Please write it." if len(heard) < 3 else "The answer is 1. TERMINATE"


def _by(name: str):
    def words(room: Transcript) -> str:
        return next(one.text for one in reversed(room.messages) if one.name == name)

    return words


async def test_a4_the_commander_hears_of_safe_code_only_and_nothing_else_is_run():
    writer = assistant("writer", instructions="You write Python.")
    safeguard = assistant("safeguard", instructions="You guard the house: say SAFE or DANGER.")
    checked = Team(agents=[writer, safeguard], speakers=round_robin, termination=said("SAFE") | max_turns(6))
    coding = nested("coding", checked, role="Writes code that was checked.", summary=_by("writer"))
    commander = assistant("commander", instructions="You talk with people.")
    team = Team(
        agents=[commander, coding, code_runner("runner", sources=["coding"])],
        speakers=first(mentioned, round_robin),
        termination=said("TERMINATE"),
    )
    sandbox = FakeSandbox(lambda block: "1\n")
    house = House(Binding(team=team, brief=Brief(approval="never")), models=_model, sandbox=sandbox)
    await house.says("What is it?")
    await house.run_all()
    assert [name for name, _ in await house.talk()] == ["Ana", "commander", "coding", "runner", "commander"]
    assert [[block.code.strip() for block in run.blocks] for run in sandbox.runs] == [["print(1)"]]
    prompts = str([request for request in house.model.requests if "You talk" in request.messages[0].text])
    assert "rm()" not in prompts
    assert "DANGER" not in prompts


def _board(room: Transcript) -> list[Event]:
    moves = [*_moves(room), room.last.text]
    return [Noted(key="moves", value=list(moves)), Said(text=" ".join(moves))]


def _moves(room: Transcript) -> list[str]:
    kept = room.note("moves", [])
    return [str(move) for move in kept] if isinstance(kept, list) else []


async def test_c41_chess_keeps_its_board_over_two_thousand_messages():
    house = House(Team(agents=[function_agent("board", _board)], termination=max_turns(1)))
    for move in ("e2e4", "e7e5", "g1f3"):
        await house.hears(move)
        chat = [Entry(event=Said(text=f"chat {number}"), by="person:web/ben") for number in range(1000)]
        await house.ports.store.log.append(LOBBY, chat)
        house.restart()
    assert (await house.hears("b8c6"))[-1] == ("board", "e2e4 e7e5 g1f3 b8c6")
