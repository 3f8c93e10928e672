"""M28: every known quirk of an endpoint, served, in a whole room: what is right comes out, or a true reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.log.events import ToolReturned
from tests.adapters.openai_model.quirks import Reply, own_modules, play  # noqa: F401 (a fixture)
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

CASES = Path(__file__).parents[3].parent / "shared" / "cases" / "model"
FILES = sorted(CASES.glob("*.json"))
RULES = {"model-error-body-endless", "model-redirect", "model-usage-negative"}
"""Cases that are a rule and not data; they have tests of their own."""

pytestmark = [
    pytest.mark.usefixtures("nowhere", "own_modules"),
    pytest.mark.skipif(not FILES, reason="The cases of endpoints are not beside this clone."),
]


@pytest.mark.parametrize("name", [file.stem for file in FILES if file.stem not in RULES])
async def test_m28_each_case_has_its_right_value(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = _case(name)
    given, expected = case["input"], case["expect"]
    for variable, value in given.get("env", {}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.syspath_prepend(tmp_path)
    replies = [
        Reply(**{key: value.encode() if key == "body" else value for key, value in one.items()})
        for one in given["answers"]
    ]

    played = await play(given["config"], given["message"], replies, tmp_path, given.get("files", {}))

    for key, value in expected.items():
        match key:
            case "text":
                pass
            case "said":
                assert played.said[: len(value)] == value
            case "said_at_least":
                assert len(played.said) >= value
            case "said_at_most":
                assert 0 < len(played.said) <= value
            case "said_has_not":
                assert not any(value in text for text in played.said)
            case "tools":
                assert [call for call in played.called if call[0] != "ask_person"] == value
            case "tools_executed":
                assert len([one for one in played.of(ToolReturned) if not one.failed]) == value
            case "tools_at_most":
                assert len(played.called) <= value
            case "outcome_not":
                assert value not in played.outcomes
            case "nowhere":
                assert value not in played.everything
            case "first_speaker":
                assert played.speakers[0] == value
            case "detail_has" | "stop_has":
                assert value in played.told
            case "detail_has_not":
                assert value not in played.told
            case _:
                raise AssertionError(f"nobody checks {key}")


def _case(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
