"""``tertulia budget``: what was spent today and what the limits are, also while `tertulia run` runs."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from adapters.sqlite_store import SqliteStore
from agents.budget.limits import caps_for
from agents.log.participants import SYSTEM
from agents.log.room_id import RoomId
from agents.ports import Amount, Cap
from agents.turn.turn import Brief
from bots.bindings import ChannelBindings
from bots.clock import SystemClock
from bots.commands.stored_rooms import rooms_or_refusal, with_store
from bots.config import load
from bots.config.loader import Loaded
from bots.team_builder import Teams

TEAM_OF_LOCAL_ROOMS = "coding"


def budget(config: Path, room: str | None, *, as_json: bool) -> int:
    """Print each limited scope with what is spent or reserved of it. Raises `WrongUse` and `StoreFailed`."""
    loaded = load(config)

    async def read(store: SqliteStore) -> Mapping[str, tuple[Cap, Amount]]:
        caps = await _caps(loaded, store, room)
        return {scope: (cap, await store.ledger.spent(scope)) for scope, cap in caps.items()}

    found = asyncio.run(with_store(loaded, read))
    if as_json:
        print(json.dumps([_row(scope, cap, spent) for scope, (cap, spent) in found.items()]))
    elif not found:
        print("No budget is set; [limits] in the config sets one.")
    else:
        for scope, (cap, spent) in found.items():
            print(f"{scope}: {_words(cap, spent)}")
    return 0


async def _caps(loaded: Loaded, store: SqliteStore, room: str | None) -> Mapping[str, Cap]:
    """Today's limits of that room, or of all; what is limited for several is there once."""
    teams = Teams(loaded)
    bindings = ChannelBindings(loaded.config, teams, store.facts, brief=Brief(), fallback=teams.of(TEAM_OF_LOCAL_ROOMS))
    await bindings.load()
    caps: dict[str, Cap] = {}
    for each in await rooms_or_refusal(store, room):
        binding = bindings.of(each)
        if binding is not None and not RoomId.parse(each).only_halts and not RoomId.parse(each).child:
            caps |= caps_for(each, SYSTEM, None, binding.team.limits, SystemClock().now())
    return {scope: cap for scope, cap in caps.items() if not scope.startswith(f"{SYSTEM}@")}


def _row(scope: str, cap: Cap, spent: Amount) -> Mapping[str, object]:
    return {
        "scope": scope,
        "usd": spent.usd,
        "usd_limit": cap.usd,
        "tokens": spent.tokens,
        "tokens_limit": cap.tokens,
    }


def _words(cap: Cap, spent: Amount) -> str:
    parts: list[str] = []
    if cap.usd is not None:
        parts.append(f"${spent.usd:.4f} of ${cap.usd:.2f}")
    if cap.tokens is not None:
        parts.append(f"{spent.tokens:,} of {cap.tokens:,} tokens")
    return ", ".join(parts)
