"""The guides tell the truth: their blocks run, and they list what there is."""

import importlib
import re
from pathlib import Path

import pytest

from agents.team.team import Team
from bots.config import Loaded
from bots.config.loader import load
from bots.team_builder import Teams
from scripts.api_reference import reference

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return [code for kind, code in BLOCK.findall(text) if kind == language]


@pytest.mark.parametrize("number", range(len(blocks("teams.md", "python"))))
def test_p38_every_python_block_of_the_guide_to_teams_runs(number: int) -> None:
    names: dict[str, object] = {"__name__": f"teams_{number}"}
    exec(compile(blocks("teams.md", "python")[number], f"teams.md block {number}", "exec"), names)
    teams = [value for value in names.values() if isinstance(value, Team)]
    assert all(team.agents for team in teams)


def test_p38_every_toml_block_of_the_guide_to_teams_loads(tmp_path: Path) -> None:
    for number, block in enumerate(blocks("teams.md", "toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")
        loaded = load(path)
        teams = Teams(loaded)
        for name in loaded.config.teams:
            assert teams.of(name).name == name


def test_the_public_names_are_those_that_docs_api_lists() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for package, most in (("agents", 45), ("bots", 1)):
        section = text.split(f"## `{package}`")[1].split("\n## ")[0]
        listed = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
        public = set(public_names(package))
        assert listed == public
        assert len(public) <= most


def test_the_page_of_the_public_interface_is_made_from_the_docstrings() -> None:
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == reference(), "run `make docs`"


def public_names(package: str) -> list[str]:
    source = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
    if package == "bots":
        return re.findall(r"^async def (\w+)", source, re.MULTILINE)
    return re.findall(r"^from agents\.[\w.]+ import (\w+) as \1$", source, re.MULTILINE)


def test_c33_ready_made_teams_are_teams_and_hold_no_state() -> None:
    teams = Teams(Loaded())
    for name in ("coding", "pair"):
        assert teams.of(name) is importlib.import_module(f"bots.teams.{name}").team
