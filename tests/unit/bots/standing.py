"""Houses that stand for a test: on a real store in a folder of its own, with no engine and no model anywhere near."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import Team, function_agent, max_turns, said
from agents.log.participants import Profile
from bots.config import Loaded, load
from tests.unit.bots.test_config_loader import written

ANA = Profile(id="person:web/ana", name="Ana")

NO_MODEL = '[models.default]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n'
"""Nobody answers there; for teams that need no model."""

ECHO = Team(
    name="echo",
    agents=[
        function_agent("echo", lambda transcript: f"You said: {transcript.last.text}"),
        function_agent("closer", lambda _: "TERMINATE"),
    ],
    termination=said("TERMINATE") | max_turns(4),
)
"""Two plain functions."""


def loaded(folder: Path, text: str = "", *, web: str = "") -> Loaded:
    """A config whose web room takes any port and whose rooms are in the folder."""
    return load(written(folder, f'{text}\n[web]\nport = 0\n{web}\n[store]\npath = "rooms.db"\n'))


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: empty, on a machine without an engine, a key or a local model."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def process_as_before() -> Iterator[None]:
    """What commands change of the process for its whole life, put back."""
    root, threshold = logging.getLogger(), gc.get_threshold()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    gc.set_threshold(*threshold)
    gc.unfreeze()
