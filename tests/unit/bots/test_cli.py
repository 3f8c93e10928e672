"""The frame of the command line: exit codes, sentences, and how little it loads."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from agents.errors import StoreFailed, WrongUse
from bots import cli
from tests.unit.bots.test_config_loader import EXAMPLE, written

HEAVY = (
    "agents.team.team",
    "aiosqlite",
    "asyncio",
    "discord",
    "docker",
    "openai",
    "pydantic",
    "rich",
    "slack_sdk",
    "starlette",
)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["tertulia", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_help_lists_the_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    assert run(monkeypatch, "--help") == 0
    out = capsys.readouterr().out
    for command in ("init", "doctor", "config", "sandbox", "export", "replay"):
        assert f"  {command} " in out


def test_help_loads_no_library_but_typer():
    look = f"import sys, bots.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"tertulia {version('tertulia')}\n"


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("config", "check", "--colour"), ("replay",)])
def test_wrong_use_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
):
    assert run(monkeypatch, *arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"), [(WrongUse("That cannot be meant."), 2), (StoreFailed("The disk is full."), 1)]
)
def test_an_error_is_one_sentence_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
):
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fails)
    assert run(monkeypatch, "doctor") == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"tertulia: {error}\n")


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch):
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", breaks)
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_p30_config_check_from_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    good = written(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    assert run(monkeypatch, "config", "check", "--config", str(good), "--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert run(monkeypatch, "config", "check", "-c", str(written(tmp_path, "[agent.x]"))) == 1
    assert run(monkeypatch, "config", "check", "-c", str(tmp_path / "none.toml")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("doctor", "-c", "none.toml"), 2, "There is no none.toml"),
        (("export", "-c", "none.toml"), 2, "There is no none.toml"),
        (("replay", "web:lobby", "-c", "none.toml"), 2, "There is no none.toml"),
        (("init", "-c", "config.toml"), 2, "left as it is"),
        (("sandbox", "check", "-c", "none.toml"), 1, "Docker"),
        (("sandbox", "build"), 1, "Docker"),
    ],
)
def test_each_command_says_in_a_sentence_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    arguments: tuple[str, ...], code: int, sentence: str,
):  # fmt: skip
    monkeypatch.chdir(written(tmp_path, "").parent)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert run(monkeypatch, *arguments) == code
    printed = capsys.readouterr()
    assert printed.err.startswith("tertulia: ")
    assert sentence in printed.err
    assert printed.out == ""
