"""``tertulia sandbox build`` and ``tertulia sandbox check``."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from adapters.docker_sandbox import ImageRecipe
from adapters.docker_sandbox.image import ensure_image
from agents.ports import Sandbox
from agents.runs import CodeBlock, CodeRun
from bots.config import Config, load
from bots.config.tables import SandboxTable
from bots.doctor import docker_sandbox

_PROGRAM = 'import sys; print("Python", sys.version.split()[0])'


def build() -> int:
    """Build the image where it is missing and print its name. Raises `SandboxUnavailable`."""

    def show(step: str, done: float) -> None:
        print(f"{done:4.0%} {step}", file=sys.stderr)

    print(asyncio.run(ensure_image(ImageRecipe(), show)))
    return 0


def check(
    path: Path, *, as_json: bool, sandbox: Callable[[SandboxTable], AbstractContextManager[Sandbox]] = docker_sandbox
) -> int:
    """Run a small program and print how it ended; 1 where it failed. Raises `SandboxUnavailable`.

    Without a config file, the defaults are tried.
    """
    table = (load(path).config if path.exists() else Config()).sandbox
    began = time.monotonic()
    run = CodeRun(
        room="sandbox-check", blocks=(CodeBlock(language="python", code=_PROGRAM),), timeout=table.timeout_seconds
    )
    with sandbox(table) as made:
        result = asyncio.run(made.run(run))
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        print(json.dumps({"ok": result.status == "ok", "status": result.status, "seconds": seconds}))
    else:
        print(f"{result.output.strip()} ran in the sandbox in {seconds} s ({result.status}).")
    return 0 if result.status == "ok" else 1
