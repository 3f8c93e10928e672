"""A place for a database, and time that stands still."""

from pathlib import Path

import pytest

from agents.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tertulia.db"
