"""Cases of the core that were answered wrongly once: each is played as it is written, and comes out right."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.cases import Played

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "core"
FILES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(CASES.glob("*.json"))}
SPECIAL = {"core-public-names", "core-unknown-names", "core-speakers-without-call"}
"""Cases of what is refused or missing: there is no team to play."""

PLAYED = [name for name, case in FILES.items() if case["input"]["team"] is not None and name not in SPECIAL]
needs_cases = pytest.mark.skipif(not FILES, reason="The cases of the core are not beside this clone.")


def _given(name: str) -> dict[str, Any]:
    return FILES[name]["input"]


@needs_cases
@pytest.mark.parametrize("name", PLAYED)
async def test_each_case_has_its_right_value(name: str) -> None:
    played = await Played(_given(name)).play()
    await played.check(FILES[name]["expect"])
