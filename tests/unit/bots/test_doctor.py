"""P29: what the doctor finds, its stable ids, and its exit codes."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import ModelFailed, SandboxUnavailable, WrongUse
from agents.testing import FakeSandbox
from bots import doctor
from bots.checks import Finding, Probes, has_adapter
from bots.commands import doctor as command
from bots.config import load
from bots.config.loader import Loaded
from bots.config.tables import SandboxTable
from bots.doctor import CHECKS, examine
from bots.sandboxes import docker_sandbox
from tests.unit.bots.test_config_loader import EXAMPLE, written

CODING = EXAMPLE.read_text(encoding="utf-8")
WITH_MODEL = '[models.default]\nmodel = "llama"\nbase_url = "http://127.0.0.1:1/v1"\n'


def probes(*models: str, engine: str = "", now: float | None = None, **environment: str) -> Probes:
    """A world whose endpoints all have ``models``; with none of them, nobody answers."""

    def models_at(base_url: str, api_key: str) -> Sequence[str]:
        if not models:
            raise ModelFailed(f"{base_url} does not answer.", kind="disconnected")
        return models

    return Probes(
        environment=environment,
        now=lambda: time.time() if now is None else now,
        sandbox=lambda table: nullcontext(FakeSandbox(unavailable=engine)),
        models_at=models_at,
    )


def findings(path: Path, on: Probes, *checks: str) -> list[Finding]:
    chosen = {name: CHECKS[name] for name in checks} if checks else None
    return list(asyncio.run(examine(load(path), on, chosen)))


def only(path: Path, on: Probes, check: str) -> tuple[str, str]:
    (one,) = findings(path, on, check)
    return one.status, one.text


def test_p29_the_ids_are_stable(tmp_path: Path):
    found = findings(written(tmp_path, CODING), probes("llama"))
    assert [one.check for one in found] == [
        "secrets", "file-modes", "database", "clock", "engine", "model:default", "channels",
    ]  # fmt: skip
    assert {one.status for one in found} == {"ok"}


def test_p29_a_secret_in_use_must_be_there_and_another_need_not(tmp_path: Path):
    path = written(
        tmp_path,
        """
        [models.big]
        model = "x"
        api_key = "env:BIG_KEY"
        fallback = ["small"]
        [models.small]
        model = "y"
        api_key = "env:SMALL_KEY"
        [models.unused]
        model = "z"
        api_key = "env:UNUSED_KEY"
        [agents.coder]
        model = "big"
        [agents.coder.slack]
        bot_token = "env:CODER_TOKEN"
        [agents.idle.slack]
        bot_token = "env:IDLE_TOKEN"
        [teams.t]
        agents = ["coder"]
        [slack]
        bot_token = "env:BOT_TOKEN"
        app_token = "env:APP_TOKEN"
        """,
    )
    missing = " ".join(one.text for one in findings(path, probes("x"), "secrets"))
    for name in ("BIG_KEY", "SMALL_KEY", "CODER_TOKEN", "BOT_TOKEN", "APP_TOKEN"):
        assert f"{name} is not set" in missing
    assert "UNUSED_KEY" not in missing
    assert "IDLE_TOKEN" not in missing
    there = dict.fromkeys(("BIG_KEY", "SMALL_KEY", "CODER_TOKEN", "BOT_TOKEN", "APP_TOKEN"), "x")
    assert only(path, probes("x", **there), "secrets") == ("ok", "All secrets that are in use can be read (5).")


def test_p29_files_that_others_can_read_are_named(tmp_path: Path):
    path = written(tmp_path, '[models.default]\nmodel = "x"\napi_key = "file:key"\n[store]\npath = "a.db"')
    key, database = tmp_path / "key", tmp_path / "a.db"
    key.write_text("k")
    key.chmod(0o600)
    assert only(path, probes("x"), "file-modes")[0] == "ok"
    key.chmod(0o644)
    database.touch(mode=0o644)
    found = findings(path, probes("x"), "file-modes")
    assert [one.text.rpartition("`")[0].rpartition("/")[2] for one in found] == ["key", "a.db"]


def test_p29_the_database_is_looked_at(tmp_path: Path):
    path = written(tmp_path, '[store]\npath = "new/a.db"')
    assert only(path, probes(), "database")[1].startswith("The database will be made at ")
    (tmp_path / "new").mkdir()
    with closing(sqlite3.connect(tmp_path / "new" / "a.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert only(path, probes(), "database")[1].endswith("is sound.")
    (tmp_path / "new" / "a.db").write_bytes(b"not a database, though it is long enough to be looked at" * 100)
    status, text = only(path, probes(), "database")
    assert status == "problem"
    assert "restore a backup" in text


def test_p29_a_folder_without_room_or_rights_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path, '[store]\npath = "a.db"')
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 1e18)
    assert "make room" in only(path, probes(), "database")[1]
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written" in only(path, probes(), "database")[1]


def test_p29_a_slow_clock_is_a_problem(tmp_path: Path):
    path = written(tmp_path, "")
    assert only(path, probes(now=time.time() - 86_400 * 365), "clock")[0] == "problem"
    assert only(path, probes(), "clock")[0] == "ok"


def test_p29_no_engine_is_a_problem_only_where_code_would_run(tmp_path: Path):
    on = probes(engine="No Docker engine answers.")
    assert only(written(tmp_path, CODING), on, "engine") == (
        "problem", "No Docker engine answers. Until then code is shown, not run.",
    )  # fmt: skip
    assert only(written(tmp_path, ""), on, "engine")[0] == "warning"


def test_p29_a_model_that_does_not_answer_or_is_not_there_is_a_problem(tmp_path: Path):
    path = written(tmp_path, WITH_MODEL)
    assert only(path, probes("llama"), "models")[0] == "ok"
    assert only(path, probes("lama3"), "models") == (
        "problem", 'http://127.0.0.1:1/v1 has no model llama; did you mean "lama3"?',
    )  # fmt: skip
    assert "cannot be reached" in only(path, probes(), "models")[1]


def test_p29_a_model_without_its_key_is_not_asked(tmp_path: Path):
    path = written(tmp_path, f'{WITH_MODEL}api_key = "env:NOT_SET"\n[models.second]\nmodel = "llama"')
    first, second = findings(path, probes("llama"), "models")
    assert (first.check, first.status) == ("model:default", "warning")
    assert (second.check, second.status) == ("model:second", "ok")


def test_p29_without_any_model_the_script_is_a_warning(tmp_path: Path):
    (one,) = findings(written(tmp_path, ""), probes(), "models")
    assert (one.check, one.status) == ("model:default", "warning")
    assert "A script plays the agents" in one.text


def test_p29_a_channel_that_cannot_be_live_is_loud(tmp_path: Path):
    off = written(tmp_path, '[[channels]]\nmatch = ["slack:#a", "web:b", "*"]\nteam = "m:t"\n[web]\nenabled = false')
    assert [(one.status, one.text.split()[2]) for one in findings(off, probes(), "channels")] == [
        ("problem", "slack"), ("problem", "web"),
    ]  # fmt: skip
    on = written(tmp_path, '[discord]\nbot_token = "env:X"')
    without = replace(probes(), has_adapter=lambda platform: platform == "web")
    assert only(on, without, "channels") == (
        "problem", "[discord] is configured, but this version has no adapter for discord; take it out.",
    )  # fmt: skip
    assert only(written(tmp_path, ""), probes(), "channels")[0] == "warning"
    assert has_adapter("web")
    assert not has_adapter("carrier_pigeon")


def test_p29_a_check_that_hangs_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def hangs(loaded: Loaded, on: Probes) -> Sequence[Finding]:
        await asyncio.Event().wait()
        return ()

    monkeypatch.setattr(doctor, "TIMEOUT", 0.01)
    (one,) = asyncio.run(examine(load(written(tmp_path, "")), probes(), {"slow": hangs}))
    assert (one.check, one.status) == ("slow", "problem")


def test_p29_the_command_ends_with_0_or_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = written(tmp_path, CODING)
    assert command.doctor(path, as_json=False, probes=probes("llama")) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 8
    assert printed.err == "No problems were found.\n"
    assert command.doctor(path, as_json=True, probes=probes("llama", engine="No engine.")) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert {"check": "engine", "status": "problem", "text": "No engine. Until then code is shown, not run."} in answer[
        "findings"
    ]
    assert command.doctor(path, as_json=False, probes=probes("llama", engine="No engine.")) == 1
    assert capsys.readouterr().err == "One problem was found.\n"


def test_p29_a_bad_config_is_what_the_doctor_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command.doctor(written(tmp_path, "[agent.x]\n[agnets.y]"), as_json=False, probes=probes()) == 1
    printed = capsys.readouterr()
    assert printed.out.count("PROBLEM  config") == 2
    assert printed.err == "2 problems were found.\n"
    with pytest.raises(WrongUse):
        command.doctor(tmp_path / "none.toml", as_json=False, probes=probes())


def test_the_sandbox_is_the_one_that_the_config_describes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with docker_sandbox(SandboxTable(image="no-such-image:1")) as sandbox, pytest.raises(SandboxUnavailable):
        asyncio.run(sandbox.check())
