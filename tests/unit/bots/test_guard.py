"""The guard against another distribution's ``agents`` (architecture 1)."""

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from bots.guard import require_own_packages


def test_our_own_packages_pass():
    require_own_packages()


@pytest.mark.parametrize(
    "spec", [None, ModuleSpec("agents", None), ModuleSpec("agents", None, origin="elsewhere/agents/x.py")]
)
def test_a_package_that_is_missing_or_elsewhere_ends_with_a_sentence(spec: ModuleSpec | None):
    with pytest.raises(SystemExit, match=r"package .agents. is .*openai-agents.* environment of its own"):
        require_own_packages(lambda name: spec)


def test_with_another_agents_installed_the_command_says_so_instead_of_crashing(tmp_path: Path):
    other = tmp_path / "agents"
    other.mkdir()
    (other / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "from bots.cli import main; main()"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Tertulia cannot start, because its package 'agents' is that of ")
    assert "Traceback" not in done.stderr
