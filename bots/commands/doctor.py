"""``tertulia doctor``: every check's finding, and 1 where one of them is a problem."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bots.checks import Finding, Probes
from bots.config import ConfigWrong, load
from bots.doctor import examine

_MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}


def doctor(path: Path, *, as_json: bool, probes: Probes | None = None) -> int:
    """Print what was found and return 1 where there is a problem, else 0. Raises `WrongUse` for no file."""
    findings = _findings(path, probes or Probes())
    problems = sum(1 for one in findings if one.status == "problem")
    if as_json:
        rows = [{"check": one.check, "status": one.status, "text": one.text} for one in findings]
        print(json.dumps({"ok": problems == 0, "findings": rows}, ensure_ascii=False))
    else:
        for one in findings:
            print(f"{_MARKS[one.status]:<8} {one.check:<14} {one.text}")
        print(f"{_count(problems)} found.", file=sys.stderr)
    return 1 if problems else 0


def _findings(path: Path, probes: Probes) -> Sequence[Finding]:
    try:
        loaded = load(path)
    except ConfigWrong as error:
        return [Finding(check="config", status="problem", text=str(one)) for one in error.problems]
    fine = Finding(check="config", status="ok", text=f"{path} is fine.")
    return [fine, *asyncio.run(examine(loaded, probes))]


def _count(problems: int) -> str:
    return "One problem was" if problems == 1 else f"{problems or 'No'} problems were"
