"""P8, P32: `tertulia budget` shows today's limits and what is spent of them, without changing anything."""

import asyncio
import json
from pathlib import Path

import pytest

from adapters.sqlite_store import open_store
from agents.errors import WrongUse
from agents.log.events import Halted, Said
from agents.log.records import Entry
from agents.ports import Amount, Cap
from bots.clock import SystemClock
from bots.commands import budget as command
from tests.unit.bots.test_config_loader import written

CONFIG = """
[store]
path = "rooms.db"
[limits]
usd_per_day = 2.0
[[channels]]
match = ["web:lobby"]
team = "coding"
budget = { usd_per_day = 0.5, tokens_per_day = 1000 }
[agents.a]
[teams.coding]
agents = ["a"]
"""


async def talk(path: Path, *rooms: str) -> None:
    async with open_store(path, SystemClock()) as store:
        for room in rooms:
            await store.log.append(room, [Entry(event=Said(text="hi"), by="person:web/ana")])
        await store.log.append("*", [Entry(event=Halted(), by="person:web/ana")])


async def spend(path: Path, scope: str, amount: Amount) -> None:
    async with open_store(path, SystemClock()) as store:
        await store.ledger.charge(await store.ledger.reserve({scope: Cap()}, amount), amount)


def shown(config: Path, room: str | None, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    assert command.budget(config, room, as_json=True) == 0
    return {row["scope"]: row for row in json.loads(capsys.readouterr().out)}


def test_p8_each_limit_is_shown_with_what_was_spent_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    config = written(tmp_path, CONFIG)
    asyncio.run(talk(tmp_path / "rooms.db", "web:lobby", "web:other"))
    scopes = shown(config, None, capsys)
    (house,) = (scope for scope in scopes if scope.startswith("installation/"))
    (room,) = (scope for scope in scopes if scope.startswith("room:"))
    assert room.startswith("room:web:lobby/")
    asyncio.run(spend(tmp_path / "rooms.db", room, Amount(usd=0.25, tokens=700)))
    assert shown(config, "web:lobby", capsys) == {
        room: {"scope": room, "usd": 0.25, "usd_limit": 0.5, "tokens": 700, "tokens_limit": 1000},
        house: {"scope": house, "usd": 0.0, "usd_limit": 2.0, "tokens": 0, "tokens_limit": None},
    }
    assert command.budget(config, "web:lobby", as_json=False) == 0
    assert f"{room}: $0.2500 of $0.50, 700 of 1,000 tokens\n" in capsys.readouterr().out
    assert set(shown(config, "web:other", capsys)) == {house}


def test_p8_where_nothing_has_been_said_there_is_nothing_to_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    config = written(tmp_path, CONFIG)
    asyncio.run(talk(tmp_path / "rooms.db"))
    assert command.budget(config, None, as_json=False) == 0
    assert capsys.readouterr().out.startswith("No budget is set")
    with pytest.raises(WrongUse, match="There is no room web:none"):
        command.budget(config, "web:none", as_json=False)
