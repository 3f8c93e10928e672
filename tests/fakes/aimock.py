"""An OpenAI-compatible server that others wrote: npm's @copilotkit/aimock, installed into .build/aimock once.

Needs npm and Node 20. `unavailable` says in a sentence what is missing.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "@copilotkit/aimock@1.43.0"
HOME = Path(__file__).parent.parent.parent / ".build" / "aimock"
SERVER = HOME / "node_modules" / ".bin" / "llmock"


def unavailable() -> str:
    """Why the server cannot run here; empty where it can. Installs it if that has not been done."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "npm or node is not on PATH; install Node 20 to run the tests against aimock"
    if SERVER.exists():
        return ""
    HOME.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.parent) as folder:
        options = ("--no-audit", "--no-fund", "--package-lock=false", "--prefix", folder)
        done = subprocess.run(["npm", "install", *options, PACKAGE], capture_output=True, text=True, timeout=100)
        if done.returncode:
            return f"npm could not install {PACKAGE}: {done.stderr.strip()[-300:]}"
        with suppress(OSError):  # somebody else was faster
            Path(folder).rename(HOME)
            Path(folder).mkdir()
    return ""


@dataclass(frozen=True, slots=True)
class Aimock:
    """A running server. ``url`` is its OpenAI base URL."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def journal(self) -> list[dict[str, Any]]:
        """Every request it got, oldest first."""
        return self._control("GET", "journal")

    def reset_journal(self) -> None:
        self._control("POST", "reset/journal")

    def _control(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/__aimock/{path}", method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            return json.load(response)


@contextmanager
def serving(fixtures: Path, *options: str) -> Iterator[Aimock]:
    """Run it with a file of fixtures, strictly, on a free port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [str(SERVER), "-f", str(fixtures), "--strict", "-p", str(port), "--log-level", "warn", *options]
    log = fixtures.with_suffix(".log")
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=dict(os.environ)) as process:
        try:
            server = Aimock(port)
            _wait_for(server, process, log)
            yield server
        finally:
            process.terminate()


def _wait_for(server: Aimock, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError):
            server.journal()
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"aimock did not start: {log.read_text()[-500:]}")
