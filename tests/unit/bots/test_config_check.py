"""P30: what `config check` prints, what a reload takes over, and that docs/config.md is current."""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import pytest

from agents.testing import FakeClock, until
from bots.commands import config as command
from bots.config import Loaded, load
from bots.config.effective import effective, secrets_in
from bots.config.reference import reference
from bots.config.reload import reload, reloads
from tests.unit.bots.test_config_loader import EXAMPLE, written

FILE = """
[models.default]
model = "gpt-5-mini"
api_key = "env:OPENAI_API_KEY"
[agents.coder]
settings = { temperature = 0.5, extra_body = { top_k = [1, 2] } }
[teams.t]
agents = ["coder"]
[[channels]]
match = ["slack:#data-*", "discord:category:Projects"]
team = "t"
users = ["slack:group:S1"]
[slack]
bot_token = "xoxb-literal-secret"
app_token = "file:app-token"
"""


def test_p30_every_value_is_shown_with_where_it_came_from(tmp_path: Path):
    values = {one.key: (one.value, one.origin) for one in effective(load(written(tmp_path, FILE)).config)}
    assert values["agents.coder.settings.temperature"] == (0.5, "file")
    assert values["agents.coder.settings.top_p"] == (None, "default")
    assert values["agents.coder.settings.extra_body"] == ({"top_k": [1, 2]}, "file")
    assert values["channels.1.match"] == (["slack:#data-*", "discord:category:Projects"], "file")
    assert values["channels.1.users"] == (["slack:group:S1"], "file")
    assert values["models.default.api_key"] == (None, "env:OPENAI_API_KEY")
    assert values["slack.app_token"] == (None, "file:app-token")
    assert values["slack.bot_token"] == (None, "(a secret in this file)")
    assert values["sandbox.memory_mb"] == (512, "default")
    assert values["discord"] == (None, "default")


def test_p30_all_secrets_of_a_config_can_be_listed(tmp_path: Path):
    keys = [key for key, _ in secrets_in(load(written(tmp_path, FILE)).config)]
    assert keys == ["models.default.api_key", "slack.bot_token", "slack.app_token"]


def test_p30_config_check_prints_values_and_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command.check(written(tmp_path, FILE), as_json=False) == 0
    out = capsys.readouterr().out
    assert 'teams.t.agents = ["coder"]' in out
    assert "models.default.api_key = (secret)" in out
    assert "# env:OPENAI_API_KEY" in out
    assert "sandbox.image" not in out
    assert "xoxb-literal-secret" not in out


def test_p30_config_check_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command.check(written(tmp_path, FILE), as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert {"key": "teams.t.speakers", "value": "auto", "origin": "default"} in answer["values"]


def test_p30_config_check_prints_the_problems_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = written(tmp_path, "[agent.x]")
    assert command.check(path, as_json=False) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == 'config.toml: the file has no table "agent"; did you mean "agents"?\n'
    assert command.check(path, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == ['the file has no table "agent"; did you mean "agents"?']


def test_p30_a_reload_takes_safe_keys_over_and_names_what_waits(tmp_path: Path):
    old = load(written(tmp_path, FILE))
    changed = FILE.replace("0.5", "0.9").replace("file:app-token", "file:other") + '[store]\npath = "b.db"\n'
    written(tmp_path, changed)
    new = reload(old)
    assert new.outcome == "taken"
    assert new.loaded.config.agents["coder"].settings.temperature == 0.9
    assert new.loaded.config.slack == old.config.slack
    assert new.loaded.config.store == old.config.store
    assert new.said == (
        "[slack] changed; that takes effect when Tertulia starts again.",
        "[store] changed; that takes effect when Tertulia starts again.",
    )


def test_p30_what_needs_something_that_waits_for_a_restart_waits_as_well(tmp_path: Path):
    old = load(written(tmp_path, FILE))
    written(tmp_path, FILE.replace("[agents.coder]", '[models.big]\nmodel = "x"\n[agents.coder]\nmodel = "big"'))
    new = reload(old)
    assert (new.outcome, new.loaded) == ("refused", old)
    assert new.said[0].startswith("[models] changed")
    assert '[agents.coder] model names "big", which is no model' in new.said[1]


def test_p30_an_agents_own_token_waits_for_a_restart_whether_the_agent_is_new_or_not(tmp_path: Path):
    old = load(written(tmp_path, FILE))
    written(tmp_path, f'{FILE}\n[agents.coder.slack]\nbot_token = "env:A"\n[agents.new.slack]\nbot_token = "env:B"\n')
    new = reload(old)
    assert set(new.loaded.config.agents) == {"coder", "new"}
    assert [agent.slack for agent in new.loaded.config.agents.values()] == [None, None]
    assert [said.split()[0] for said in new.said] == ["[agents.coder.slack]", "[agents.new.slack]"]


@pytest.mark.parametrize("text", ["[agent.x]", "not toml"])
def test_p30_a_bad_file_keeps_the_old_config_and_says_why(tmp_path: Path, text: str):
    old = load(written(tmp_path, FILE))
    written(tmp_path, text)
    new = reload(old)
    assert (new.outcome, new.loaded) == ("refused", old)
    assert new.said[0].startswith("The config in use stays, because: config.toml: the file")


def test_p30_a_vanished_file_keeps_the_old_config(tmp_path: Path):
    old = load(written(tmp_path, FILE))
    (tmp_path / "config.toml").unlink()
    assert reload(old).outcome == "refused"


def test_p30_an_unchanged_file_changes_nothing(tmp_path: Path):
    old = load(written(tmp_path, FILE))
    new = reload(old)
    assert (new.outcome, new.loaded, new.said) == ("unchanged", old, ())


async def test_p30_a_running_house_hears_of_each_change_once(tmp_path: Path):
    path, clock = written(tmp_path, FILE), FakeClock()
    async with aclosing(reloads(load(path), clock, every=2.0)) as changes, asyncio.TaskGroup() as group:
        for text, outcome in ((FILE.replace("0.5", "0.95"), "taken"), ("[agent.x]", "refused"), (FILE, "taken")):
            hearing = group.create_task(anext(changes))
            await until(lambda: clock.sleepers == 1)
            clock.advance(2.0)
            await until(lambda: clock.sleepers == 1)
            assert not hearing.done()
            written(tmp_path, text)
            clock.advance(2.0)
            assert (await hearing).outcome == outcome


async def test_p30_a_file_that_vanishes_for_a_moment_is_refused(tmp_path: Path):
    path, clock = written(tmp_path, FILE), FakeClock()
    async with aclosing(reloads(load(path), clock)) as changes, asyncio.TaskGroup() as group:
        hearing = group.create_task(anext(changes))
        await until(lambda: clock.sleepers == 1)
        path.unlink()
        clock.advance(2.0)
        assert (await hearing).outcome == "refused"


def test_p30_without_a_file_there_is_nothing_to_reload():
    assert reload(Loaded()).outcome == "unchanged"


def test_p38_docs_config_md_is_what_the_tables_say():
    page = EXAMPLE.parent / "docs" / "config.md"
    assert page.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_p38_every_key_is_documented():
    for row in (line for line in reference().splitlines() if line.startswith("| `")):
        assert len(row.replace("\\|", "").split("|")[4].strip()) > 3, row
