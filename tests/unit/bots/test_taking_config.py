"""P30: a house goes by a changed config without being opened again."""

from pathlib import Path

import pytest

from agents.errors import WrongUse
from agents.testing import memory_ports
from agents.turn.turn import Brief
from bots.bindings import ChannelBindings
from bots.config import Loaded, load
from bots.team_builder import Teams
from tests.unit.bots.test_config_loader import written

TEXT = """
[agents.a]
[agents.b]
[teams.first]
agents = ["a"]
[teams.second]
agents = ["b"]
[[channels]]
match = ["web:lobby"]
team = "{team}"
"""


def bindings_of(loaded: Loaded) -> ChannelBindings:
    teams = Teams(loaded)
    return ChannelBindings(loaded.config, teams, memory_ports().store.facts, brief=Brief(), fallback=teams.of("first"))


def agents_in(bindings: ChannelBindings, room: str) -> list[str]:
    binding = bindings.of(room)
    assert binding is not None
    return [agent.profile.name for agent in binding.team.agents]


def test_p30_a_room_has_the_new_team_when_it_next_runs(tmp_path: Path):
    old = load(written(tmp_path, TEXT.format(team="first")))
    bindings = bindings_of(old)
    running = bindings.of("web:lobby")
    new = load(written(tmp_path, TEXT.format(team="second")))
    bindings.take(new.config, Teams(new))
    assert agents_in(bindings, "web:lobby") == ["b"]
    assert running is not None
    assert [agent.profile.name for agent in running.team.agents] == ["a"]


def test_p30_a_config_whose_team_cannot_be_made_changes_nothing(tmp_path: Path):
    old = load(written(tmp_path, TEXT.format(team="first")))
    bindings = bindings_of(old)
    new = load(written(tmp_path, TEXT.format(team="no_such_module:team")))
    with pytest.raises(WrongUse, match="no_such_module"):
        bindings.take(new.config, Teams(new))
    assert agents_in(bindings, "web:lobby") == ["a"]
