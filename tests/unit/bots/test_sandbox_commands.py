"""`tertulia sandbox`: a small program in the sandbox, and the image it needs."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from adapters.docker_sandbox import ImageRecipe
from agents.errors import SandboxUnavailable
from agents.runs import RunResult
from agents.testing import FakeSandbox
from bots.commands import sandbox as command
from tests.unit.bots.test_config_loading import written

pytest_plugins = ("tests.engine",)


def test_a_run_that_works_is_told_with_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sandbox = FakeSandbox(lambda block: "Python 3.11\n")
    path = written(tmp_path, "[sandbox]\ntimeout_seconds = 7")
    assert command.check(path, as_json=False, sandbox=lambda table: nullcontext(sandbox)) == 0
    assert capsys.readouterr().out.startswith("Python 3.11 ran in the sandbox in ")
    assert sandbox.runs[0].timeout == 7.0


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
    assert command.check(tmp_path / "none.toml", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "ok"
