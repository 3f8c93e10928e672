"""P30, P31: `tertulia run` as a process: it serves, follows its config, and ends well when it is told to."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from agents.errors import WrongUse
from bots.commands import run as command
from tests.unit.bots.test_config_loading import EXAMPLE, written

CONFIG = EXAMPLE.read_text(encoding="utf-8") + "\n[web]\nport = 0\n[logs]\nformat = 'json'\n"


@contextmanager
def running(config: Path) -> Iterator["subprocess.Popen[str]"]:
    """The command in a folder of its own, without an engine; gone at the end, whatever happens."""
    environment = os.environ | {"PYTHONPATH": str(EXAMPLE.parent), "DOCKER_HOST": "tcp://127.0.0.1:1"}
    program = [sys.executable, "-c", "from bots.cli import main; main()", "run", "--scripted", "-c", config.name]
    with subprocess.Popen(
        program, cwd=config.parent, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(process: "subprocess.Popen[str]", words: str) -> str:
    """The next line of the log with these words in it."""
    assert process.stderr is not None
    return next(line for line in process.stderr if words in line)


def test_p30_p31_it_serves_takes_over_a_changed_config_and_ends_well(tmp_path: Path):
    config = written(tmp_path, CONFIG)
    with running(config) as process:
        assert process.stdout is not None
        address = next(line for line in process.stdout if "The room is open: " in line).split()[-1]
        with urlopen(address, timeout=10) as page:
            assert page.status == 200
        written(tmp_path, CONFIG.replace("Checks the result.", "Looks at the result."))
        line = heard(process, "holds from each room's next turns on")
        assert json.loads(line)["level"] == "info"
        written(tmp_path, CONFIG.replace("[limits]", "[limit]"))
        assert "has no table" in json.loads(heard(process, "The config in use stays"))["event"]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_p31_nothing_to_serve_is_wrong_use(tmp_path: Path):
    with pytest.raises(WrongUse, match="Nothing would be served"):
        command.run(written(tmp_path, "[web]\nenabled = false"), scripted=True)
