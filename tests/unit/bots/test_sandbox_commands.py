"""`tertulia sandbox`: a small program in the sandbox, and the image it needs."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from adapters.docker_sandbox import ImageRecipe, SandboxSettings
from adapters.docker_sandbox.attacks import Attack, attacks
from agents.errors import SandboxUnavailable
from agents.ports import RunResult
from agents.testing import FakeSandbox
from bots.commands import sandbox as command
from tests.unit.bots.test_config_loader import written

pytest_plugins = ("tests.engine",)


def test_a_run_that_works_is_told_with_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sandbox = FakeSandbox(lambda block: "Python 3.11\n")
    path = written(tmp_path, "[sandbox]\ntimeout_seconds = 7")
    assert command.check(path, as_json=False, sandbox=lambda table: nullcontext(sandbox), chosen=lambda _: ()) == 0
    assert capsys.readouterr().out.startswith("Python 3.11 ran in the sandbox in ")
    assert sandbox.runs[0].timeout == 7.0


ATTACKS = (
    Attack(name="knocking", by="the door", program="knock", output="^nobody"),
    Attack(name="asking", by="silence", program="ask", output="^nothing"),
)


def attacked(asked: str, path: Path, *, as_json: bool) -> int:
    """The exit code of a check of a sandbox in which asking gets this answer."""
    ends = {"knock": "nobody is in", "ask": asked}
    sandbox = FakeSandbox(lambda block: ends.get(block.code, "Python 3.11\n"))
    return command.check(path, as_json=as_json, sandbox=lambda table: nullcontext(sandbox), chosen=lambda _: ATTACKS)


def test_x1_every_attack_is_a_row_and_a_sandbox_that_holds_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = written(tmp_path, "[sandbox]\nstateful = true")
    assert attacked("nothing", path, as_json=False) == 0
    printed = capsys.readouterr()
    assert printed.err == "Trying 2 attacks; this takes about half a minute.\n"
    first, *rows = printed.out.splitlines()
    assert first.startswith("Python 3.11 ran in the sandbox in ")
    assert [row.split() for row in rows] == [
        [],
        ["a", "program", "tries", "what", "stops", "it", "ends", "as", "held"],
        ["knocking", "the", "door", "ok", "yes"],
        ["asking", "silence", "ok", "yes"],
        [],
        ["2", "of", "2", "attacks", "got", "nowhere:", "the", "sandbox", "holds."],
    ]


def test_x1_an_attack_that_got_somewhere_is_a_problem_that_says_what_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert attacked("the answer", tmp_path / "none.toml", as_json=False) == 1
    assert capsys.readouterr().out.endswith(
        "Not held: asking. Seen: ok: the answer\n1 of 2 attacks got nowhere; do not let agents run code here.\n"
    )
    assert attacked("the answer", tmp_path / "none.toml", as_json=True) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["status"]) == (False, "ok")
    assert answer["attacks"] == [
        {"name": "knocking", "by": "the door", "held": True, "seen": "ok: nobody is in"},
        {"name": "asking", "by": "silence", "held": False, "seen": "ok: the answer"},
    ]


def test_a_run_that_fails_ends_with_1_and_needs_no_config_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    failed = FakeSandbox(lambda block: RunResult(status="oom", exit_code=137, output=""))
    assert command.check(tmp_path / "none.toml", as_json=True, sandbox=lambda table: nullcontext(failed)) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["status"]) == (False, "oom")


def test_without_an_engine_the_reason_is_an_error(tmp_path: Path):
    with pytest.raises(SandboxUnavailable, match=r"No engine\."):
        command.check(
            tmp_path / "none.toml",
            as_json=False,
            sandbox=lambda table: nullcontext(FakeSandbox(unavailable="No engine.")),
        )


@pytest.mark.engine
def test_the_real_sandbox_is_built_and_checked(sandbox_image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command.build() == 0
    printed = capsys.readouterr()
    assert printed.out == f"{ImageRecipe().tag}\n" == f"{sandbox_image}\n"
    assert "100%" in printed.err
    few = attacks(SandboxSettings())[-3:]
    assert command.check(tmp_path / "none.toml", as_json=True, chosen=lambda _: few) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["status"]) == (True, "ok")
    assert [attack["held"] for attack in answer["attacks"]] == [True] * 3
