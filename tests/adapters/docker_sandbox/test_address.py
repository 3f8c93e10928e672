"""Where the engine is looked for."""

from pathlib import Path

import pytest

from adapters.docker_sandbox import address
from adapters.docker_sandbox.address import engine_address


def test_docker_host_names_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    assert engine_address() == "tcp://127.0.0.1:2375"


def test_the_systems_socket_comes_before_a_rootless_one_and_docker_desktops(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    sockets = [tmp_path / "system.sock", tmp_path / "run/docker.sock", tmp_path / "home/.docker/run/docker.sock"]
    monkeypatch.setattr(address, "USUAL", str(sockets[0]))
    assert engine_address() == f"unix://{sockets[0]}"
    for path in reversed(sockets):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert engine_address() == f"unix://{path}"
