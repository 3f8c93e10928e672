"""The product as a new user meets it: commands in a folder of their own, the script as the model, real containers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from agents.errors import SandboxUnavailable

ROOT = Path(__file__).parents[2]
TASK = "plot sin(x) from 0 to 10"
NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.timeout(300)


def tertulia(
    folder: Path, *arguments: str, say: bytes = b"", environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [sys.executable, "-c", "from bots.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=folder, input=say, capture_output=True, timeout=280, check=False,
        env={**clean, "PYTHONPATH": str(ROOT), **(environment or {})},
    )  # fmt: skip


@pytest.mark.engine
@pytest.mark.usefixtures("sandbox_image")
def test_p32_a_piped_chat_plots_with_three_agents_a_container_and_a_picture(tmp_path: Path) -> None:
    done = tertulia(tmp_path, "chat", "--team", "coding", "--json", "--scripted", say=TASK.encode())
    assert done.returncode == 0, done.stderr.decode()
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert all({"v", "room", "seq", "at", "turn", "by", "type"} <= event.keys() for event in events)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    speakers = {event["by"] for event in events if event["type"] == "said" and event["by"].startswith("agent:")}
    assert len(speakers) >= 3
    runs = [event for event in events if event["type"] == "tool_returned"]
    assert [run["exit_code"] for run in runs] == [0]
    assert [file["media_type"] for run in runs for file in run["files"]] == ["image/png"]
    assert all("output" in run for run in runs)


@pytest.mark.engine
@pytest.mark.usefixtures("sandbox_image")
def test_p27_the_demo_without_a_terminal_plays_its_task_and_ends(tmp_path: Path) -> None:
    done = tertulia(tmp_path, "demo", "--port", "0", "--scripted")
    said = done.stdout.decode()
    assert done.returncode == 0, said + done.stderr.decode()
    assert "The room is open: http://127.0.0.1:" in said
    assert "A script plays the agents" in said
    shown = {line.split(": ", 1)[0]: line.split(": ", 1)[1] for line in said.splitlines() if ": " in line}
    assert (tmp_path / shown["Picture"]).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / shown["Transcript"]).read_text().count("\n") > 10


@pytest.mark.engine
@pytest.mark.usefixtures("sandbox_image")
def test_the_example_config_copied_unchanged_runs_with_no_token_and_no_key(tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.example.toml", tmp_path / "config.toml")
    done = tertulia(tmp_path, "chat", "--json", say=b"list the first 20 primes")
    assert done.returncode == 0, done.stderr.decode()
    assert b"71" in done.stdout


def test_p27_without_an_engine_code_is_shown_not_run_and_the_reason_is_said(tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    done = tertulia(tmp_path, "chat", "--scripted", say=TASK.encode(), environment=nowhere)
    assert done.returncode == 1
    assert b"no Docker engine answers" in done.stderr
    assert b"Traceback" not in done.stderr


def test_c5_a_question_that_nobody_can_answer_ends_a_piped_chat_with_its_text(tmp_path: Path) -> None:
    done = tertulia(tmp_path, "chat", "--scripted", say=b"draw a bar chart in a colour I choose")
    assert done.returncode == 1
    assert b"nobody is here to answer: Which colour shall the bars have?" in done.stdout
    assert b"nobody is here to answer" not in done.stderr


def test_an_endpoint_that_is_down_is_one_clear_sentence_and_the_message_is_kept(tmp_path: Path) -> None:
    down = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "m", "NO_ENGINE": "1"}
    done = tertulia(tmp_path, "chat", "--json", say=b"hello", environment=down)
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(event["type"] == "said" and event["text"] == "hello" for event in events)
    stops = [event for event in events if event["type"] == "stopped"]
    assert len(stops) == 1
    assert "127.0.0.1:9" in stops[0]["reason"]
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("say", "words", "code"),
    [
        (b"", b"There is nothing to say", 2),
        (b"x" * 1_000_000, b"send it as a file", 2),
        (b"caf\xff list the first 20 primes", b"not valid UTF-8", None),
    ],
)
def test_bad_input_gets_a_clear_sentence(tmp_path: Path, say: bytes, words: bytes, code: int | None) -> None:
    done = tertulia(tmp_path, "chat", "--scripted", say=say, environment={"NO_ENGINE": "1"})
    assert words in done.stderr
    assert b"Traceback" not in done.stderr
    assert code is None or done.returncode == code


def test_p30_a_wrong_key_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[sandbox]\ntimeout_second = 3\n", encoding="utf-8")
    done = tertulia(tmp_path, "chat", "--scripted", say=b"hello")
    assert done.returncode == 2
    assert b"timeout_seconds" in done.stderr


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[models.default]\nmodel = "m"\napi_key = "file:key.txt"\n', encoding="utf-8")
    done = tertulia(tmp_path, "chat", say=b"hello")
    assert done.returncode == 2
    assert b"key.txt" in done.stderr


def test_s10_a_corrupt_database_is_a_clear_sentence_and_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / ".tertulia"
    folder.mkdir()
    (folder / "tertulia.db").write_bytes(b"this is no database" * 100)
    done = tertulia(tmp_path, "chat", "--scripted", say=b"hello")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"tertulia.db" in done.stderr
    assert (folder / "tertulia.db").read_bytes().startswith(b"this is no database")


async def test_the_sandbox_says_what_to_do_where_no_engine_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    sandbox = DockerSandbox(SandboxSettings(), owner="nobody")
    try:
        with pytest.raises(SandboxUnavailable):
            await sandbox.check()
    finally:
        sandbox.close()
