"""Everything that is known about the code without running it; all checks run, then the failures are named."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["pyright"]),
    ("import rules", ["lint-imports"]),
    ("spelling", ["typos"]),
)


def failed_checks() -> list[str]:
    """Run every check, show what a failing one says, and return the names of those that failed."""
    failed: list[str] = []
    for name, (program, *arguments) in CHECKS:
        done = subprocess.run(
            [str(BIN / program), *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        print(f"check: {name} {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            print(done.stdout, flush=True)
            failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(1 if failed_checks() else 0)
