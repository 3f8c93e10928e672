"""Teams from tables, from modules, and the ready-made ones."""

from pathlib import Path

import pytest

from agents.errors import WrongUse
from agents.log.transcript import Transcript
from agents.team.situation import Situation
from agents.team.team import Team
from bots.config import Loaded, load
from bots.team_builder import Teams
from tests.unit.situations import never_asked
from tests.unit.story import ANA, PLANNER, Story

AGENTS = """
[agents.planner]
role = "Plans."
[agents.coder]
aliases = ["dev"]
[agents.runner]
kind = "code"
aliases = ["exec"]
"""


def teams(folder: Path, text: str) -> Teams:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return Teams(load(path))


def test_c32_a_table_makes_a_team_in_its_order(tmp_path: Path) -> None:
    made = teams(
        tmp_path, AGENTS + '[teams.small]\nagents = ["coder", "runner"]\nspeakers = "round_robin"\nflow = "Go."\n'
    )
    team = made.of("small")
    assert [agent.profile.handle for agent in team.agents] == ["coder", "runner"]
    assert team.flow == "Go."
    assert made.of("small") is team


def test_aliases_and_roles_come_from_the_table(tmp_path: Path) -> None:
    made = teams(tmp_path, AGENTS)
    assert made.agents["coder"].profile.aliases == ("dev",)
    assert made.agents["runner"].profile.aliases == ("exec",)
    assert made.agents["runner"].profile.role == "Runs code."
    assert made.agents["planner"].profile.role == "Plans."


@pytest.mark.parametrize(
    "ending",
    ['text = "X"', "max_turns = 1", "max_messages = 1", "max_tokens = 1", "max_usd = 0.1", "max_seconds = 1.0"],
)
def test_c19_every_kind_of_termination_can_be_written(tmp_path: Path, ending: str) -> None:
    made = teams(tmp_path, AGENTS + f'[teams.t]\nagents = ["planner"]\ntermination = {{ {ending} }}\n')
    assert made.of("t").termination(Transcript(room="web:x")) is None


@pytest.mark.parametrize(
    ("anywhere", "ends"), [("", False), (", anywhere = false", False), (", anywhere = true", True)]
)
def test_m22_a_text_ends_as_the_last_word_or_anywhere(tmp_path: Path, anywhere: str, ends: bool) -> None:
    made = teams(tmp_path, AGENTS + f'[teams.t]\nagents = ["planner"]\ntermination = {{ text = "DONE"{anywhere} }}\n')
    story = Story()
    story.says(ANA, "Go")
    story.turn(PLANNER, "DONE is my last word.")
    assert (made.of("t").termination(story.transcript) is not None) is ends


@pytest.mark.parametrize("speakers", ["auto", "round_robin", "random", "manual"])
def test_every_named_policy_can_be_written(tmp_path: Path, speakers: str) -> None:
    text = (
        AGENTS
        + f'[teams.t]\nagents = ["planner"]\nspeakers = "{speakers}"\ntransitions = {{ planner = ["planner"] }}\n'
    )
    assert teams(tmp_path, text).of("t").policy is not None


async def test_c9_a_function_beside_the_config_chooses(tmp_path: Path) -> None:
    (tmp_path / "choosing_here.py").write_text("def choose(transcript):\n    return 'planner'\n", encoding="utf-8")
    text = AGENTS + '[teams.t]\nagents = ["planner"]\nspeakers = "choosing_here:choose"\n'
    team = teams(tmp_path, text).of("t")
    profile = team.agents[0].profile
    situation = Situation(
        transcript=Transcript(room="web:x"),
        candidates=(profile,),
        present=(profile,),
        named={},
        think=never_asked,
    )
    chosen = await team.policy.choose(situation)
    assert getattr(chosen, "speaker", None) == "agent:planner"


def test_c22_tools_beside_the_config_are_found(tmp_path: Path) -> None:
    (tmp_path / "tools_here.py").write_text("def add(a: int) -> int:\n    return a + 1\nnumber = 3\n", encoding="utf-8")
    assert teams(tmp_path, '[agents.a]\ntools = ["tools_here:add"]\n').agents["a"].profile.handle == "a"
    with pytest.raises(WrongUse, match="is a int; a tool is a typed function"):
        teams(tmp_path, '[agents.a]\ntools = ["tools_here:number"]\n')


def test_a_whole_team_may_come_from_python(tmp_path: Path) -> None:
    (tmp_path / "team_here.py").write_text(
        "from agents import Team, assistant\nteam = Team(agents=[assistant('a')], name='mine')\nnot_one = 3\n",
        encoding="utf-8",
    )
    made = teams(tmp_path, '[teams.mine]\nteam = "team_here:team"\n')
    assert made.of("mine").name == "mine"
    assert made.of("team_here:team") is made.of("mine")
    with pytest.raises(WrongUse, match="is a int, not a Team"):
        made.of("team_here:not_one")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody", "There is no team 'nobody'; choose one of coding, pair"),
        ("no_such_module:team", "cannot be imported"),
        ("bots.teams.pair:nothing", "has no 'nothing'"),
    ],
)
def test_an_unknown_team_is_named_with_what_there_is(name: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        Teams(Loaded()).of(name)


def test_a_speaker_function_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "values_here.py").write_text("number = 3\n", encoding="utf-8")
    text = AGENTS + '[teams.t]\nagents = ["planner"]\nspeakers = "values_here:number"\n'
    with pytest.raises(WrongUse, match="no function of the transcript"):
        teams(tmp_path, text).of("t")


def test_ready_made_teams_are_teams() -> None:
    made = Teams(Loaded())
    assert made.names == ("coding", "pair")
    assert all(isinstance(made.of(name), Team) for name in made.names)


@pytest.mark.parametrize("source", ["team = [\n", "1 / 0\n"])
def test_p30_a_mistake_in_somebodys_module_is_named_and_ends_nothing(tmp_path: Path, source: str) -> None:
    name = f"mistaken_{len(source)}"
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    with pytest.raises(WrongUse, match=rf"cannot be imported, because {name} has a mistake \((SyntaxError|ZeroDiv)"):
        teams(tmp_path, "").of(f"{name}:team")


@pytest.mark.parametrize("mentions", [True, False])
def test_c48_mentions_can_be_switched_off_in_a_table(tmp_path: Path, mentions: bool) -> None:
    table = f'[teams.t]\nagents = ["planner"]\nmentions = {str(mentions).lower()}\n'
    assert teams(tmp_path, AGENTS + table).of("t").mentions is mentions
