"""The guides tell the truth: their blocks run, and they list what there is."""

import importlib
import re
from pathlib import Path

import pytest

from agents.team.team import Team
from bots.config import Loaded
from bots.config.loader import load
from bots.team_builder import Teams

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"\b(?:agents|adapters|bots)/[\w./]*\w")
BACKTICKED = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)`")


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


def public_names(package: str) -> list[str]:
    source = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
    if package == "bots":
        return re.findall(r"^async def (\w+)", source, re.MULTILINE)
    return re.findall(r"^from agents\.[\w.]+ import (\w+) as \1$", source, re.MULTILINE)


def the_map() -> str:
    """docs/architecture.md without the names of before: the first column of what was renamed."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    map_, heading, renamed = text.partition("## What was renamed")
    return map_ + heading + re.sub(r"^\|[^|]*\|", "|", renamed, flags=re.MULTILINE)


def test_every_path_in_the_map_exists() -> None:
    places = {match[0] for match in PLACE.finditer(the_map())}
    assert [one for one in sorted(places) if not any((ROOT / f"{one}{end}").exists() for end in ("", ".py"))] == []


def test_every_name_in_the_map_is_one_of_the_code() -> None:
    """A module, a class, a function, a verb: whatever stands in backticks is a word of the packages or a module."""
    sources = [path for package in ("agents", "adapters", "bots") for path in (ROOT / package).rglob("*.py")]
    words = {word for path in sources for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    words |= {path.stem for path in sources} | {path.parent.name for path in sources}
    named = {part for match in BACKTICKED.finditer(the_map()) for part in match[1].split(".")}
    assert named - words == set()


def test_what_was_renamed_is_not_there_under_its_old_name() -> None:
    renamed = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## What was renamed")[2]
    modules = renamed.partition("Classes and functions")[0]
    before = {match[0] for row in re.findall(r"^\|[^|]*\|", modules, re.MULTILINE) for match in PLACE.finditer(row)}
    assert len(before) > 90
    assert [one for one in sorted(before - {"bots/doctor.py"}) if (ROOT / one).exists()] == []


def test_c33_ready_made_teams_are_teams_and_hold_no_state() -> None:
    teams = Teams(Loaded())
    for name in ("coding", "pair"):
        assert teams.of(name) is importlib.import_module(f"bots.teams.{name}").team
