"""``tertulia sandbox build`` and ``tertulia sandbox check``."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from adapters.docker_sandbox import ImageRecipe, SandboxSettings
from adapters.docker_sandbox.attacks import Attack, AttackOutcome, assault, attacks
from adapters.docker_sandbox.image import ensure_image
from agents.log.code_blocks import CodeBlock
from agents.ports import CodeRun, RunResult, Sandbox
from bots.config import Config, load
from bots.config.tables import SandboxTable
from bots.sandboxes import docker_sandbox, settings_of

_PROGRAM = 'import sys; print("Python", sys.version.split()[0])'
_WIDTHS = (44, 46, 13, 4)


def build() -> int:
    """Build the image where it is missing and print its name. Raises `SandboxUnavailable`."""

    def show(step: str, done: float) -> None:
        print(f"{done:4.0%} {step}", file=sys.stderr)

    print(asyncio.run(ensure_image(ImageRecipe(), show)))
    return 0


def check(
    path: Path,
    *,
    as_json: bool,
    sandbox: Callable[[SandboxTable], AbstractContextManager[Sandbox]] = docker_sandbox,
    chosen: Callable[[SandboxSettings], Sequence[Attack]] = attacks,
) -> int:
    """Run a small program, then every attack, and print what held; 1 where something did not.

    Without a config file, the defaults are tried; always with a container for each run. Raises `SandboxUnavailable`.
    """
    configured = (load(path).config if path.exists() else Config()).sandbox
    table = configured.model_copy(update={"stateful": False})
    with sandbox(table) as made:
        asyncio.run(made.check())
        began = time.monotonic()
        result = asyncio.run(made.run(_run(table)))
        seconds = round(time.monotonic() - began, 3)
        tried = chosen(settings_of(table)) if result.status == "ok" else ()
        if tried:
            print(f"Trying {len(tried)} attacks; this takes about half a minute.", file=sys.stderr)
        outcomes = asyncio.run(assault(made, tried, exactly=not settings_of(table).own_kernel))
    ok = result.status == "ok" and all(outcome.held for outcome in outcomes)
    print(_json(result, seconds, outcomes, ok=ok) if as_json else _text(result, seconds, outcomes))
    return 0 if ok else 1


def _run(table: SandboxTable) -> CodeRun:
    block = CodeBlock(language="python", code=_PROGRAM)
    return CodeRun(room="sandbox-check", blocks=(block,), timeout=table.timeout_seconds)


def _json(result: RunResult, seconds: float, outcomes: Sequence[AttackOutcome], *, ok: bool) -> str:
    rows = [{"name": one.attack.name, "by": one.attack.by, "held": one.held, "seen": one.said} for one in outcomes]
    return json.dumps({"ok": ok, "status": result.status, "seconds": seconds, "attacks": rows})


def _text(result: RunResult, seconds: float, outcomes: Sequence[AttackOutcome]) -> str:
    first = f"{result.output.strip()} ran in the sandbox in {seconds} s ({result.status})."
    if not outcomes:
        return first
    broken = [one for one in outcomes if not one.held]
    lines = [first, "", _line("a program tries", "what stops it", "ends as", "held")]
    for one in outcomes:
        ended = one.said.partition(":")[0]
        lines.append(_line(one.attack.name, one.attack.by, ended, "yes" if one.held else "NO"))
    lines += ["", *(f"Not held: {one.attack.name}. Seen: {one.said}" for one in broken)]
    held = f"{len(outcomes) - len(broken)} of {len(outcomes)} attacks got nowhere"
    lines.append(f"{held}; do not let agents run code here." if broken else f"{held}: the sandbox holds.")
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
