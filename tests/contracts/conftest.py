"""The stores that every store contract runs over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite_store import SqliteStore, open_store
from agents.testing import FakeClock, MemoryStore

Store = MemoryStore | SqliteStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore(clock)
    else:
        async with open_store(tmp_path / "tertulia.db", clock) as opened:
            yield opened
